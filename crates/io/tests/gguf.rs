//! GGUF files: what ggml's package wrote (`conformance/gguf_files.py`), with its dequantized numbers to the bit, and files
//! that are not what they say.

mod common;

use common::{Scratch, bytes, fixture};
use flambeau_core::{DType, ErrorClass, Result, Tensor};
use flambeau_io::*;

fn open(name: &str, file: &[u8]) -> Result<GgufFile> {
    GgufFile::open(&Scratch::new(name, file).0)
}

#[test]
fn every_type_gives_the_numbers_of_ggml() {
    let file = GgufFile::open(fixture("types.gguf")).expect("a file");
    assert_eq!(file.version(), 3);
    let known = load_npz(fixture("types.npz")).expect("the numbers");
    for dtype in GgmlType::ALL {
        let name = dtype.name();
        let info = file.info(name).expect(name);
        assert_eq!((info.name.as_str(), info.dtype), (name, dtype));
        let elements: usize = info.shape.iter().product();
        assert_eq!(info.range.len(), elements / dtype.block() * dtype.block_bytes(), "{name}");
        assert_eq!(file.bytes(name).expect("bytes").len(), info.range.len());
        assert_eq!(info.range.start % 64, 0);
        let want = known.iter().find(|(n, _)| n == name).map(|(_, t)| t);
        let (got, want) = (file.tensor(name).expect(name), want.unwrap_or_else(|| panic!("{name}")));
        assert_eq!(got.shape(), want.shape(), "{name}");
        assert_eq!(got.dtype(), dtype.dtype().unwrap_or(DType::F32), "{name}");
        if dtype == GgmlType::BF16 {
            assert_eq!(bytes(&got.to_dtype(DType::F32).expect("f32")), bytes(want));
        } else {
            let numbers = |t: &Tensor| t.to_dtype(DType::F64).and_then(|t| t.to_vec::<f64>()).expect("numbers");
            assert_eq!(numbers(&got), numbers(want), "{name}");
            assert_eq!(bytes(&got), bytes(want), "{name}: to the bit");
        }
        let stored = dtype.dtype().is_some();
        assert_eq!(got.zero_().is_err(), stored, "{name}: a view if it is stored as it is");
    }
    assert_eq!(load_gguf(fixture("types.gguf")).expect("tensors").len(), GgmlType::ALL.len() + 1);
    let e = file.tensor("no").expect_err("not there");
    assert!(e.class() == ErrorClass::Key && e.message().contains("has no tensor \"no\""), "{e:?}");
}

#[test]
fn values_of_every_type() {
    let file = GgufFile::open(fixture("values.gguf")).expect("a file");
    let text = |key: &str| match file.metadata().iter().find(|(k, _)| k == key) {
        Some((_, Object::Tensor(t))) => {
            let numbers = t.to_dtype(DType::F64).and_then(|t| t.to_vec::<f64>()).expect("numbers");
            format!("{} {numbers:?}", t.dtype().name())
        }
        Some((_, value)) => format!("{value:?}"),
        None => panic!("no {key}"),
    };
    for (key, value) in [
        ("general.architecture", "Str(\"test\")"),
        ("uint8", "Int(200)"),
        ("int8", "Int(-100)"),
        ("uint16", "Int(60000)"),
        ("int16", "Int(-30000)"),
        ("uint32", "Int(4000000000)"),
        ("int32", "Int(-2000000000)"),
        ("uint64", "Int(9223372036854775808)"),
        ("int64", "Int(-9223372036854775808)"),
        ("float32", "Float(0.10000000149011612)"),
        ("float64", "Float(0.1)"),
        ("bool", "Bool(true)"),
        ("string", "Str(\"naïve ☃\")"),
        ("array.uint8", "uint8 [1.0, 255.0]"),
        ("array.uint16", "int32 [1.0, 65535.0]"),
        ("array.uint32", "int64 [1.0, 4294967295.0]"),
        ("array.uint64", "List([Int(1), Int(9223372036854775808)])"),
        ("array.int8", "int8 [-1.0, 2.0]"),
        ("array.int16", "int16 [-1.0, 2.0]"),
        ("array.int32", "int32 [-1.0, 2.0]"),
        ("array.int64", "int64 [-1.0, 2.0]"),
        ("array.float32", "float32 [0.5, -1.0]"),
        ("array.float64", "float64 [0.5, -1.0]"),
        ("array.bool", "bool [1.0, 0.0]"),
        ("array.string", "List([Str(\"a\"), Str(\"\")])"),
    ] {
        assert_eq!(text(key), value, "{key}");
    }
    let Some((_, Object::List(nested))) = file.metadata().iter().find(|(k, _)| k == "nested") else { panic!() };
    assert!(matches!(&nested[..], [Object::Tensor(a), Object::Tensor(_), Object::List(_)] if a.shape() == [2]));
    assert_eq!(file.names().collect::<Vec<_>>(), ["weight", "half"]);
    let loaded = load_gguf(fixture("values.gguf")).expect("tensors");
    assert_eq!((loaded[0].0.as_str(), loaded[0].1.shape()), ("weight", &[1, 2, 3][..]));
    assert_eq!(loaded[0].1.to_vec::<f32>().expect("values"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

/// A file of a version, put together by hand.
#[derive(Clone)]
struct Made {
    version: u32,
    bytes: Vec<u8>,
}

impl Made {
    fn new(version: u32, tensors: u64, values: u64) -> Made {
        let bytes = [b"GGUF", &version.to_le_bytes()[..]].concat();
        Made { version, bytes }.word(tensors).word(values)
    }
    fn raw(mut self, bytes: &[u8]) -> Made {
        self.bytes.extend(bytes);
        self
    }
    fn code(self, n: u32) -> Made {
        self.raw(&n.to_le_bytes())
    }
    /// A length or count.
    fn word(self, n: u64) -> Made {
        let width = if self.version == 1 { 4 } else { 8 };
        self.raw(&n.to_le_bytes()[..width])
    }
    fn text(self, text: &str) -> Made {
        self.word(text.len() as u64).raw(text.as_bytes())
    }
    fn tensor(self, name: &str, dims: &[u64], kind: u32, offset: u64) -> Made {
        let made = self.text(name).code(dims.len() as u32);
        dims.iter().fold(made, |made, n| made.word(*n)).code(kind).raw(&offset.to_le_bytes())
    }
    /// The data, which begins at a multiple of 32.
    fn data(mut self, n: usize) -> Made {
        self.bytes.resize(self.bytes.len().next_multiple_of(32), 0);
        self.bytes.extend((0..n).map(|i| i as u8));
        self
    }
    fn open(&self) -> Result<GgufFile> {
        open("made", &self.bytes)
    }
}

#[test]
fn every_version() {
    for version in 1..=3 {
        let made = Made::new(version, 2, 2).text("a").code(8).text("b");
        let made = made.text("c").code(9).code(5).word(2).code(7).code(8);
        let made = made.tensor("x", &[3, 2], 24, 0).tensor("y", &[], 26, 32).data(36);
        let file = made.open().expect("a file");
        assert_eq!(file.version(), version);
        assert_eq!(format!("{:?}", file.metadata()[0]), "(\"a\", Str(\"b\"))");
        assert_eq!(file.metadata()[1].0, "c");
        let x = file.tensor("x").expect("x");
        assert_eq!((x.shape(), x.to_vec::<i8>().expect("values")), (&[2, 3][..], vec![0, 1, 2, 3, 4, 5]));
        assert_eq!(file.tensor("y").and_then(|y| y.to_vec::<i32>()).expect("y"), [0x23222120]);
        for len in 0..made.bytes.len() {
            assert!(open("made", &made.bytes[..len]).is_err(), "version {version} cut to {len} bytes");
        }
    }
}

/// The error of a file that is not sound.
fn refused(made: Made, text: &str) {
    let e = made.open().map(|_| ()).expect_err(text);
    assert!(matches!(e.class(), ErrorClass::Value | ErrorClass::NotImplemented), "{e:?}");
    assert!(e.message().contains(text) && e.message().contains("made"), "{e:?}");
}

#[test]
fn files_that_lie_are_refused() {
    let raw = |bytes: &[u8]| Made { version: 3, bytes: bytes.to_vec() };
    refused(raw(b""), "does not begin with GGUF");
    refused(raw(b"GGML\x03\0\0\0"), "does not begin with GGUF");
    refused(raw(b"GGUF\x03"), "cut off");
    refused(raw(b"GGUF\0\0\0\x03"), "big-endian");
    refused(raw(b"GGUF\x04\0\0\0"), "version 4");
    refused(raw(b"GGUF\0\0\0\0"), "version 0");
    // Counts beyond the file: nothing is allocated for them.
    let huge = [1 << 20, 1 << 32, 1 << 40, 1 << 63, u64::MAX];
    for n in huge {
        refused(Made::new(3, n, 0).data(64), "tensors are claimed");
        refused(Made::new(3, 0, n).data(64), "metadata values are claimed");
        refused(Made::new(3, 0, 1).word(n).data(64), "bytes of text are claimed");
        refused(Made::new(3, 0, 1).text("a").code(8).word(n).data(64), "bytes of text are claimed");
        for kind in [0, 4, 7, 8, 9, 12] {
            refused(
                Made::new(3, 0, 1).text("a").code(9).code(kind).word(n).data(64),
                "elements of an array are claimed",
            );
        }
        refused(Made::new(3, 1, 0).tensor("x", &[n], 24, 0).data(64), "tensor \"x\"");
        refused(Made::new(3, 1, 0).tensor("x", &[n, n], 0, 0).data(64), "tensor \"x\"");
        refused(Made::new(3, 1, 0).tensor("x", &[0, n, n, n], 0, 0).data(64), "larger than the address space");
        refused(Made::new(3, 1, 0).tensor("x", &[1], 24, n & !31).data(64), "tensor \"x\"");
    }
    let deep = (0..1000).fold(Made::new(3, 0, 1).text("a").code(9), |made, _| made.code(9).word(1));
    refused(deep.code(0).word(0).data(0), "deep in each other");
    refused(Made::new(3, 0, 1).text("a").code(13).data(64), "type 13");
    refused(Made::new(3, 0, 1).text("a").code(9).code(13).word(0).data(64), "type 13");
    refused(Made::new(3, 0, 1).text("a").code(7).raw(&[2]).data(64), "0 or 1");
    refused(Made::new(3, 0, 1).text("a").code(9).code(7).word(1).raw(&[2]).data(64), "0 or 1");
    refused(Made::new(3, 0, 2).text("a").code(0).raw(&[2]).text("a").code(0).raw(&[2]), "two values \"a\"");
    refused(Made::new(3, 0, 1).text(&"x".repeat(65536)).code(0).raw(&[0]), "the format allows 65535");
    refused(Made::new(3, 0, 1).word(2).raw(b"\xff\xfe").code(0).raw(&[0]).data(64), "not UTF-8");
    for n in [0, 3, 33, u32::MAX] {
        refused(Made::new(3, 0, 1).text("general.alignment").code(4).code(n), "power of two");
    }
    refused(Made::new(3, 0, 1).text("general.alignment").code(8).text("32"), "is no integer");
    let two = |a: u64, b: u64| Made::new(3, 2, 0).tensor("x", &[40], 24, a).tensor("y", &[4], 24, b).data(128);
    assert!(two(0, 64).open().is_ok() && two(32, 0).open().is_ok());
    refused(two(0, 32), "\"x\" and \"y\" lie over each other");
    refused(two(0, 0), "lie over each other");
    refused(two(0, 63), "no multiple of the alignment 32");
    refused(two(0, 128), "cut short");
    refused(two(96, 0), "cut short");
    refused(Made::new(3, 2, 0).tensor("x", &[1], 24, 0).tensor("x", &[1], 24, 32).data(64), "two tensors \"x\"");
    refused(Made::new(3, 1, 0).tensor("x", &[1; 5], 24, 0).data(64), "5 dimensions");
    refused(Made::new(3, 1, 0).tensor("x", &[33], 2, 0).data(64), "no whole blocks of 32, as Q4_0 needs");
    refused(Made::new(3, 1, 0).tensor("x", &[], 2, 0).data(64), "no whole blocks");
    for kind in [4, 5, 31, 1000] {
        refused(Made::new(3, 1, 0).tensor("x", &[32], kind, 0).data(64), &format!("of type {kind}"));
    }
    // What is odd but sound.
    let made = Made::new(3, 0, 1).text("a").code(8).word(2).raw(b"\xff\xfe");
    let file = made.open().expect("text that is not UTF-8");
    assert_eq!(format!("{:?}", file.metadata()[0].1), "Bytes([255, 254])");
    let file = Made::new(3, 1, 0).tensor("x", &[32, 0], 2, 0).data(0).open().expect("an empty tensor");
    assert_eq!(file.tensor("x").expect("x").shape(), [0, 32]);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in ["values.gguf", "types.gguf"] {
        let whole = std::fs::read(fixture(name)).expect("a fixture");
        let file = GgufFile::open(fixture(name)).expect("a file");
        let end = file.names().filter_map(|name| file.info(name)).map(|t| t.range.end).max().expect("tensors");
        for len in 0..whole.len() {
            assert_eq!(open("cut", &whole[..len]).is_err(), len < end, "{name} cut to {len} bytes");
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
    for name in ["values.gguf", "types.gguf"] {
        let whole = std::fs::read(fixture(name)).expect("a fixture");
        let head = GgufFile::open(fixture(name)).expect("a file");
        let head = head.names().filter_map(|name| head.info(name)).map(|t| t.range.start).min().expect("tensors");
        for _ in 0..1000 {
            let mut changed = whole.clone();
            for _ in 0..1 + random(3) {
                changed[random(head)] = random(256) as u8;
            }
            if let Ok(file) = open("changed", &changed) {
                for name in file.names() {
                    assert!(file.bytes(name).expect("bytes").len() < whole.len());
                    let _ = file.tensor(name);
                }
            }
        }
    }
}
