//! Model files: every dtype and layout there and back, views of the file, damage of every kind, and writes that fail.

mod common;

use common::{Folder, bytes};
use flambeau_core::{DType, ErrorClass, Tensor, ops};
use flambeau_io::*;
use std::path::Path;

fn saved() -> impl Iterator<Item = DType> {
    DType::ALL.into_iter().filter(|d| *d != DType::C128)
}

/// A tensor of all kinds of bit patterns; bools are 0 or 1.
fn patterns(dtype: DType, shape: &[usize]) -> Tensor {
    let n = shape.iter().product::<usize>() * dtype.size();
    let byte = |i: usize| (i * 151 + 89) as u8;
    let bytes: Vec<u8> = (0..n).map(|i| if dtype == DType::Bool { byte(i) >> 7 } else { byte(i) }).collect();
    Tensor::from_bytes(&bytes, dtype, shape).expect("a tensor")
}

fn get<'a>(state: &'a StateDict, name: &str) -> &'a Tensor {
    &state.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn every_dtype_and_layout_comes_back() {
    let folder = Folder::new();
    let mut tensors: StateDict = Vec::new();
    for dtype in saved() {
        let name = dtype.name();
        let t = patterns(dtype, &[3, 4, 2]);
        tensors.push((format!("{name}.dense"), t.clone()));
        tensors.push((format!("{name}.turned"), t.transpose(0, 2).expect("transpose")));
        tensors.push((format!("{name}.part"), t.narrow(1, 1, 2).expect("narrow")));
        tensors.push((
            format!("{name}.spread"),
            t.select(0, 1).and_then(|t| t.unsqueeze(0)).and_then(|t| t.expand(&[5, 4, 2])).expect("expand"),
        ));
        tensors.push((
            format!("{name}.scalar"),
            t.select(0, 2).and_then(|t| t.select(0, 3)).and_then(|t| t.select(0, 1)).expect("select"),
        ));
        tensors.push((format!("{name}.empty"), ops::zeros(&[0], dtype).expect("zeros")));
        tensors.push((format!("{name}.thin"), ops::zeros(&[2, 0, 3], dtype).expect("zeros")));
    }
    for special in [f64::NAN, -0.0, f64::INFINITY, f64::MIN_POSITIVE / 2.0] {
        tensors.push((format!("special.{special}"), Tensor::from_vec(vec![special], &[1]).expect("a number")));
    }
    tensors.push(("ünïcödé \"quoted\" \\ \n 火".into(), patterns(DType::F32, &[1])));
    save_file(&tensors, &Metadata::new(), folder.path("model.safetensors")).expect("save");
    let loaded = load_file(folder.path("model.safetensors")).expect("load");
    assert_eq!(loaded.len(), tensors.len());
    for (name, want) in &tensors {
        let got = get(&loaded, name);
        assert_eq!((got.shape(), got.dtype()), (want.shape(), want.dtype()), "{name}");
        assert_eq!(bytes(got), bytes(want), "{name}");
        assert!(got.is_contiguous() && !got.requires_grad());
    }
    // The format's own library reads the same.
    let raw = std::fs::read(folder.path("model.safetensors")).expect("read");
    let theirs = safetensors::SafeTensors::deserialize(&raw).expect("sound");
    assert_eq!(theirs.len(), tensors.len());
    for (name, want) in &tensors {
        let view = theirs.tensor(name).expect("there");
        assert_eq!((view.shape(), view.data()), (want.shape(), &bytes(want)[..]), "{name}");
    }
    // Every tensor lies at a multiple of its element's size.
    for (name, view) in theirs.tensors() {
        let at = view.data().as_ptr().addr() - raw.as_ptr().addr();
        assert_eq!(at % view.dtype().bitsize().div_ceil(8), 0, "{name}");
    }
}

#[test]
fn parameters_are_saved_and_metadata_comes_back() {
    let folder = Folder::new();
    let p = patterns(DType::F32, &[2]);
    p.requires_grad_(true).expect("leaf");
    let metadata = Metadata::from([("format".into(), "pt".into()), ("ключ".into(), "\"line\n".into())]);
    save_file(&[("b", p.clone()), ("a", p.clone())], &metadata, folder.path("model.safetensors")).expect("save");
    let file = SafeFile::open(folder.path("model.safetensors")).expect("open");
    assert_eq!(file.metadata(), metadata);
    assert_eq!(file.names(), ["a", "b"]);
    let first = std::fs::read(folder.path("model.safetensors")).expect("read");
    save_file(&[("a", p.clone()), ("b", p)], &metadata, folder.path("model.safetensors")).expect("save");
    assert_eq!(
        std::fs::read(folder.path("model.safetensors")).expect("read"),
        first,
        "the same tensors give the same bytes"
    );
    let e = file.tensor("c").expect_err("not there");
    assert!(e.class() == ErrorClass::Key && e.message().contains("has no tensor \"c\"; it has 2 others"), "{e:?}");

    let nothing: [(&str, Tensor); 0] = [];
    save_file(&nothing, &Metadata::new(), folder.path("model.safetensors")).expect("save");
    assert!(load_file(folder.path("model.safetensors")).expect("load").is_empty());
}

#[test]
fn names_and_dtypes_that_cannot_be_saved_are_refused() {
    let folder = Folder::new();
    let t = patterns(DType::F32, &[2]);
    save_file(&[("a", t.clone())], &Metadata::new(), folder.path("model.safetensors")).expect("save");
    let before = std::fs::read(folder.path("model.safetensors")).expect("read");
    let wide = ops::zeros(&[2], DType::C128).expect("zeros");
    for (tensors, class, text) in [
        (vec![("a", t.clone()), ("a", t.clone())], ErrorClass::Value, "\"a\" is reserved or given twice"),
        (vec![("__metadata__", t.clone())], ErrorClass::Value, "\"__metadata__\" is reserved"),
        (vec![("a", t), ("z", wide)], ErrorClass::NotImplemented, "no complex128 (\"z\")"),
    ] {
        let e = save_file(&tensors, &Metadata::new(), folder.path("model.safetensors")).expect_err(text);
        assert!(e.class() == class && e.message().contains(text), "{e:?}");
        assert_eq!(std::fs::read(folder.path("model.safetensors")).expect("read"), before);
    }
    assert_eq!(folder.names(), ["model.safetensors"]);
}

#[cfg(target_os = "linux")]
#[test]
fn loaded_tensors_are_the_file_itself() {
    let folder = Folder::new();
    let tensors: StateDict = saved().map(|d| (d.name().to_string(), patterns(d, &[5, 3]))).collect();
    save_file(&tensors, &Metadata::new(), folder.path("model.safetensors")).expect("save");
    let loaded = load_file(folder.path("model.safetensors")).expect("load");
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    let path = folder.path("model.safetensors").to_string_lossy().into_owned();
    let line = maps.lines().find(|l| l.ends_with(&path)).expect("the file is mapped");
    let range = line.split(' ').next().expect("a range").split_once('-').expect("a range");
    let [start, end] = [range.0, range.1].map(|s| usize::from_str_radix(s, 16).expect("an address"));
    for (name, t) in &loaded {
        let at = t.storage().data_ptr().addr() + t.storage_offset() * t.element_size();
        assert!((start..end).contains(&at), "{name} was copied");
        let e = t.zero_().expect_err("read-only");
        assert!(!e.message().is_empty());
        assert_eq!(bytes(t), bytes(get(&tensors, name)), "{name}");
        assert!(t.clone_tensor().and_then(|t| t.zero_().map(|_| ())).is_ok(), "a copy can be written");
    }
    // The tensors outlive the file's name and its reader.
    std::fs::remove_file(folder.path("model.safetensors")).expect("remove");
    assert!(loaded.iter().all(|(name, t)| bytes(t) == bytes(get(&tensors, name))));
}

#[test]
fn a_loaded_file_can_be_saved_over() {
    let folder = Folder::new();
    save_file(&[("a", patterns(DType::I32, &[1000]))], &Metadata::new(), folder.path("model.safetensors"))
        .expect("save");
    let loaded = load_file(folder.path("model.safetensors")).expect("load");
    let before = bytes(&loaded[0].1);
    let twice = loaded[0].1.mul(2).expect("mul");
    save_file(&[("a", twice.clone())], &Metadata::new(), folder.path("model.safetensors")).expect("save");
    assert_eq!(bytes(&loaded[0].1), before, "the old view stays");
    save_file(&loaded, &Metadata::new(), folder.path("model.safetensors")).expect("save");
    assert_eq!(bytes(&load_file(folder.path("model.safetensors")).expect("load")[0].1), before);
}

/// A file of this header and data, opened and read whole.
fn read(folder: &Folder, header: &[u8], data: &[u8]) -> flambeau_core::Result<StateDict> {
    let mut raw = (header.len() as u64).to_le_bytes().to_vec();
    raw.extend(header);
    raw.extend(data);
    std::fs::write(folder.path("model.safetensors"), raw).expect("write");
    load_file(folder.path("model.safetensors"))
}

#[test]
fn tensors_that_are_not_aligned_are_copied() {
    let folder = Folder::new();
    for pad in 0..8 {
        let header = format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}{}}}", " ".repeat(pad));
        let data: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let loaded = read(&folder, header.as_bytes(), &data).expect("load");
        assert_eq!(loaded[0].1.to_vec::<f32>().expect("values"), [1.5, -2.0]);
    }
    // Odd offsets inside the data, too.
    let header = br#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}"#;
    let data: Vec<u8> = [7].into_iter().chain(0.25f64.to_le_bytes()).collect();
    let loaded = read(&folder, header, &data).expect("load");
    assert_eq!(get(&loaded, "b").to_vec::<f64>().expect("values"), [0.25]);
    assert_eq!(get(&loaded, "a").to_vec::<u8>().expect("values"), [7]);
}

/// The error names the file and says something.
fn assert_clear(e: &flambeau_core::Error, path: &Path) {
    assert!(matches!(e.class(), ErrorClass::Value | ErrorClass::NotImplemented | ErrorClass::Io), "{e:?}");
    let text = e.message();
    let name = path.display().to_string();
    assert!(text.contains(&name) && text.len() > name.len() + 15, "{e:?}");
}

#[test]
fn headers_that_lie_are_refused() {
    let folder = Folder::new();
    let entry = |dtype: &str, shape: &str, offsets: &str| {
        format!("{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}")
    };
    let max = u64::MAX;
    for header in [
        String::new(),
        "{".into(),
        "[]".into(),
        "null".into(),
        "not json".into(),
        "{\"a\":3}".into(),
        "{\"a\":{}}".into(),
        "{\"__metadata__\":{\"a\":1}}".into(),
        entry("F32", "[3]", "[0,8]"),
        entry("F32", "[2]", "[8,0]"),
        entry("F32", "[1]", "[4,8]"),
        entry("F32", "[2]", "[0,16]"),
        entry("F32", "[-2]", "[0,8]"),
        entry("F33", "[2]", "[0,8]"),
        entry("F32", &format!("[{max},{max}]"), "[0,8]"),
        entry("F32", &format!("[{}]", max / 4 + 3), "[0,8]"),
        entry("F32", "[2]", &format!("[{},{max}]", max - 7)),
        entry("U16", "[4]", "[0,8]"),
        entry("BOOL", "[8]", "[0,8]"),
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[6],\"data_offsets\":[0,6]},\"b\":{\"dtype\":\"U8\",\"shape\":[6],\"data_offsets\":[2,8]}}".into(),
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[6,8]}}".into(),
    ] {
        let e = read(&folder, header.as_bytes(), &[2; 8]).map(|_| ()).expect_err(&header);
        assert_clear(&e, &folder.path("model.safetensors"));
    }
    let e = read(&folder, b"{\"\xff\xfe\":1}", &[]).map(|_| ()).expect_err("not UTF-8");
    assert_clear(&e, &folder.path("model.safetensors"));
    for length in [u64::MAX, u64::MAX - 7, 1 << 62, 100_000_001, 3] {
        let mut raw = length.to_le_bytes().to_vec();
        raw.extend(b"{}");
        std::fs::write(folder.path("model.safetensors"), raw).expect("write");
        let e = load_file(folder.path("model.safetensors")).map(|_| ()).expect_err("the header's length");
        assert_clear(&e, &folder.path("model.safetensors"));
    }
    // A dtype that is not known here hides no other tensor.
    let header = br#"{"a":{"dtype":"U16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#;
    let e = read(&folder, header, &[1, 2, 3, 4]).map(|_| ()).expect_err("U16");
    assert!(e.class() == ErrorClass::NotImplemented && e.message().contains("\"a\" is of dtype U16"), "{e:?}");
    let file = SafeFile::open(folder.path("model.safetensors")).expect("open");
    assert_eq!(file.tensor("b").and_then(|t| t.to_vec::<u8>()).expect("b"), [3, 4]);
}

fn small(folder: &Folder) -> Vec<u8> {
    let tensors = [
        ("weight", patterns(DType::F32, &[2, 2])),
        ("flag", patterns(DType::Bool, &[3])),
        ("count", patterns(DType::I64, &[])),
    ];
    save_file(&tensors, &Metadata::from([("k".into(), "v".into())]), folder.path("model.safetensors")).expect("save");
    std::fs::read(folder.path("model.safetensors")).expect("read")
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let folder = Folder::new();
    let whole = small(&folder);
    for end in 0..whole.len() {
        std::fs::write(folder.path("model.safetensors"), &whole[..end]).expect("write");
        let e = load_file(folder.path("model.safetensors")).map(|_| ()).expect_err("cut short");
        assert_clear(&e, &folder.path("model.safetensors"));
    }
    std::fs::write(folder.path("model.safetensors"), [&whole[..], &[0]].concat()).expect("write");
    assert_clear(
        &load_file(folder.path("model.safetensors")).map(|_| ()).expect_err("one byte more"),
        &folder.path("model.safetensors"),
    );
    std::fs::write(folder.path("model.safetensors"), &whole).expect("write");
    assert_eq!(load_file(folder.path("model.safetensors")).expect("whole").len(), 3);
}

#[test]
fn a_file_with_any_bit_flipped_is_refused_or_read() {
    let folder = Folder::new();
    let whole = small(&folder);
    let header_end = 8 + u64::from_le_bytes(whole[..8].try_into().expect("8 bytes")) as usize;
    let (mut refused, mut read) = (0, 0);
    for bit in 0..8 * whole.len() {
        let mut raw = whole.clone();
        raw[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(folder.path("model.safetensors"), &raw).expect("write");
        match load_file(folder.path("model.safetensors")) {
            Err(e) => {
                assert_clear(&e, &folder.path("model.safetensors"));
                refused += 1;
            }
            Ok(tensors) => {
                // Whatever is read lies within the file.
                assert!(
                    tensors.iter().map(|(_, t)| bytes(t).len()).sum::<usize>() <= raw.len() - header_end.min(raw.len())
                );
                read += 1;
            }
        }
        if bit < 64 {
            assert!(load_file(folder.path("model.safetensors")).is_err(), "bit {bit} of the header's length");
        }
    }
    assert!(refused > 1000 && read > 300, "{refused} refused, {read} read");
    // Pairs of damaged bytes, from a fixed stream.
    let mut x = 1u64;
    for _ in 0..4000 {
        let mut raw = whole.clone();
        for _ in 0..2 {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            raw[(x >> 33) as usize % whole.len()] = (x >> 20) as u8;
        }
        std::fs::write(folder.path("model.safetensors"), &raw).expect("write");
        if let Err(e) = load_file(folder.path("model.safetensors")) {
            assert_clear(&e, &folder.path("model.safetensors"));
        }
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    for (path, text) in
        [(folder.0.join("nothing"), "there is no such file or folder"), (folder.0.clone(), "it is not a file")]
    {
        let e = load_file(&path).map(|_| ()).expect_err(text);
        assert!(e.class() == ErrorClass::Io && e.message().contains(text), "{e:?}");
        assert_clear(&e, &path);
    }
    std::fs::write(folder.path("model.safetensors"), "pickle").expect("write");
    let e = load_file(folder.path("model.safetensors")).map(|_| ()).expect_err("6 bytes");
    assert!(e.message().contains("it has 6 bytes"), "{e}");
}

#[test]
fn a_write_that_fails_leaves_the_old_file() {
    let folder = Folder::new();
    std::fs::write(folder.path("model.safetensors"), "old").expect("write");
    let e = write_atomic(&folder.path("model.safetensors"), |out| {
        out.write_all(&[1; 3 << 20])?;
        Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
    })
    .expect_err("full");
    assert_eq!(e.class(), ErrorClass::Io);
    assert!(e.message().contains("model.safetensors: the disk is full"), "{e}");
    assert_eq!(std::fs::read(folder.path("model.safetensors")).expect("read"), b"old");
    assert_eq!(folder.names(), ["model.safetensors"], "nothing is left behind");

    // A folder in the file's place, a file in the folder's place, no folder at all.
    let t = [("a", patterns(DType::F32, &[2]))];
    std::fs::create_dir(folder.0.join("taken")).expect("a folder");
    for path in ["taken", "model.safetensors/x", "nowhere/x"] {
        let path = folder.0.join(path);
        let e = save_file(&t, &Metadata::new(), &path).expect_err("no place");
        assert_eq!(e.class(), ErrorClass::Io, "{e:?}");
        assert_clear(&e, &path);
    }
    let mut names = folder.names();
    names.sort();
    assert_eq!(names, ["model.safetensors", "taken"]);
    save_file(&t, &Metadata::new(), folder.path("model.safetensors")).expect("save");
    assert_eq!(load_file(folder.path("model.safetensors")).expect("load").len(), 1);
}

/// Runs itself again in a shell that limits how long files may become, as a disk that is full does.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_ends_midway_leaves_the_old_file() {
    const LIMITED: &str = "FLAMBEAU_TEST_LIMITED";
    let big = || [("a", ops::zeros(&[1 << 20], DType::F32).expect("zeros"))];
    if let Some(path) = std::env::var_os(LIMITED) {
        let e = save_file(&big(), &Metadata::new(), Path::new(&path)).expect_err("over the limit");
        assert_eq!(e.class(), ErrorClass::Io, "{e:?}");
        assert_clear(&e, Path::new(&path));
        return;
    }
    let folder = Folder::new();
    save_file(&[("old", patterns(DType::F32, &[2]))], &Metadata::new(), folder.path("model.safetensors"))
        .expect("save");
    let run = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact a_disk_that_ends_midway_leaves_the_old_file"])
        .arg(std::env::current_exe().expect("this program"))
        .env(LIMITED, folder.path("model.safetensors"))
        .output()
        .expect("sh");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(load_file(folder.path("model.safetensors")).expect("load")[0].0, "old");
    assert_eq!(folder.names(), ["model.safetensors"]);
    // Without the limit the same goes through.
    save_file(&big(), &Metadata::new(), folder.path("model.safetensors")).expect("save");
    assert_eq!(load_file(folder.path("model.safetensors")).expect("load")[0].1.numel(), 1 << 20);
}

#[test]
fn writers_at_once_leave_one_whole_file() {
    let folder = Folder::new();
    let path = folder.path("model.safetensors");
    let write = |value: usize| {
        let t = ops::full(&[50_000 + value], value as f64, Some(DType::F32)).expect("full");
        save_file(&[("a", t)], &Metadata::new(), &path).expect("save");
    };
    write(0);
    std::thread::scope(|scope| {
        for writer in 1..5 {
            scope.spawn(move || (0..10).for_each(|_| write(writer)));
        }
        scope.spawn(|| {
            for _ in 0..40 {
                let loaded = load_file(&path).expect("a whole file");
                let values = loaded[0].1.to_vec::<f32>().expect("values");
                assert!(values.iter().all(|v| *v as usize == values.len() - 50_000), "a mixture");
            }
        });
    });
    assert_eq!(folder.names(), ["model.safetensors"]);
}
