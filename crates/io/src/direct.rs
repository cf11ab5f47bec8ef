//! Writing large files past the page cache: a thread writes one buffer while the next is being filled. A file that must be on
//! the disk before it counts gains nothing from a copy in memory, and a model's pushes everything else out of there.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// What addresses, lengths and places in the file must be multiples of.
const ALIGN: usize = 4096;
/// Bytes that are written at once.
const SIZE: usize = 4 << 20;
/// Buffers that wait to be written, at most.
const WAITING: usize = 2;

/// A buffer whose bytes begin at a multiple of `ALIGN`.
struct Buffer {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

impl Buffer {
    fn new() -> Buffer {
        let memory = vec![0; SIZE + ALIGN];
        let start = memory.as_ptr().align_offset(ALIGN);
        Buffer { memory, start, len: 0 }
    }

    fn bytes(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.start + SIZE]
    }
}

/// A file opened for writing past the page cache, and the thread that does so.
pub(crate) struct DirectFile {
    file: Arc<File>,
    filling: Buffer,
    /// Bytes that were handed on.
    written: u64,
    full: Option<SyncSender<Buffer>>,
    empty: Receiver<Buffer>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl DirectFile {
    /// Creates a file, or fails where the system or the file system cannot do this.
    pub(crate) fn create(path: &Path) -> io::Result<DirectFile> {
        let file = Arc::new(open(path)?);
        let (full, to_write) = sync_channel::<Buffer>(WAITING);
        let (give_back, empty) = sync_channel(WAITING + 2);
        let target = file.clone();
        let thread = std::thread::Builder::new().name("flambeau-write".into()).spawn(move || {
            for mut buffer in to_write {
                let len = buffer.len.next_multiple_of(ALIGN);
                (&*target).write_all(&buffer.bytes()[..len])?;
                buffer.len = 0;
                // Nobody takes it back after the last.
                let _ = give_back.send(buffer);
            }
            Ok(())
        })?;
        Ok(DirectFile { file, filling: Buffer::new(), written: 0, full: Some(full), empty, thread: Some(thread) })
    }

    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Hands the buffer on that is being filled.
    fn pass(&mut self) -> io::Result<()> {
        let next = self.empty.try_recv().unwrap_or_else(|_| Buffer::new());
        let full = std::mem::replace(&mut self.filling, next);
        self.written += full.len as u64;
        let sent = self.full.as_ref().is_some_and(|channel| channel.send(full).is_ok());
        if sent { Ok(()) } else { Err(self.join().err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())) }
    }

    /// Waits until everything handed on is written.
    fn join(&mut self) -> io::Result<()> {
        self.full = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }

    /// Writes what is left, and cuts off what the last block has too much.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.filling.len > 0 {
            self.pass()?;
        }
        self.join()?;
        self.file.set_len(self.written)
    }
}

impl Write for DirectFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = self.filling.len;
        let n = bytes.len().min(SIZE - at);
        self.filling.bytes()[at..at + n].copy_from_slice(&bytes[..n]);
        self.filling.len += n;
        if self.filling.len == SIZE {
            self.pass()?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for DirectFile {
    fn drop(&mut self) {
        // The thread must not write on after the file was given up; a failure was reported or does not matter any more.
        let _ = self.join();
    }
}

#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create(true).truncate(true).custom_flags(libc::O_DIRECT).open(path)
}

#[cfg(not(target_os = "linux"))]
fn open(path: &Path) -> io::Result<File> {
    Err(io::Error::new(io::ErrorKind::Unsupported, format!("{}: not on this system", path.display())))
}
