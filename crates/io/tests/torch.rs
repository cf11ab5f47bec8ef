//! Files of `torch.save`, made by `conformance/torch_files.py`: read to the same tensors, and refused where they would run
//! something or are not what they say.

mod common;

use common::{Scratch, bytes, fixture};
use flambeau_core::{DType, ErrorClass, Tensor};
use flambeau_io::{Object, Unknown, load_file, load_torch};
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn both_formats_hold_the_same_tensors() {
    for name in ["dtypes", "views", "training", "containers"] {
        let expected: BTreeMap<String, Tensor> = load_file(fixture(&format!("{name}.safetensors")))
            .expect("the tensors")
            .into_iter()
            // complex128 is no dtype of safetensors; `torch_files.py` stores pairs.
            .map(|(name, t)| match name.strip_suffix("@complex128") {
                Some(plain) => (plain.to_string(), t),
                None => (name, t),
            })
            .collect();
        for file in [format!("{name}.pt"), format!("{name}.legacy.pt")] {
            let loaded = load_torch(fixture(&file), Unknown::Refuse).expect(&file).tensors().expect("tensors");
            let names: Vec<&String> = loaded.iter().map(|(n, _)| n).collect();
            assert_eq!(names.len(), expected.len(), "{file}: {names:?}");
            for (name, t) in &loaded {
                let want = &expected[name];
                let shape = if t.dtype() == DType::C128 { &want.shape()[..want.dim() - 1] } else { want.shape() };
                assert_eq!(t.shape(), shape, "{file}: {name}");
                assert!(t.dtype() == want.dtype() || t.dtype() == DType::C128, "{file}: {name}");
                assert_eq!(bytes(t), bytes(want), "{file}: {name}");
            }
        }
    }
}

#[test]
fn views_of_one_storage_stay_views_of_one_storage() {
    for file in ["views.pt", "views.legacy.pt"] {
        let object = load_torch(fixture(file), Unknown::Refuse).expect(file);
        let tensor = |name| match object.get(name) {
            Some(Object::Tensor(t)) => t.clone(),
            other => panic!("{name} is {other:?}"),
        };
        let base = tensor("base");
        for (name, stride) in
            [("transposed", vec![1, 6]), ("sliced", vec![6, 2]), ("expanded", vec![0, 1]), ("scalar", vec![])]
        {
            let t = tensor(name);
            assert!(t.storage().same(base.storage()), "{file}: {name}");
            assert_eq!(t.stride(), stride, "{file}: {name}");
        }
        assert!(!tensor("other").storage().same(base.storage()));
    }
}

#[test]
fn values_beside_tensors() {
    for file in ["containers.pt", "containers.legacy.pt"] {
        let object = load_torch(fixture(file), Unknown::Refuse).expect(file);
        let text = |name| format!("{:?}", object.get(name).expect(name));
        assert_eq!(text("size"), "Tuple([Int(2), Int(3)])");
        assert_eq!(text("dtype"), "DType(BF16)");
        assert_eq!(text("device"), "Device(\"cpu\")");
        assert_eq!(text("slice"), "Slice([Int(1), None, Int(2)])");
        assert_eq!(text("set"), "Set([Int(1)])");
        assert_eq!(text("complex"), "Complex(1.0, 2.0)");
        assert_eq!(text("float"), "Float(0.1)");
        assert_eq!(text("none"), "None");
        assert_eq!(text("bytes"), "Bytes([0, 255])");
        assert_eq!(text("text"), "Str(\"naïve ☃\")");
        let Some(Object::BigInt(big)) = object.get("big") else { panic!("{}", text("big")) };
        assert_eq!((big.len(), big[25]), (26, 1));
    }
}

#[test]
fn nothing_runs() {
    for file in ["unsafe.pt", "unsafe.legacy.pt"] {
        let error = load_torch(fixture(file), Unknown::Refuse).expect_err("a refusal");
        let message = error.to_string();
        assert_eq!(error.class(), ErrorClass::Value);
        assert!(message.contains("posix.system") && message.contains("byte ") && message.contains(file), "{message}");
        let kept = load_torch(fixture(file), Unknown::Keep).expect("the tensors around it");
        assert_eq!(kept.tensors().expect("tensors").len(), 1);
        let Some(Object::Opaque(opaque)) = kept.get("unsafe") else { panic!("{kept:?}") };
        assert_eq!((opaque.module.as_str(), opaque.name.as_str()), ("posix", "system"));
        assert!(!Path::new("canary").exists());
    }
}

#[test]
fn weights_inside_a_whole_module() {
    let error = load_torch(fixture("module.pt"), Unknown::Refuse).expect_err("a refusal").to_string();
    assert!(error.contains("torch.nn.modules.linear.Linear"), "{error}");
    let object = load_torch(fixture("module.pt"), Unknown::Keep).expect("the module");
    let expected = load_file(fixture("module.safetensors")).expect("the tensors");
    let loaded = object.tensors().expect("tensors");
    for (name, want) in expected {
        let (_, t) = loaded.iter().find(|(n, _)| n.ends_with(&format!("_parameters.{name}"))).expect("a parameter");
        assert_eq!(bytes(t), bytes(&want));
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for file in ["views.pt", "views.legacy.pt"] {
        let whole = std::fs::read(fixture(file)).expect("a fixture");
        for len in (0..whole.len()).step_by(7) {
            let cut = Scratch::new(&format!("cut-{file}"), &whole[..len]);
            assert!(load_torch(&cut.0, Unknown::Refuse).is_err(), "{file} cut to {len} bytes");
        }
    }
}

#[test]
fn a_changed_byte_never_panics() {
    for file in ["views.pt", "views.legacy.pt", "containers.pt"] {
        let whole = std::fs::read(fixture(file)).expect("a fixture");
        for at in (0..whole.len()).step_by(3) {
            for change in [1, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                let changed = Scratch::new(&format!("changed-{file}"), &bytes);
                if let Ok(object) = load_torch(&changed.0, Unknown::Keep) {
                    let _ = object.tensors();
                }
            }
        }
    }
}

/// A pickle alone, as the first part of a legacy file would be, after the parts before it.
fn legacy(pickle: &[u8]) -> Scratch {
    let whole = std::fs::read(fixture("views.legacy.pt")).expect("a fixture");
    // The magic number, the version and the note on the machine end with the third STOP after a pickle's start.
    let mut ends = (0..whole.len()).filter(|i| whole[*i] == b'.' && whole.get(i + 1..i + 3) == Some(&[0x80, 2]));
    let start = ends.nth(2).expect("three pickles") + 1;
    Scratch::new(&format!("made-{}", pickle.len()), &[&whole[..start], pickle].concat())
}

#[test]
fn pickles_that_are_traps() {
    let nested = [&b"\x80\x02"[..], &[b']'; 3000], &[b'a'; 2999], b"."].concat();
    // Each list holds the one before it twice: 2^200 elements, were they copied.
    let mut laughs = b"\x80\x02]q\x00".to_vec();
    for i in 0..200u8 {
        laughs.extend([b']', b'q', i + 1, b'(', b'h', i, b'h', i, b'e']);
    }
    laughs.push(b'.');
    let cases: [(&[u8], &str); 9] = [
        (&nested, "deep in each other"),
        (b"\x80\x02]q\x00h\x00a.", "within itself"),
        (b"\x80\x02h\x05.", "slot 5"),
        (b"\x80\x02R.", "stack is empty"),
        (b"\x80\x02K\x01K\x02a.", "not to a list"),
        (b"\x80\x09N.", "protocol 9"),
        (b"\x80\x02X\xff\xff\xff\x7fab.", "ends early"),
        (b"\x80\x02\x82\x01.", "extension code 1"),
        (b"\x80\x02cposix\nsystem\n(S'touch canary'\ntR.", "posix.system"),
    ];
    for (pickle, message) in cases {
        // A list of no storages follows.
        let file = legacy(&[pickle, b"\x80\x02]."].concat());
        let error = load_torch(&file.0, Unknown::Refuse).expect_err(message).to_string();
        assert!(error.contains(message), "{error}");
    }
    let file = legacy(&[&laughs[..], b"\x80\x02]."].concat());
    let object = load_torch(&file.0, Unknown::Refuse).expect("a graph of 200 lists");
    assert!(object.tensors().expect("lists without tensors").is_empty());
    assert!(!Path::new("canary").exists());
}
