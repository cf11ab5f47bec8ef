//! Checkpoints: there and back, replaced as a whole, found again after a stop at any point, refused when damaged.

mod common;

use common::Folder;
use flambeau_core::{ErrorClass, Tensor};
use flambeau_io::Checkpoint;
use std::fs;
use std::path::Path;

fn checkpoint(step: u64) -> Checkpoint {
    let mut c = Checkpoint::default();
    let tensor = Tensor::from_vec(vec![step as f32, 0.5], &[2]).expect("a tensor");
    c.parts.insert("model".into(), vec![("w".into(), tensor.clone()), ("a.b".into(), tensor)]);
    c.parts.insert("optimizer.v2".into(), vec![]);
    c.values.insert("step".into(), step.to_string());
    c.values.insert("ünïcödé".into(), "\"line\"\n".into());
    c
}

fn assert_is(folder: &Path, step: u64) {
    let c = Checkpoint::load(folder).expect("load");
    assert_eq!(c.parts.keys().collect::<Vec<_>>(), ["model", "optimizer.v2"]);
    let model = c.part("model").expect("model");
    assert_eq!(model.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["a.b", "w"]);
    assert_eq!(model[1].1.to_vec::<f32>().expect("values"), [step as f32, 0.5]);
    assert_eq!(c.value::<u64>("step").expect("step"), step);
    assert_eq!(c.values, checkpoint(step).values);
}

#[test]
fn a_checkpoint_comes_back_and_is_replaced_as_a_whole() {
    let base = Folder::new();
    let folder = base.0.join("last");
    assert!(!Checkpoint::exists(&folder));
    checkpoint(1).save(&folder).expect("save");
    assert!(Checkpoint::exists(&folder));
    assert_is(&folder, 1);
    let mut more = checkpoint(2);
    more.parts.insert("extra".into(), vec![]);
    more.save(&folder).expect("save");
    assert_eq!(Checkpoint::load(&folder).expect("load").parts.len(), 3);
    // A loaded checkpoint, whose tensors are views of the files, is saved over those files.
    let mut again = Checkpoint::load(&folder).expect("load");
    again.parts.remove("extra");
    again.save(&folder).expect("save");
    assert_is(&folder, 2);
    assert_eq!(base.names(), ["last"]);
    checkpoint(3).save(&base.0.join("new").join("deep")).expect("folders are made");
    assert_is(&base.0.join("new/deep"), 3);
    // With a slash at the end, too.
    checkpoint(4).save(&base.0.join("last/")).expect("save");
    assert_is(&folder, 4);
    assert_eq!(base.names(), ["last", "new"]);
}

#[test]
fn a_stop_at_any_point_leaves_a_checkpoint() {
    let base = Folder::new();
    let [folder, temp, old] = ["last", "last.tmp", "last.old"].map(|n| base.0.join(n));
    checkpoint(1).save(&folder).expect("save");
    // Stopped while writing: half of the new one lies beside.
    fs::create_dir(&temp).expect("a folder");
    fs::write(temp.join("model.safetensors"), "half").expect("write");
    assert_is(&folder, 1);
    checkpoint(2).save(&folder).expect("save");
    assert_is(&folder, 2);
    assert_eq!(base.names(), ["last"]);
    // Stopped between the renames: the old one is aside, the new one not yet in place.
    fs::rename(&folder, &old).expect("rename");
    checkpoint(3).save(&temp).expect("save");
    assert!(Checkpoint::exists(&folder));
    assert_is(&folder, 2);
    // What comes next must not lose it before there is another.
    let mut fails = checkpoint(4);
    fails.parts.insert("double".into(), vec![("x".into(), Tensor::scalar(1.0).expect("scalar")); 2]);
    fails.save(&folder).expect_err("a name given twice");
    assert_is(&folder, 2);
    checkpoint(5).save(&folder).expect("save");
    assert_is(&folder, 5);
    assert_eq!(base.names(), ["last"]);
    // Stopped before the old one was removed.
    checkpoint(6).save(&old).expect("save");
    assert_is(&folder, 5);
    checkpoint(7).save(&folder).expect("save");
    assert_is(&folder, 7);
    assert_eq!(base.names(), ["last"]);
}

#[test]
fn a_save_that_fails_leaves_the_old_checkpoint_alone() {
    let base = Folder::new();
    let folder = base.0.join("last");
    checkpoint(1).save(&folder).expect("save");
    for name in ["a/b", "../outside", "", ".", "..", "/absolute", "a/"] {
        let mut c = checkpoint(2);
        c.parts.insert(name.into(), vec![]);
        let e = c.save(&folder).expect_err(name);
        assert!(e.class() == ErrorClass::Value && e.message().contains(&format!("{name:?}")), "{e:?}");
        assert_is(&folder, 1);
        assert_eq!(base.names(), ["last"]);
    }
    fs::write(base.0.join("file"), "").expect("write");
    let e = checkpoint(2).save(&base.0.join("file/last")).expect_err("a file in the folder's place");
    assert!(e.class() == ErrorClass::Io && e.message().contains("file/last"), "{e:?}");
    assert_eq!(base.names(), ["file", "last"]);
}

#[test]
fn what_is_missing_or_damaged_is_said() {
    let base = Folder::new();
    let folder = base.0.join("last");
    let refused = |class: ErrorClass, texts: &[&str]| {
        let e = Checkpoint::load(&folder).map(|_| ()).expect_err("damaged");
        assert!(e.class() == class && texts.iter().all(|t| e.message().contains(t)), "{e:?}");
    };
    refused(ErrorClass::Io, &["last", "there is no such file or folder"]);
    checkpoint(1).save(&folder).expect("save");
    let c = Checkpoint::load(&folder).expect("load");
    let e = c.part("random").map(|_| ()).expect_err("no part");
    assert!(e.class() == ErrorClass::Key && e.message().contains("no random.safetensors"), "{e:?}");
    let e = c.value::<u64>("epoch").expect_err("no value");
    assert!(e.class() == ErrorClass::Key && e.message().contains("\"epoch\""), "{e:?}");
    let e = c.value::<u64>("ünïcödé").expect_err("no number");
    assert!(e.class() == ErrorClass::Value && e.message().contains("cannot be understood"), "{e:?}");

    let values = folder.join("state.json");
    let text = fs::read(&values).expect("read");
    for end in 0..text.len() {
        fs::write(&values, &text[..end]).expect("write");
        refused(ErrorClass::Value, &["state.json", "is damaged"]);
    }
    fs::write(&values, b"{\"step\": \"\xff\"}").expect("write");
    assert!(Checkpoint::load(&folder).is_err());
    fs::write(&values, r#"{"step": 1}"#).expect("write");
    refused(ErrorClass::Value, &["state.json", "is damaged"]);
    fs::write(&values, &text).expect("write");
    fs::write(folder.join("model.safetensors"), [0; 40]).expect("write");
    refused(ErrorClass::Value, &["model.safetensors"]);
    fs::write(folder.join("notes.txt"), "").expect("write");
    checkpoint(1).parts["model"].iter().for_each(|(n, _)| assert!(!n.is_empty()));
    fs::remove_file(&values).expect("remove");
    assert!(!Checkpoint::exists(&folder));
    refused(ErrorClass::Io, &["state.json"]);
}
