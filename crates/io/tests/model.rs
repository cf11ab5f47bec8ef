//! Models as a whole: shards, tied parameters, dtypes that are only carried, parts of tensors, formats told apart by what they
//! hold, conversions and digests.

mod common;

use common::{Folder, beside, bytes, fixture, message};
use flambeau_core::{DType, ErrorClass, Tensor};
use flambeau_io::*;
use std::fs;
use std::ops::Range;
use std::path::Path;

fn numbers(n: usize, from: f32) -> Tensor {
    Tensor::from_vec((0..n).map(|i| from + i as f32).collect::<Vec<f32>>(), &[n]).expect("a tensor")
}

fn state() -> StateDict {
    (0..5).map(|i| (format!("layer.{i}.weight"), numbers(100 + i, i as f32))).collect()
}

fn assert_same(a: &StateDict, b: &StateDict) {
    assert_eq!(a.len(), b.len());
    for (name, t) in a {
        let other = &b.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name}")).1;
        assert_eq!((t.shape(), t.dtype(), bytes(t)), (other.shape(), other.dtype(), bytes(other)), "{name}");
    }
}

#[test]
fn shards_hold_what_the_index_says() {
    let folder = Folder::new();
    let tensors = state();
    save_sharded(&tensors, &Metadata::new(), &folder.0, 900).expect("save");
    let shards: Vec<String> = (1..=3).map(|i| format!("model-{i:05}-of-00003.safetensors")).collect();
    assert_eq!(folder.names()[..3], shards[..]);
    assert_eq!(folder.names()[3], "model.safetensors.index.json");
    assert_same(&load_sharded(&folder.0).expect("load"), &tensors);
    assert_same(&load(&folder.0).expect("load").tensors().expect("tensors"), &tensors);
    assert_same(
        &load(folder.path("model.safetensors.index.json")).expect("load").tensors().expect("tensors"),
        &tensors,
    );

    let index = fs::read_to_string(folder.path("model.safetensors.index.json")).expect("the index");
    let refused = |text: &str| {
        fs::write(folder.path("model.safetensors.index.json"), text).expect("write");
        message(load_sharded(&folder.0))
    };
    let e = refused(&index.replace("layer.0.weight", "layer.9.weight"));
    assert!(e.contains("does not say that tensor \"layer.0.weight\" lies in"), "{e}");
    let e = refused(&index.replace("model-00002-of-00003", "model-00001-of-00003"));
    assert!(e.contains("says that tensor"), "{e}");
    let e = refused(&index.replace("model-00002-of-00003", "../model-00002-of-00003"));
    assert!(e.contains("must lie in the index's own folder"), "{e}");
    let e = refused(&index.replace("model-00002-of-00003", "model-00007-of-00003"));
    assert!(e.contains("there is no such file"), "{e}");
    let e = refused(&index.replace("layer.1.weight", "layer.0.weight"));
    assert!(e.contains("tensor \"layer.0.weight\" stands there twice"), "{e}");
    let e = refused("{\"weight_map\": 3}");
    assert!(e.contains("is no index of shards"), "{e}");

    // A later model that fits one file takes the place of the shards.
    save_sharded(&tensors[..2], &Metadata::new(), &folder.0, 1 << 20).expect("save");
    assert_eq!(folder.names(), ["model.safetensors"]);
    assert_same(&load(&folder.0).expect("load").tensors().expect("tensors"), &tensors[..2].to_vec());
    // A tensor beyond the limit gets a shard of its own.
    save_sharded(&tensors, &Metadata::new(), &folder.0, 1).expect("save");
    assert_eq!(folder.names().len(), 6);
    assert_same(&load(&folder.0).expect("load").tensors().expect("tensors"), &tensors);
}

#[test]
fn tied_parameters_are_stored_once() {
    let folder = Folder::new();
    let weight = numbers(64, 0.0).reshape(&[8, 8]).expect("reshape");
    let turned = weight.t().expect("t");
    let tensors: StateDict = [("head", &weight), ("embedding", &weight), ("other", &turned)]
        .map(|(name, t)| (name.to_string(), t.clone()))
        .into();
    save_model(&tensors, &Metadata::new(), folder.path("m.safetensors")).expect("save");
    let file = SafeFile::open(folder.path("m.safetensors")).expect("open");
    assert_eq!(file.names(), ["embedding", "other"]);
    assert_eq!(file.metadata()["head"], "embedding");
    let loaded = load_model(folder.path("m.safetensors")).expect("load");
    assert_same(&loaded, &tensors);
    let get = |name| &loaded.iter().find(|(n, _)| n == name).expect("there").1;
    assert_eq!(get("head").storage().data_ptr(), get("embedding").storage().data_ptr());
}

/// A safetensors file by its header and data.
fn raw(path: &Path, header: &str, data: &[u8]) {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(data);
    fs::write(path, file).expect("write");
}

#[test]
fn dtypes_that_nothing_can_be_computed_with_are_carried() {
    let folder = Folder::new();
    let header = r#"{"f8":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[16,19]},
        "u64":{"dtype":"U64","shape":[2],"data_offsets":[0,16]},"f4":{"dtype":"F4","shape":[2,2],"data_offsets":[19,21]}}"#;
    raw(&folder.path("a.safetensors"), header, &(0..21).collect::<Vec<u8>>());
    let file = SafeFile::open(folder.path("a.safetensors")).expect("open");
    assert_eq!(file.bytes("f8").expect("bytes"), [16, 17, 18]);
    let e = file.tensor("f8").expect_err("no such dtype");
    assert!(e.class() == ErrorClass::NotImplemented && e.message().contains("F8_E4M3"), "{e}");
    let model = ModelFile::open(folder.path("a.safetensors")).expect("open");
    let how = Conversion { dtype: Some(DType::F16), digest: true, ..Conversion::default() };
    convert(&model, folder.path("b.safetensors"), &how, &mut |_| {}).expect("convert");
    let copy = SafeFile::open(folder.path("b.safetensors")).expect("open");
    for name in ["f8", "u64", "f4"] {
        assert_eq!(copy.bytes(name).expect("bytes"), file.bytes(name).expect("bytes"), "{name}");
        assert_eq!(copy.shape(name).expect("shape"), file.shape(name).expect("shape"), "{name}");
    }
    assert_eq!(ModelFile::open(folder.path("b.safetensors")).expect("open").verify().expect("sound"), 3);
}

#[test]
fn parts_of_tensors_and_copies() {
    let folder = Folder::new();
    let t = numbers(60, 0.0).reshape(&[5, 4, 3]).expect("reshape");
    let b = Tensor::from_vec(vec![true, false], &[2]).expect("bools");
    let empty = numbers(0, 0.0);
    let tensors: StateDict = vec![("t".into(), t.clone()), ("b".into(), b), ("e".into(), empty)];
    save_file(&tensors, &Metadata::new(), folder.path("a")).expect("save");
    let file = SafeFile::open(folder.path("a")).expect("open");
    let part = file.slice("t", &[1..3, 0..4, 2..3]).expect("slice");
    assert_eq!(part.shape(), [2, 4, 1]);
    let want = t.narrow(0, 1, 2).and_then(|t| t.narrow(2, 2, 1)).expect("narrow");
    assert_eq!(bytes(&part), bytes(&want));
    assert_eq!(file.slice("t", &[]).expect("all").shape(), [5, 4, 3]);
    assert_eq!(file.slice("t", &[5..5, 0..4]).expect("none").shape(), [0, 4, 3]);
    let backwards = Range { start: 3, end: 2 };
    for bad in [&[0..6, 0..1][..], &[0..1, 0..1, 0..1, 0..1], &[0..1, backwards]] {
        let e = file.slice("t", bad).expect_err("beyond");
        assert!(e.class() == ErrorClass::Index && e.message().contains("[5, 4, 3]"), "{e}");
    }
    let copies = file.read().expect("read");
    assert_same(&copies, &tensors);
    for (name, t) in &copies {
        t.zero_().unwrap_or_else(|e| panic!("{name} can be written: {e}"));
    }
    assert_same(&file.tensors().expect("tensors"), &tensors);
    raw(&folder.path("bad"), r#"{"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#, &[1, 7]);
    let e = message(SafeFile::open(folder.path("bad")).expect("open").read());
    assert!(e.contains("a bool must be stored as 0 or 1"), "{e}");
}

#[test]
fn data_begins_at_a_multiple_of_64_bytes() {
    let folder = Folder::new();
    for n in 1..40 {
        let tensors = [("x".repeat(n), numbers(3, 0.0))];
        save_file(&tensors, &Metadata::new(), folder.path("a")).expect("save");
        let file = fs::read(folder.path("a")).expect("read");
        assert_eq!((file.len() - 12) % 64, 0);
    }
}

#[test]
fn what_a_file_is_its_contents_decide() {
    let folder = Folder::new();
    let tensors = state();
    save_file(&tensors, &Metadata::new(), folder.path("model.pt")).expect("save");
    assert_same(&load(folder.path("model.pt")).expect("load").tensors().expect("tensors"), &tensors);
    for name in ["views.pt", "views.legacy.pt"] {
        fs::copy(fixture(name), folder.path("model.safetensors")).expect("copy");
        assert!(load(folder.path("model.safetensors")).expect("load").get("base").is_some());
        assert_eq!(ModelFile::open(folder.path("model.safetensors")).expect("open").format, Format::Torch);
    }
    for (contents, text) in
        [(&b"hello"[..], "is of no known format"), (b"", "is of no known format"), (b"{}", "is no index")]
    {
        fs::write(folder.path("x"), contents).expect("write");
        let e = message(load(folder.path("x")));
        assert!(e.contains(text), "{e}");
    }
    let e = message(load(folder.path("missing")));
    assert!(e.contains("there is no such file"), "{e}");
    fs::create_dir(folder.path("empty")).expect("a folder");
    let e = message(load(folder.path("empty")));
    assert!(e.contains("no safetensors file"), "{e}");
    save_file(&tensors, &Metadata::new(), folder.path("second.safetensors")).expect("save");
    // Of several, the one that is named as a model of one file is.
    assert!(load(&folder.0).expect("load").get("base").is_some());
    fs::rename(folder.path("model.safetensors"), folder.path("first.safetensors")).expect("rename");
    let e = message(load(&folder.0));
    assert!(e.contains("several safetensors files"), "{e}");
}

#[test]
fn conversions_keep_tensors_and_say_what_was_left_out() {
    let folder = Folder::new();
    for name in ["views", "training", "module"] {
        let model = ModelFile::open(fixture(&format!("{name}.pt"))).expect("open");
        assert_eq!(model.unknown.is_empty(), name != "module");
        let mut written = 0;
        let out = folder.path("out.safetensors");
        convert(&model, &out, &Conversion::default(), &mut |n| written += n).expect("convert");
        let got = load_file(&out).expect("load");
        assert_eq!(written, got.iter().map(|(_, t)| t.numel() * t.element_size()).sum::<usize>());
        let expected = load_file(fixture(&format!("{name}.safetensors"))).expect("load");
        let expected: StateDict = expected.into_iter().filter(|(n, _)| !n.contains('@')).collect();
        for (name, t) in &got {
            let want = &expected.iter().find(|(n, _)| name.ends_with(n.as_str())).unwrap_or_else(|| panic!("{name}")).1;
            assert_eq!(bytes(t), bytes(want), "{name}");
        }
    }
    save_file(&state(), &Metadata::from([("k".into(), "v".into())]), folder.path("a.safetensors")).expect("save");
    let model = ModelFile::open(folder.path("a.safetensors")).expect("open");
    let how = Conversion { dtype: Some(DType::BF16), max_shard_size: Some(500), digest: true };
    convert(&model, folder.path("shards"), &how, &mut |_| {}).expect("convert");
    let shards = ModelFile::open(folder.path("shards")).expect("open");
    assert_eq!((shards.format, shards.tensors.len(), shards.verify().expect("sound")), (Format::Shards, 5, 5));
    let half = load(folder.path("shards")).expect("load").tensors().expect("tensors");
    for ((name, t), (_, half)) in state().iter().zip(&half) {
        assert_eq!(bytes(half), bytes(&t.to_dtype(DType::BF16).expect("to")), "{name}");
    }
    for out in ["a.pt", "a.npz"] {
        convert(&model, folder.path(out), &Conversion::default(), &mut |_| {}).expect("convert");
        assert_same(&load(folder.path(out)).expect("load").tensors().expect("tensors"), &state());
        let e = message(convert(&model, folder.path(out), &how, &mut |_| {}));
        assert!(e.contains("digests"), "{e}");
    }
    let e = message(convert(&model, folder.path("a.npy"), &Conversion::default(), &mut |_| {}));
    assert!(e.contains("npy holds one tensor"), "{e}");
    let e = message(convert(&model, folder.path("a.xyz"), &Conversion::default(), &mut |_| {}));
    assert!(e.contains("not clear what to write"), "{e}");
}

#[test]
fn dtypes_of_pytorch_without_kernels_are_carried_to_safetensors() {
    let folder = Folder::new();

    let model = ModelFile::open(fixture("raw.pt")).expect("open");
    let carried: Vec<&Stored> = model.tensors.iter().filter(|t| matches!(t.element(), Element::Raw(_))).collect();
    assert!(carried.len() >= 5, "{:?}", model.unknown);
    convert(&model, folder.path("a.safetensors"), &Conversion::default(), &mut |_| {}).expect("convert");
    let file = SafeFile::open(folder.path("a.safetensors")).expect("open");
    for t in carried {
        assert_eq!(file.shape(t.name()).expect("shape"), t.shape());
        assert!(t.with_bytes(|bytes| bytes == file.bytes(t.name()).expect("bytes")).expect("bytes"), "{}", t.name());
    }
    let e = message(convert(&model, folder.path("a.npz"), &Conversion::default(), &mut |_| {}));
    assert!(e.contains("nothing can be computed with"), "{e}");
}

#[test]
fn a_changed_byte_does_not_agree_with_its_digest() {
    let folder = Folder::new();
    save_file(&state(), &Metadata::new(), folder.path("a.safetensors")).expect("save");
    let model = ModelFile::open(folder.path("a.safetensors")).expect("open");
    assert_eq!(model.verify().expect("no digests"), 0);
    let how = Conversion { digest: true, ..Conversion::default() };
    convert(&model, folder.path("b.safetensors"), &how, &mut |_| {}).expect("convert");
    let mut file = fs::read(folder.path("b.safetensors")).expect("read");
    let last = file.len() - 1;
    file[last] ^= 1;
    fs::write(folder.path("b.safetensors"), file).expect("write");
    let e = message(ModelFile::open(folder.path("b.safetensors")).expect("open").verify());
    assert!(e.contains("layer.4.weight") && e.contains("is damaged"), "{e}");
}

#[test]
fn what_a_stopped_write_left_behind_is_removed() {
    let folder = Folder::new();
    let path = folder.path("model.safetensors");
    // No process has a number beyond 2^22.
    fs::write(folder.path(".model.safetensors.9999998.0.tmp"), "half a model").expect("write");
    fs::write(folder.path(".model.safetensors.backup.tmp"), "the user's").expect("write");
    fs::write(folder.path(".other.safetensors.9999998.0.tmp"), "another's").expect("write");
    // One that is still being written, from another machine, is locked and stays; so does one of a process that lives.
    let busy = fs::File::create(folder.path(".model.safetensors.9999999.0.tmp")).expect("create");
    busy.lock().expect("a lock");
    let own = format!(".model.safetensors.{}.999.tmp", std::process::id());
    fs::write(folder.path(&own), "in the making").expect("write");
    save_file(&state(), &Metadata::new(), &path).expect("save");
    let kept = |more: &[&str]| {
        let mut names = vec![own.as_str(), ".model.safetensors.backup.tmp", ".other.safetensors.9999998.0.tmp"];
        names.extend_from_slice(more);
        names.sort();
        names.into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(folder.names(), kept(&["model.safetensors", ".model.safetensors.9999999.0.tmp"]));
    drop(busy);
    save_file(&state(), &Metadata::new(), &path).expect("save");
    assert_eq!(folder.names(), kept(&["model.safetensors"]));
}

#[test]
fn large_files_are_written_whole() {
    let folder = Folder::new();
    let path = folder.path("a.safetensors");
    // Beyond the size from which files are written past the page cache, and no multiple of its blocks.
    let t = Tensor::from_vec((0..17_000_001).collect::<Vec<i32>>(), &[17_000_001]).expect("a tensor");
    let tensors: StateDict = vec![("a".into(), t), ("b".into(), numbers(3, 1.0))];
    save_file(&tensors, &Metadata::new(), &path).expect("save");
    assert_same(&load_file(&path).expect("load"), &tensors);
    assert_same(&SafeFile::open(&path).expect("open").read().expect("read"), &tensors);
    assert_eq!(folder.names(), ["a.safetensors"]);
}

/// Every fixture, left in the file and read piece by piece, is what it is when it is loaded, and so is what is written of it.
#[test]
fn what_is_left_in_the_file_is_what_is_loaded() {
    let folder = Folder::new();
    let mut unaligned = 0;
    for entry in fs::read_dir(beside("fixtures")).expect("fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let loaded = load(&path).or_else(|_| load_torch(&path, Unknown::Keep)).map(|object| match object {
            Object::Tensor(t) => vec![("array".to_string(), t)],
            object => object.tensors().expect("tensors"),
        });
        let (Ok(loaded), Ok(mut model)) = (loaded, ModelFile::open(&path)) else {
            // Objects of Python.
            assert_eq!(name, "object.npy");
            continue;
        };
        model.tensors.retain(|t| !matches!(t.element(), Element::Raw(_)));
        assert_eq!(model.tensors.len(), loaded.len(), "{name}");
        for (stored, (key, t)) in model.tensors.iter().zip(&loaded) {
            let mut read = Vec::new();
            stored.read(&mut |bytes| read.extend_from_slice(bytes)).expect("bytes");
            assert_eq!((stored.name(), stored.shape(), &read), (key.as_str(), t.shape(), &bytes(t)), "{name}");
            let made = stored.tensor().expect("a tensor");
            assert_eq!((made.shape(), made.dtype(), bytes(&made)), (t.shape(), t.dtype(), bytes(t)), "{name}: {key}");
        }
        if model.tensors.is_empty() {
            continue;
        }
        convert(&model, folder.path("a.pt"), &Conversion::default(), &mut |_| {}).expect(&name);
        let written = load(folder.path("a.pt")).expect("load");
        for (stored, (_, t)) in model.tensors.iter().zip(&loaded) {
            let Some(Object::Tensor(again)) = written.get(stored.name()) else { panic!("{name}: {}", stored.name()) };
            assert_eq!((again.shape(), again.dtype(), bytes(again)), (t.shape(), t.dtype(), bytes(t)), "{name}");
        }
        // What shared memory still does, also where it had to stay in the file.
        if name.starts_with("views.") && name.ends_with(".pt") {
            let tensor = |name: &str| match written.get(name) {
                Some(Object::Tensor(t)) => t.clone(),
                other => panic!("{name} is {other:?}"),
            };
            assert!(tensor("transposed").storage().same(tensor("base").storage()), "{name}");
            assert_eq!(tensor("transposed").stride(), [1, 6]);
            unaligned += usize::from(name == "views.legacy.pt");
        }
    }
    assert_eq!(unaligned, 1);
}

#[test]
fn rows_shown_over_and_over_are_not_written_out() {
    let folder = Folder::new();
    let one = numbers(1, 1.0).as_strided(&[1 << 40, 4], &[0, 0], None).expect("a view");
    save_torch(&Object::from(vec![("vast".to_string(), one)]), folder.path("a.pt")).expect("save");
    let model = ModelFile::open(folder.path("a.pt")).expect("open");
    let e = message(convert(&model, folder.path("a.safetensors"), &Conversion::default(), &mut |_| {}));
    assert!(e.contains("\"vast\" shows 4 bytes as 17592186044416") && e.contains("200 times"), "{e}");
    // A file that keeps the view keeps it small.
    convert(&model, folder.path("b.pt"), &Conversion::default(), &mut |_| {}).expect("convert");
    assert!(fs::metadata(folder.path("b.pt")).expect("a file").len() < 2000);
    assert_eq!(folder.names(), ["a.pt", "b.pt"]);
}
