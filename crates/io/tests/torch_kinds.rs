//! Files of `torch.save` with what is no plain tensor: quantized and sparse ones, dtypes without kernels, NumPy's arrays,
//! compiled modules; and the files of the first releases. Made by `conformance/torch_files.py`.

mod common;

use common::{Scratch, bytes, fixture};
use flambeau_io::{Object, Unknown, load_file, load_torch};

fn load(name: &str) -> Object {
    load_torch(fixture(name), Unknown::Refuse).expect(name)
}

/// What lies under keys, places or names of parts, joined by dots.
fn part(object: &Object, path: &str) -> Option<Object> {
    path.split('.').try_fold(object.clone(), |object, key| match &object {
        Object::Dict(_) => object.get(key).cloned(),
        Object::List(items) | Object::Tuple(items) => items.get(key.parse::<usize>().ok()?).cloned(),
        Object::Record("sparse tensor", parts) => match &parts[1].1 {
            Object::Tuple(items) => items.get(key.parse::<usize>().ok()?).cloned(),
            _ => None,
        },
        Object::Record(_, parts) => parts.iter().find(|p| p.0 == key).map(|p| p.1.clone()),
        _ => None,
    })
}

fn text(object: &Object, path: &str) -> String {
    part(object, path).map_or_else(|| format!("no {path}"), |o| format!("{o:?}"))
}

/// The tensors that a file's safetensors hold are in the object, under the same names.
fn holds(object: &Object, expected: &str, file: &str) {
    for (name, want) in load_file(fixture(expected)).expect(expected) {
        let (name, pairs) = name.strip_suffix("@complex128").map_or((name.as_str(), false), |n| (n, true));
        let Some(Object::Tensor(t)) = part(object, name) else { panic!("{file}: {name} is {}", text(object, name)) };
        assert_eq!(t.shape(), &want.shape()[..want.dim() - usize::from(pairs)], "{file}: {name}");
        assert!(pairs || t.dtype() == want.dtype(), "{file}: {name}");
        assert_eq!(bytes(&t), bytes(&want), "{file}: {name}");
    }
}

#[test]
fn what_they_are_made_of() {
    for name in ["quantized", "raw", "sparse", "others"] {
        for file in [format!("{name}.pt"), format!("{name}.legacy.pt")] {
            holds(&load(&file), &format!("{name}.safetensors"), &file);
        }
    }
}

#[test]
fn quantized() {
    for file in ["quantized.pt", "quantized.legacy.pt"] {
        let object = load(file);
        assert_eq!(text(&object, "qint32.dtype"), "Str(\"qint32\")");
        assert_eq!(text(&object, "qint8.scheme"), "Str(\"per_tensor_affine\")");
        assert_eq!(
            (text(&object, "qint8.scale"), text(&object, "quint8.zero_point")),
            ("Float(0.05)".into(), "Int(10)".into())
        );
        assert_eq!(text(&object, "channels.axis"), "Int(0)");
        let Some(Object::Tensor(scales)) = part(&object, "channels.scale") else { panic!("no scales") };
        assert_eq!(bytes(&scales), [0.1f64.to_le_bytes(), 0.2f64.to_le_bytes()].concat());
        let tensor = |path| match part(&object, path) {
            Some(Object::Tensor(t)) => t,
            other => panic!("{path} is {other:?}"),
        };
        let (data, transposed) = (tensor("qint8.data"), tensor("transposed.data"));
        assert!(data.storage().same(transposed.storage()));
        assert_eq!(transposed.stride(), [1, 3]);
        assert_eq!(
            (text(&object, "packed.size"), tensor("packed.data").numel()),
            ("Tuple([Int(2), Int(3)])".into(), 4)
        );
    }
}

#[test]
fn dtypes_without_kernels() {
    for file in ["raw.pt", "raw.legacy.pt"] {
        let object = load(file);
        assert_eq!(text(&object, "float8_e4m3fn.dtype"), "Str(\"float8_e4m3fn\")");
        assert_eq!(text(&object, "named.name"), "Str(\"float8_e4m3fn\")");
        assert_eq!(text(&object, "transposed.stride"), "Tuple([Int(1), Int(3)])");
        assert_eq!(text(&object, "sliced.storage_offset"), "Int(4)");
        let tensor = |path| match part(&object, path) {
            Some(Object::Tensor(t)) => t,
            other => panic!("{path} is {other:?}"),
        };
        assert!(tensor("sliced.data").storage().same(tensor("uint16.data").storage()));
        assert_eq!(bytes(&tensor("untyped")), [1f32.to_le_bytes(), 2f32.to_le_bytes()].concat());
    }
}

#[test]
fn everything_else() {
    for file in ["others.pt", "others.legacy.pt"] {
        let object = load(file);
        assert_eq!(text(&object, "meta.dtype"), "DType(BF16)");
        assert_eq!(text(&object, "meta.stride"), "Tuple([Int(1), Int(2)])");
        assert_eq!(text(&object, "unsigned.dtype"), "Str(\"uint16\")");
        assert_eq!(
            text(&object, "scalars"),
            "List([Float(0.5), Float(2.0), Int(-3), Int(18446744073709551615), Bool(true), Complex(1.0, -2.0)])"
        );
        let Some(Object::Tensor(columns)) = part(&object, "columns") else { panic!("no columns") };
        assert_eq!(columns.stride(), [1, 2]);
    }
    let Object::Dict(kinds) = load("sparse.pt") else { panic!("no dict") };
    for (name, kind) in kinds.iter() {
        let (Object::Str(name), Object::Record("sparse tensor", parts)) = (name, kind) else { panic!("{kind:?}") };
        assert!(matches!(&parts[0].1, Object::Str(layout) if **layout == *format!("torch.sparse_{name}")), "{kind:?}");
    }
}

#[test]
fn arrays_of_anything_but_numbers() {
    let error = load_torch(fixture("words.pt"), Unknown::Refuse).expect_err("a refusal").to_string();
    assert!(error.contains("NumPy's dtype \"O8\""), "{error}");
    let kept = load_torch(fixture("words.pt"), Unknown::Keep).expect("the tensors around it");
    assert_eq!(kept.tensors().expect("tensors").len(), 1);
    assert!(matches!(kept.get("words"), Some(Object::Opaque(opaque)) if opaque.name == "ndarray"), "{kept:?}");
}

#[test]
fn the_first_releases() {
    for name in ["oldest", "storage_views"] {
        let object = load(&format!("{name}.pt"));
        holds(&object, &format!("{name}.safetensors"), name);
        let (Some(Object::Tensor(base)), Some(Object::Tensor(view))) = (object.get("base"), object.get("view")) else {
            panic!("{object:?}");
        };
        assert!(base.storage().same(view.storage()));
    }
    // A whole module of those days has the text of its classes beside them.
    let error = load_torch(fixture("module.legacy.pt"), Unknown::Refuse).expect_err("a refusal").to_string();
    assert!(error.contains("torch.nn.modules.linear.Linear"), "{error}");
    let module = load_torch(fixture("module.legacy.pt"), Unknown::Keep).expect("a module");
    assert_eq!(module.tensors().expect("tensors").len(), 2);
}

#[test]
fn compiled_modules() {
    for file in ["scripted.pt", "traced.pt"] {
        let object = load(file);
        holds(&object, "scripted.safetensors", file);
        assert_eq!(text(&object, "training"), "Bool(true)");
        let Some(Object::Tensor(weight)) = part(&object, "linear.weight") else { panic!("no weight") };
        let Some(Object::Tensor(tied)) = part(&object, "tied.weight") else { panic!("no weight") };
        assert!(weight.storage().same(tied.storage()), "{file}");
    }
    let scripted = load("scripted.pt");
    assert_eq!(text(&scripted, "sizes"), "List([Int(1), Int(2)])");
    assert_eq!(text(&scripted, "named.a"), "Float(1.0)");
}

/// All fixtures of PyTorch up to a size, and what they hold.
fn small(size: usize) -> Vec<(String, Vec<u8>)> {
    let folder = std::fs::read_dir(fixture("")).expect("fixtures");
    let names = folder.map(|entry| entry.expect("a fixture").file_name().into_string().expect("a name"));
    let files =
        names.filter(|name| name.ends_with(".pt")).map(|name| (std::fs::read(fixture(&name)).expect(&name), name));
    files.filter(|(whole, _)| whole.len() <= size).map(|(whole, name)| (name, whole)).collect()
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let files = small(10_000);
    assert!(files.len() >= 24);
    for (name, whole) in files {
        // A tar archive ends with empty blocks, which say nothing.
        let end = whole.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        let cut = Scratch::new(&format!("cut-{name}"), &whole);
        let file = std::fs::OpenOptions::new().write(true).open(&cut.0).expect("the file");
        for len in (0..whole.len()).rev() {
            file.set_len(len as u64).expect("a shorter file");
            let loaded = load_torch(&cut.0, Unknown::Keep);
            assert!(loaded.is_err() || name == "oldest.pt" && len >= end, "{name} cut to {len} bytes");
        }
    }
}

#[test]
fn a_changed_byte_never_panics() {
    for (file, whole) in small(5500) {
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= if at % 3 == 0 { 0xff } else { 1 << (at % 8) };
            let changed = Scratch::new(&format!("changed-{file}"), &bytes);
            if let Ok(object) = load_torch(&changed.0, Unknown::Keep) {
                let _ = object.tensors();
            }
        }
    }
}
