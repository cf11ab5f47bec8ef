//! Where the commands print: standard output, whose reader may have seen enough (`| head`) without that being an error.

use std::io::{ErrorKind, Result, Write, stdout};

/// Standard output. What a reader that is gone does not get is no error; a full disk is.
pub struct Output;

/// What a write answered, and `all` where there is no reader.
pub fn unread<T>(result: Result<T>, all: T) -> Result<T> {
    match result {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(all),
        other => other,
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        unread(stdout().write(bytes), bytes.len())
    }
    fn flush(&mut self) -> Result<()> {
        unread(stdout().flush(), ())
    }
}
