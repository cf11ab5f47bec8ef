//! SHA-256 of tensors, kept in a file's metadata.

use sha2::{Digest, Sha256};
use std::io;

/// What the names of digests among the metadata begin with.
pub(crate) const PREFIX: &str = "sha256:";

/// A digest to which bytes are written.
pub(crate) struct Hash(Sha256);

impl Hash {
    pub(crate) fn new() -> Hash {
        Hash(Sha256::new())
    }

    /// The digest, in hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
