//! What the tests of files share: fixtures, scratch files and folders that go away with their tests, and the bytes of tensors.

// Each test program is compiled with all of this and uses some of it.
#![allow(dead_code)]

use flambeau_core::{Result, Tensor};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file or folder beside the tests.
pub fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A file that another program made.
pub fn fixture(name: &str) -> PathBuf {
    beside("fixtures").join(name)
}

/// A tensor's elements, row by row.
pub fn bytes(t: &Tensor) -> Vec<u8> {
    t.with_bytes(<[u8]>::to_vec).expect("bytes")
}

/// The words of an error.
pub fn message<T>(result: Result<T>) -> String {
    result.map(|_| ()).expect_err("an error").to_string()
}

/// A path that no other test has.
fn unique(name: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("flambeau-io-{}-{n}-{name}", std::process::id()))
}

/// A file of the test's own.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str, contents: &[u8]) -> Scratch {
        let path = unique(name);
        fs::write(&path, contents).expect("a scratch file");
        Scratch(path)
    }

    /// A path at which nothing is yet.
    pub fn absent(name: &str) -> Scratch {
        Scratch(unique(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// An empty folder of the test's own.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let path = unique("folder");
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What lies in it, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
