//! NumPy's files: what NumPy wrote (`conformance/npy_files.py`), what is written here, and what is no array of numbers.

mod common;

use common::{Scratch, bytes, fixture};
use flambeau_core::{DType, ErrorClass, Tensor, ops};
use flambeau_io::*;
use std::path::Path;

/// All dtypes that NumPy has, with its names.
const DTYPES: [(DType, &str); 11] = [
    (DType::Bool, "b1"),
    (DType::U8, "u1"),
    (DType::I8, "i1"),
    (DType::I16, "i2"),
    (DType::I32, "i4"),
    (DType::I64, "i8"),
    (DType::F16, "f2"),
    (DType::F32, "f4"),
    (DType::F64, "f8"),
    (DType::C64, "c8"),
    (DType::C128, "c16"),
];

/// Bytes of all kinds; as bools, 0 or 1.
fn patterns(dtype: DType, numel: usize) -> Vec<u8> {
    let byte = |i: usize| (i * 151 + 89) as u8;
    (0..numel * dtype.size()).map(|i| if dtype == DType::Bool { byte(i) >> 7 } else { byte(i) }).collect()
}

fn npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let len = header.len() as u32;
    let len = if version == 1 { (len as u16).to_le_bytes().to_vec() } else { len.to_le_bytes().to_vec() };
    [&b"\x93NUMPY"[..], &[version, 0], &len, header.as_bytes(), data].concat()
}

fn load(name: &str, file: &[u8]) -> flambeau_core::Result<Tensor> {
    load_npy(&Scratch::new(name, file).0)
}

#[test]
fn what_numpy_wrote() {
    let expected = load_file(fixture("arrays.safetensors")).expect("the tensors");
    assert_eq!(expected.len(), DTYPES.len());
    for file in ["arrays.npz", "arrays.compressed.npz"] {
        let loaded = load_npz(fixture(file)).expect(file);
        assert_eq!(loaded.len(), 5 * DTYPES.len());
        for (dtype, _) in DTYPES {
            // complex128 is no dtype of safetensors; `goldens.py` stores pairs.
            let want = expected.iter().find(|(n, _)| n.split('@').next() == Some(dtype.name())).expect("a dtype");
            let want = Tensor::from_bytes(&bytes(&want.1), dtype, &[2, 3, 4]).expect("a tensor");
            let get = |layout: &str| {
                let name = format!("{}.{layout}", dtype.name());
                let t = &loaded.iter().find(|(n, _)| *n == name).expect(&name).1;
                assert_eq!(t.dtype(), dtype, "{file}: {name}");
                t.clone()
            };
            for layout in ["little", "big", "fortran"] {
                let got = get(layout);
                assert_eq!(got.shape(), [2, 3, 4]);
                assert_eq!(got.stride(), if layout == "fortran" { [1, 2, 6] } else { [12, 4, 1] });
                assert_eq!(bytes(&got), bytes(&want), "{file}: {}.{layout}", dtype.name());
            }
            assert!(get("scalar").shape().is_empty());
            assert_eq!(bytes(&get("scalar")), bytes(&want)[23 * dtype.size()..]);
            assert_eq!(get("empty").shape(), [2, 0, 4]);
        }
    }
    for version in 1..=3 {
        let array = load_npy(fixture(&format!("version{version}.npy"))).expect("an array");
        assert_eq!(array.shape(), [2, 3]);
        assert_eq!(array.to_vec::<f32>().expect("values"), [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
        let copy = Scratch::new("same", &[]);
        save_npy(&array, &copy.0).expect("save");
        let want = std::fs::read(fixture("version1.npy")).expect("a fixture");
        assert_eq!(std::fs::read(&copy.0).expect("a copy"), want, "what is written is what NumPy writes");
    }
}

#[test]
fn every_dtype_order_and_version() {
    for (dtype, name) in DTYPES {
        let data = patterns(dtype, 6);
        let part = if dtype.is_complex() { dtype.size() / 2 } else { dtype.size() };
        let swapped: Vec<u8> = data.chunks(part).flat_map(|e| e.iter().rev().copied()).collect();
        for version in 1..=3 {
            for (order, data) in [("<", &data), ("=", &data), ("|", &data), ("", &data), (">", &swapped)] {
                for (fortran, stride) in [("False", [3, 1]), ("True", [1, 2])] {
                    let header =
                        format!("{{'descr': '{order}{name}', 'fortran_order': {fortran}, 'shape': (2, 3), }} \n");
                    let t = load("every", &npy(version, &header, data)).expect(&header);
                    assert_eq!((t.dtype(), t.shape(), t.stride()), (dtype, &[2, 3][..], &stride[..]), "{header}");
                    let flat = if fortran == "True" { t.t().expect("transpose") } else { t };
                    let want = patterns(dtype, 6);
                    assert_eq!(bytes(&flat), want, "{header}");
                }
            }
        }
    }
}

#[test]
fn everything_comes_back() {
    let mut tensors: StateDict = Vec::new();
    for (dtype, name) in DTYPES {
        let t = Tensor::from_bytes(&patterns(dtype, 24), dtype, &[3, 4, 2]).expect("a tensor");
        let scalar = t.select(0, 2).and_then(|t| t.select(0, 3)).and_then(|t| t.select(0, 1)).expect("select");
        let spread = t.select(0, 1).and_then(|t| t.unsqueeze(0)).and_then(|t| t.expand(&[5, 4, 2])).expect("expand");
        tensors.push((format!("{name}/dense"), t.clone()));
        tensors.push((format!("{name}.turned"), t.transpose(0, 2).expect("transpose")));
        tensors.push((format!("{name}.part"), t.narrow(1, 1, 2).expect("narrow")));
        tensors.push((format!("{name}.spread"), spread));
        tensors.push((format!("{name}.scalar"), scalar));
        tensors.push((format!("{name}.empty"), ops::zeros(&[0], dtype).expect("zeros")));
        tensors.push((format!("ünïcödé {name}.npy"), ops::zeros(&[2, 0, 3], dtype).expect("zeros")));
    }
    tensors.push(("zeros".into(), ops::zeros(&[300, 7], DType::F64).expect("zeros")));
    let file = Scratch::new("back.npz", &[]);
    for compress in [false, true] {
        save_npz(&tensors, &file.0, compress).expect("save");
        let first = std::fs::read(&file.0).expect("a file");
        save_npz(&tensors, &file.0, compress).expect("save");
        assert_eq!(std::fs::read(&file.0).expect("a file"), first, "the same tensors give the same bytes");
        let loaded = load_npz(&file.0).expect("load");
        assert_eq!(loaded.len(), tensors.len());
        for ((name, want), (loaded_name, got)) in tensors.iter().zip(&loaded) {
            assert_eq!((name, want.shape(), want.dtype()), (loaded_name, got.shape(), got.dtype()));
            assert_eq!(bytes(got), bytes(want), "{name}");
            if !compress && got.numel() > 0 {
                assert!(got.zero_().is_err(), "{name} is a view of the file");
            }
        }
    }
    let file = Scratch::new("back.npy", &[]);
    for (name, want) in &tensors {
        save_npy(want, &file.0).expect("save");
        let got = load_npy(&file.0).expect("load");
        assert_eq!((got.shape(), got.dtype(), bytes(&got)), (want.shape(), want.dtype(), bytes(want)), "{name}");
        assert!(got.numel() == 0 || got.zero_().is_err(), "{name} is a view of the file");
    }
}

#[test]
fn what_cannot_be_written() {
    let file = Scratch::new("never", b"before");
    let half = ops::zeros(&[2], DType::BF16).expect("zeros");
    let flat = ops::zeros(&[2], DType::F32).expect("zeros");
    let deep = ops::zeros(&[1; 65], DType::F32).expect("zeros");
    let nowhere = save_npy(&flat, fixture("no/such/folder.npy")).expect_err("no folder");
    assert!(nowhere.class() == ErrorClass::Io && nowhere.message().contains("no such file or folder"), "{nowhere:?}");
    for (e, text) in [
        (save_npy(&half, &file.0), "NumPy has no bfloat16"),
        (save_npy(&deep, &file.0), "at most 64 dimensions"),
        (save_npz(&[("a", half)], &file.0, true), "\"a\": NumPy has no bfloat16"),
        (save_npz(&[("a", flat.clone()), ("a", flat)], &file.0, false), "\"a\": the name is given twice"),
    ] {
        let e = e.expect_err(text);
        assert!(e.message().contains(text), "{e:?}");
        assert_eq!(std::fs::read(&file.0).expect("a file"), b"before");
    }
}

#[test]
fn nothing_runs() {
    let e = load_npy(fixture("object.npy")).expect_err("a refusal");
    assert_eq!(e.class(), ErrorClass::Value);
    assert!(e.message().contains("object.npy") && e.message().contains("nothing was run"), "{e:?}");
    assert!(!Path::new("canary").exists());
}

#[test]
fn headers_that_lie_are_refused() {
    let with = |descr: &str, shape: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}");
    for (header, text) in [
        (with("'<f4'", "(2, 3)"), ""),
        (with("'<f4'", "(6L,)"), ""),
        (with("\"<f4\"", "( 3 ,2 , )"), ""),
        (" { 'shape':(6,),'fortran_order':True\n,'descr':'<f4',} \n ".into(), ""),
        (with("'<u2'", "(12,)"), "dtype \"<u2\" is for unsigned integers"),
        (with("'>u8'", "(3,)"), "dtype \">u8\""),
        (with("'<f16'", "(1,)"), "long doubles"),
        (with("'<U6'", "(1,)"), "text"),
        (with("'|S24'", "(1,)"), "text"),
        (with("'<M8[ns]'", "(3,)"), "dates"),
        (with("'|V24'", "(1,)"), "raw records"),
        (with("[('a', '<f4'), ('b', '<f4')]", "(3,)"), "several fields"),
        (with("('<f4', (2,))", "(3,)"), "several fields"),
        (with("'|O'", "(3,)"), "nothing was run"),
        (with("'<f5'", "(3,)"), "none that NumPy has"),
        (with("'<b2'", "(3,)"), "none that NumPy has"),
        (with("''", "(3,)"), "none that NumPy has"),
        (with("'\\x3cf4'", "(6,)"), "a string is expected"),
        (with("f4", "(6,)"), "a string is expected at byte 10"),
        (with("'<f4'", "(5,)"), "takes 20"),
        (with("'<f4'", "(7,)"), "takes 28"),
        (with("'<f4'", "()"), "takes 4"),
        (with("'<f4'", "(0, 6)"), "takes 0"),
        (with("'<f4'", "(6)"), "\",\" is expected"),
        (with("'<f4'", "[6]"), "\"(\" is expected"),
        (with("'<f4'", "(-6,)"), "sizes is expected"),
        (with("'<f4'", "(,)"), "sizes is expected"),
        (with("'<f4'", "(6,,)"), "sizes is expected"),
        (with("'<f4'", "(6.0,)"), "\",\" is expected"),
        (with("'<f4'", "(99999999999999999999999,)"), "sizes is expected"),
        (with("'<f4'", "(4611686018427387904, 4611686018427387904)"), "more than there can be"),
        (with("'<f4'", "(0, 4611686018427387904, 4611686018427387904)"), "more than there can be"),
        (with("'<f4'", &format!("({}6)", "1, ".repeat(64))), "at most 64 sizes"),
        ("{'descr': '<f4', 'fortran_order': False}".into(), "lacks one of the keys"),
        ("{}".into(), "lacks one of the keys"),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}".into(), "\"descr\" twice"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}".into(), "a key \"x\""),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}".into(), "\"False\" is expected"),
        ("{'descr': '<f4' 'fortran_order': False, 'shape': (6,)}".into(), "\"}\" is expected"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} + {}".into(), "more text"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (6,".into(), "and its end stands there"),
        ("{'descr': '<f4".into(), "a string is expected at byte 10"),
        ("{,}".into(), "a string is expected"),
        (String::new(), "\"{\" is expected"),
        ("__import__('os').system('touch canary')".into(), "\"{\" is expected"),
    ] {
        for version in 1..=3 {
            match load("lies", &npy(version, &header, &[0; 24])) {
                Ok(t) => assert!(text.is_empty() && t.numel() == 6, "{header}"),
                Err(e) => {
                    assert!(
                        !text.is_empty() && e.message().contains(text) && e.message().contains("npy"),
                        "{header}: {e:?}"
                    );
                    assert!(matches!(e.class(), ErrorClass::Value | ErrorClass::NotImplemented), "{e:?}");
                }
            }
        }
    }
    let huge =
        Tensor::from_bytes(&[], DType::F32, &[0, 1 << 62, 1 << 62]).expect_err("strides beyond the address space");
    assert!(huge.message().contains("address space"), "{huge:?}");
    let bool = load("lies", &npy(1, &with("'|b1'", "(2,)"), &[1, 2])).expect_err("a bool 2");
    assert!(bool.message().contains("0 or 1"), "{bool:?}");
    for (file, text) in [
        (&b""[..], "does not begin"),
        (b"\x93NUMP", "does not begin"),
        (b"\x93NUMPY\x01\x00\x05", "cut off"),
        (b"\x93NUMPY\x01\x00\x05\x00", "cut off"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "never more than 10000"),
        (b"\x93NUMPY\x04\x00\x05\x00", "version 4.0"),
        (b"\x93NUMPY\x01\x01\x05\x00", "version 1.1"),
    ] {
        let e = load("lies", file).expect_err(text);
        assert!(e.message().contains(text), "{e:?}");
    }
    assert!(!Path::new("canary").exists());
}

#[test]
fn archives_of_other_things() {
    let file = Scratch::new("other.npz", &[]);
    save_npz(&[("a", ops::zeros(&[2], DType::F32).expect("zeros"))], &file.0, false).expect("save");
    let whole = std::fs::read(&file.0).expect("a file");
    let renamed: Vec<u8> = whole.iter().map(|b| if *b == b'y' { b'x' } else { *b }).collect();
    std::fs::write(&file.0, renamed).expect("write");
    let e = load_npz(&file.0).expect_err("not .npy");
    assert!(e.message().contains("entry \"a.npx\": it is not an array"), "{e:?}");
    // The data follows 64 bytes of the archive and 128 of the array's header; the checksum tells.
    assert_eq!(whole[192..200], [0; 8]);
    let mut damaged = whole;
    damaged[192] = 1;
    std::fs::write(&file.0, damaged).expect("write");
    let e = load_npz(&file.0).expect_err("damaged");
    assert!(e.message().contains("checksum"), "{e:?}");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in ["version1.npy", "version2.npy", "version3.npy"] {
        let whole = std::fs::read(fixture(name)).expect("a fixture");
        for len in 0..whole.len() {
            assert!(load("cut", &whole[..len]).is_err(), "{name} cut to {len} bytes");
        }
        let more = load("cut", &[&whole[..], &[0]].concat()).expect_err("one byte more");
        assert!(more.message().contains("something after its end"), "{more:?}");
    }
    for name in ["arrays.npz", "arrays.compressed.npz"] {
        let whole = std::fs::read(fixture(name)).expect("a fixture");
        for len in 0..whole.len() {
            assert!(load_npz(&Scratch::new("cut.npz", &whole[..len]).0).is_err(), "{name} cut to {len} bytes");
        }
    }
}

#[test]
fn changed_bytes_never_panic() {
    let mut x = 1u64;
    let mut random = |n: usize| {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (x >> 33) as usize % n
    };
    for name in ["version1.npy", "version3.npy", "object.npy", "arrays.npz", "arrays.compressed.npz"] {
        let whole = std::fs::read(fixture(name)).expect("a fixture");
        for _ in 0..500 {
            let mut changed = whole.clone();
            for _ in 0..1 + random(3) {
                changed[random(whole.len())] = random(256) as u8;
            }
            let file = Scratch::new("changed", &changed);
            if name.ends_with("npz") {
                let _ = load_npz(&file.0).map(|tensors| tensors.iter().for_each(|(_, t)| drop(bytes(t))));
            } else if let Ok(t) = load_npy(&file.0) {
                assert!(bytes(&t).len() < whole.len());
            }
        }
    }
    assert!(!Path::new("canary").exists());
}
