//! How much memory `flambeau convert` takes: less than the largest tensor and 64 MB, whatever it reads and writes.

use flambeau::Tensor;
use flambeau::io::{Metadata, load, save_file, save_npz};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Tensors of the model, their sizes, and what each takes as float32.
const TENSORS: usize = 10;
const ROWS: usize = 1024;
const COLUMNS: usize = 5 << 10;
const LARGEST: usize = 4 * ROWS * COLUMNS;
const BOUND: usize = LARGEST + (64 << 20);

/// An empty folder of the test's own, removed at its end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn name(i: usize) -> String {
    format!("t{i:02}")
}

/// A file as PyTorch wrote it before 1.6, in which storages do not lie at multiples of their elements' size; every other tensor
/// is transposed.
fn legacy(path: &Path, data: &[u8]) -> std::io::Result<()> {
    let text = |text: &str| [&b"X"[..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let int = |n: usize| [&b"J"[..], &(n as i32).to_le_bytes()].concat();
    let pair = |a: usize, b: usize| [b"(", &int(a)[..], &int(b), b"t"].concat();
    let mut object = b"\x80\x02}(".to_vec();
    for i in 0..TENSORS {
        let key = text(&i.to_string());
        let (size, stride) = match i % 2 {
            0 => (pair(ROWS, COLUMNS), pair(COLUMNS, 1)),
            _ => (pair(COLUMNS, ROWS), pair(1, COLUMNS)),
        };
        let storage =
            [b"(", &text("storage")[..], b"ctorch\nFloatStorage\n", &key, &text("cpu"), &int(ROWS * COLUMNS), b"tQ"];
        object.extend([&text(&name(i))[..], b"ctorch._utils\n_rebuild_tensor_v2\n("].concat());
        object
            .extend([&storage.concat()[..], &int(0), &size, &stride, b"\x89ccollections\nOrderedDict\n)RtR"].concat());
    }
    object.extend(b"u.\x80\x02](");
    (0..TENSORS).for_each(|i| object.extend(text(&i.to_string())));
    object.extend(b"e.");
    let head = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    // The first storage's bytes follow its length; the others are as far from a multiple as it is.
    let start = head.len() + object.len() + 8;
    let odd = if start.is_multiple_of(4) { &b"N0"[..] } else { b"" };
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(head)?;
    out.write_all(&[&object[..2], odd, &object[2..]].concat())?;
    for _ in 0..TENSORS {
        out.write_all(&((ROWS * COLUMNS) as u64).to_le_bytes())?;
        out.write_all(data)?;
    }
    out.flush()
}

/// Runs a conversion and answers the most memory that the program had. The mark only rises, so looking often is enough.
fn peak(from: &Path, to: &Path, more: &[&str]) -> usize {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flambeau"));
    command.arg("convert").args([from, to]).args(more).stdout(Stdio::null());
    let mut child = command.spawn().expect("the program runs");
    let mut most = 0;
    while child.try_wait().expect("a state").is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let mark = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = mark.unwrap_or(0usize).max(most);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(child.wait().expect("a state").success(), "{} to {}", from.display(), to.display());
    most << 10
}

fn bytes(t: &Tensor) -> Vec<u8> {
    t.with_bytes(<[u8]>::to_vec).expect("bytes")
}

#[test]
#[cfg(target_os = "linux")]
fn conversions_hold_less_than_a_tensor_and_64_mb() {
    let folder = Folder(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("memory-{}", std::process::id())));
    fs::create_dir_all(&folder.0).expect("a folder");
    let path = |name: &str| folder.0.join(name);
    let numbers: Vec<f32> = (0..ROWS * COLUMNS).map(|k| 1.0 + (k % 1009) as f32 / 2048.0).collect();
    let tensor = Tensor::from_vec(numbers, &[ROWS, COLUMNS]).expect("a tensor");
    let tensors: Vec<(String, Tensor)> = (0..TENSORS).map(|i| (name(i), tensor.clone())).collect();
    save_file(&tensors, &Metadata::new(), path("a.safetensors")).expect("save");
    save_npz(&tensors, path("a.npz"), true).expect("save");
    tensor.with_bytes(|bytes| legacy(&path("legacy.pt"), bytes)).expect("bytes").expect("a file");

    let mut table = String::new();
    let mut over = false;
    for (from, to, more) in [
        ("a.safetensors", "plain.pt", &[][..]),
        ("plain.pt", "b.safetensors", &[]),
        ("a.safetensors", "wide.pt", &["--dtype", "float64"]),
        ("a.safetensors", "half.npz", &["--dtype", "float16"]),
        ("a.safetensors", "shards/", &["--max-shard-size", "50MB", "--digest"]),
        ("legacy.pt", "c.safetensors", &[]),
        ("legacy.pt", "half.pt", &["--dtype", "bfloat16"]),
        ("legacy.pt", "d.pt", &[]),
        ("a.npz", "e.safetensors", &[]),
        ("a.npz", "f.pt", &["--dtype", "float16"]),
    ] {
        let peak = peak(&path(from), &path(to), more);
        over |= peak > BOUND;
        table += &format!("{from} to {to} {more:?}: {:.1} MB\n", peak as f64 / 1e6);
        // What was written is what was read.
        let [read, wrote] = [from, to].map(|name| load(path(name)).and_then(|o| o.tensors()).expect(name));
        assert_eq!(read.len(), wrote.len(), "{from} to {to}");
        for i in [0, 1, TENSORS - 1] {
            let find = |all: &[(String, Tensor)]| all.iter().find(|t| t.0 == name(i)).expect("a tensor").1.clone();
            let (a, b) = (find(&read), find(&wrote));
            let a = a.to_dtype(b.dtype()).expect("a cast");
            let same = a.shape() == b.shape() && bytes(&a) == bytes(&b);
            assert!(same, "{from} to {to}: {}", name(i));
        }
        if to != "plain.pt" {
            let _ = fs::remove_file(path(to)).or_else(|_| fs::remove_dir_all(path(to)));
        }
    }
    println!("{table}");
    assert!(!over, "more than {:.1} MB:\n{table}", BOUND as f64 / 1e6);
}
