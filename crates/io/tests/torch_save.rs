//! Files that `save_torch` writes hold what they were given. `conformance/torch_round_trip.py` opens such files with PyTorch.

mod common;

use common::{Scratch, fixture};
use flambeau_core::{DType, Tensor};
use flambeau_io::{Object, Opaque, Unknown, load_torch, save_torch};
use std::path::Path;
use std::sync::Arc;

fn text(text: &str) -> Object {
    Object::Str(text.into())
}

fn list(items: Vec<Object>) -> Object {
    Object::List(items.into())
}

fn floats(n: usize) -> Tensor {
    let bytes: Vec<u8> = (0..n).flat_map(|i| (i as f32).to_le_bytes()).collect();
    Tensor::from_bytes(&bytes, DType::F32, &[n]).expect("a tensor")
}

fn tensor(object: &Object) -> &Tensor {
    if let Object::Tensor(t) = object { t } else { panic!("{object:?} is no tensor") }
}

/// Asserts that two objects are the same, tensors with their layout and their whole storage.
fn same(a: &Object, b: &Object) {
    let all = |a: &[Object], b: &[Object]| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).for_each(|(a, b)| same(a, b));
    };
    match (a, b) {
        (Object::Tensor(a), Object::Tensor(b)) => {
            assert_eq!((a.dtype(), a.layout()), (b.dtype(), b.layout()));
            let (a, b) = (a.storage().read().expect("bytes"), b.storage().read().expect("bytes"));
            assert_eq!(a.bytes(), b.bytes());
        }
        (Object::List(a), Object::List(b)) | (Object::Tuple(a), Object::Tuple(b)) => all(a, b),
        (Object::Set(a), Object::Set(b)) => all(a, b),
        (Object::Dict(a), Object::Dict(b)) => {
            assert_eq!(a.len(), b.len());
            for ((ka, va), (kb, vb)) in a.iter().zip(b.iter()) {
                same(ka, kb);
                same(va, vb);
            }
        }
        (Object::Record(a, left), Object::Record(b, right)) => {
            assert_eq!((a, left.len()), (b, right.len()));
            for ((a, left), (b, right)) in left.iter().zip(right.iter()) {
                assert_eq!(a, b);
                same(left, right);
            }
        }
        _ => assert_eq!(format!("{a:?}"), format!("{b:?}")),
    }
}

fn saved(name: &str, object: &Object) -> Object {
    let file = Scratch::absent(name);
    save_torch(object, &file.0).expect(name);
    load_torch(&file.0, Unknown::Refuse).expect(name)
}

#[test]
fn files_of_pytorch_are_written_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in ["dtypes", "views", "training", "containers", "quantized", "raw", "sparse", "others"] {
        for file in [format!("{name}.pt"), format!("{name}.legacy.pt")] {
            let object = load_torch(folder.join(&file), Unknown::Refuse).expect(&file);
            same(&object, &saved(&file, &object));
        }
    }
    for file in ["oldest.pt", "storage_views.pt", "scripted.pt", "traced.pt"] {
        let object = load_torch(folder.join(file), Unknown::Refuse).expect(file);
        same(&object, &saved(file, &object));
    }
}

#[test]
fn values_of_every_kind() {
    let ints = [0, -1, 255, 256, 65535, 65536, 1 << 31, -(1 << 31), -(1 << 31) - 1, 1 << 63, i128::MAX, i128::MIN];
    let mut big = vec![1; 300];
    big.push(0x80);
    let values = vec![
        Object::None,
        Object::Bool(true),
        Object::List(ints.into_iter().map(Object::Int).collect()),
        Object::BigInt(big.into()),
        Object::BigInt([0xff; 20].iter().copied().chain([0]).collect()),
        Object::Float(-0.0),
        Object::Complex(1.5, -2.5),
        text(""),
        text("naïve ☃"),
        Object::Bytes([].into()),
        Object::Bytes((0..=255).collect()),
        Object::Tuple([].into()),
        Object::Tuple([Object::Tuple([].into())].into()),
        Object::Set([Object::Int(1), Object::Tuple([text("a"), Object::Set([Object::Int(2)].into())].into())].into()),
        Object::Dict(
            [(Object::Int(1), text("one")), (Object::None, list(vec![])), (text("a"), Object::Bool(false))].into(),
        ),
        Object::Slice(Arc::new([Object::Int(1), Object::None, Object::Int(-2)])),
        Object::DType(DType::BF16),
        Object::Device("cuda:1".into()),
    ];
    let object = list(values);
    same(&object, &saved("values", &object));
}

#[test]
fn what_is_shared_stays_shared() {
    let base = floats(12).reshape(&[3, 4]).expect("a view");
    let strided = base.t().expect("a view").as_strided(&[2, 2], &[1, 4], Some(3)).expect("a view");
    let inner = list(vec![Object::Int(1), Object::Tensor(base.clone())]);
    let object = list(vec![
        Object::Tensor(base.clone()),
        Object::Tensor(base.clone()),
        Object::Tensor(strided.clone()),
        Object::Tensor(floats(12)),
        inner.clone(),
        inner.clone(),
        // The same memory as another kind of container is another object.
        if let Object::List(items) = &inner { Object::Tuple(items.clone()) } else { panic!("no list") },
    ]);
    let loaded = saved("shared", &object);
    same(&object, &loaded);
    let Object::List(items) = &loaded else { panic!("{loaded:?}") };
    assert!(tensor(&items[0]).is_same(tensor(&items[1])));
    assert!(tensor(&items[0]).storage().same(tensor(&items[2]).storage()));
    assert!(!tensor(&items[0]).storage().same(tensor(&items[3]).storage()));
    assert_eq!((tensor(&items[2]).stride(), tensor(&items[2]).storage_offset()), (&[1, 4][..], 3));
    let (Object::List(a), Object::List(b)) = (&items[4], &items[5]) else { panic!("{loaded:?}") };
    assert!(Arc::ptr_eq(a, b) && tensor(&a[1]).is_same(tensor(&items[0])));
}

#[test]
fn sharing_keeps_files_small() {
    // Each list holds the one before it twice: 2^200 elements, were they copied.
    let mut object = list(vec![Object::Int(1)]);
    for _ in 0..200 {
        object = list(vec![object.clone(), object]);
    }
    let file = Scratch::absent("laughs");
    save_torch(&object, &file.0).expect("a file");
    assert!(std::fs::metadata(&file.0).expect("a file").len() < 4096);
    load_torch(&file.0, Unknown::Refuse).expect("200 lists");
}

#[test]
fn the_same_object_gives_the_same_bytes_and_storages_are_aligned() {
    let object = list((1..6).map(|n| Object::Tensor(floats(n))).collect());
    let (a, b) = (Scratch::absent("a"), Scratch::absent("b"));
    save_torch(&object, &a.0).expect("a file");
    save_torch(&object, &b.0).expect("a file");
    let bytes = std::fs::read(&a.0).expect("bytes");
    assert_eq!(bytes, std::fs::read(&b.0).expect("bytes"));
    let want: Vec<u8> = (0..5).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let at = bytes.windows(want.len()).position(|w| w == want).expect("the last storage");
    assert_eq!(at % 64, 0);
}

#[test]
fn what_cannot_be_written_is_named() {
    let opaque = Opaque { module: "posix".into(), name: "system".into(), args: None, state: Vec::new() };
    let t = floats(4);
    let bytes = Tensor::from_storage(t.storage().clone(), flambeau_core::Layout::contiguous(&[16]), DType::U8);
    let mut deep = Object::None;
    for _ in 0..600 {
        deep = list(vec![deep]);
    }
    let cases = [
        (Object::Opaque(Arc::new(opaque)), "posix.system"),
        (list(vec![Object::Record("a spline", [("knots", Object::None)].into())]), "a spline"),
        (
            Object::Record("raw tensor", [("dtype", text("float3")), ("data", Object::Tensor(floats(1)))].into()),
            "float3",
        ),
        (list(vec![Object::Tensor(t), Object::Tensor(bytes.expect("a tensor"))]), "FloatStorage and of ByteStorage"),
        (Object::Dict([(list(vec![]), Object::None)].into()), "as a key"),
        (deep, "deep in each other"),
    ];
    for (object, message) in cases {
        let file = Scratch::absent("refused");
        let error = save_torch(&Object::Dict([(text("here"), object)].into()), &file.0).expect_err(message).to_string();
        assert!(error.contains(message) && error.contains("\"here\""), "{error}");
        assert!(!file.0.exists());
    }
}

#[test]
fn a_cut_file_is_refused() {
    let file = Scratch::absent("cut");
    save_torch(&list(vec![Object::Tensor(floats(3)), text("x")]), &file.0).expect("a file");
    let whole = std::fs::read(&file.0).expect("bytes");
    for len in 0..whole.len() {
        std::fs::write(&file.0, &whole[..len]).expect("a file");
        assert!(load_torch(&file.0, Unknown::Refuse).is_err(), "cut to {len} bytes");
    }
}

#[test]
fn who_computes_gradients_still_does() {
    // A parameter in a file of PyTorch, and a leaf in one of ours.
    for file in ["containers.pt", "containers.legacy.pt"] {
        let object = load_torch(fixture(file), Unknown::Refuse).expect(file);
        let asks: Vec<String> =
            object.tensors().expect("tensors").into_iter().filter(|(_, t)| t.requires_grad()).map(|t| t.0).collect();
        assert_eq!(asks, ["parameter"], "{file}");
        let again = saved("requires_grad.pt", &object);
        let grad = |object: &Object| tensor(object.get("parameter").expect("a parameter")).requires_grad();
        assert!(grad(&object) && grad(&again));
    }
    // Integers compute none, whatever a file says.
    let mut file = Vec::new();
    let ints = Tensor::from_vec(vec![1i64, 2], &[2]).expect("a tensor");
    let scratch = Scratch::absent("grad_of_ints.pt");
    save_torch(&Object::Tensor(ints), &scratch.0).expect("save");
    file.extend(std::fs::read(&scratch.0).expect("a file"));
    // The flag stands between the strides and the hooks; the checksum of a pickle is not compared.
    let at = file.windows(2).position(|w| w == b"t\x89").expect("the flag") + 1;
    file[at] = 0x88;
    std::fs::write(&scratch.0, file).expect("write");
    let e = load_torch(&scratch.0, Unknown::Refuse).expect_err("integers");
    assert!(e.message().contains("floating point"), "{e:?}");
}
