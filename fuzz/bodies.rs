//! What fuzzing does with bytes, and the bounded tests of `crates/io` too: whatever they are, they are refused in words or
//! read, and nothing panics.

use flambeau_io::{ModelFile, SafeFile, Unknown, load_gguf, load_npy, load_npz, load_torch, scan_bytes};
use std::path::PathBuf;

/// Bytes of tensors that are read of a file, which may be its own shown many times.
const MOST: usize = 4 << 20;

/// A file of this thread's own, in memory where there is such a folder, which goes away with it.
pub struct Scratch(PathBuf);

impl Default for Scratch {
    fn default() -> Scratch {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let thread = format!("{:?}", std::thread::current().id()).replace(|c: char| !c.is_ascii_digit(), "");
        Scratch(folder.join(format!("flambeau-fuzz-{}-{thread}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Scratch {
    /// Gives bytes to what a target is named after: `safetensors`, `torch`, `zip`, `npy`, `gguf`, `scan`, or by any other name to
    /// whatever they begin as.
    pub fn run(&self, target: &str, bytes: &[u8]) {
        match target {
            "safetensors" => self.safetensors(bytes),
            "torch" => self.torch(bytes),
            "zip" => self.zip(bytes),
            "npy" => {
                let _ = load_npy(self.write(bytes));
                self.model();
            }
            "gguf" => {
                let _ = load_gguf(self.write(bytes));
                self.model();
            }
            "scan" => scan(bytes),
            _ => self.run(target_of(bytes), bytes),
        }
    }

    fn write(&self, bytes: &[u8]) -> &PathBuf {
        // A new file each time: whoever still maps the last one keeps it.
        let _ = std::fs::remove_file(&self.0);
        std::fs::write(&self.0, bytes).expect("a scratch file");
        &self.0
    }

    /// The safetensors reader.
    fn safetensors(&self, bytes: &[u8]) {
        let _ = SafeFile::open(self.write(bytes)).and_then(|file| file.tensors());
        self.model();
    }

    /// The reader of PyTorch's files, which also keeps what it does not know.
    fn torch(&self, bytes: &[u8]) {
        let _ = load_torch(self.write(bytes), Unknown::Keep).and_then(|object| object.tensors());
        self.model();
    }

    /// Zip archives: as arrays of numpy, whose entries may be packed, and as files of PyTorch.
    fn zip(&self, bytes: &[u8]) {
        let _ = load_npz(self.write(bytes));
        let _ = load_torch(&self.0, Unknown::Refuse);
        self.model();
    }

    /// What conversions read, which leave tensors in the file until they are asked for.
    fn model(&self) {
        let Ok(model) = ModelFile::open(&self.0) else { return };
        let mut left = MOST;
        for stored in &model.tensors {
            let Some(rest) = left.checked_sub(stored.nbytes()) else { return };
            left = rest;
            let _ = stored.read(&mut |bytes| assert!(!bytes.is_empty() || stored.shape().contains(&0)));
        }
    }
}

/// The target for what the bytes begin as.
fn target_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'G', b'G', ..] => "gguf",
        [0x93, ..] => "npy",
        [b'P', ..] => "zip",
        [0x80, ..] => "torch",
        _ => "safetensors",
    }
}

/// The scan, of which what it says must agree with itself.
fn scan(bytes: &[u8]) {
    let report = scan_bytes(bytes);
    let worst = report.findings.iter().map(|f| f.verdict).max().unwrap_or_default();
    assert_eq!(report.verdict, worst);
}
