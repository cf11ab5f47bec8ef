//! Files that are there whole or not at all: written beside their place, brought to the disk, then renamed.

use crate::direct::DirectFile;
use flambeau_core::{Error, ErrorClass, Result};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An error about a file, in words.
pub(crate) fn io_error(doing: &str, path: &Path, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_string(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_string(),
        io::ErrorKind::NotFound => "there is no such file or folder".to_string(),
        io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_string(),
        _ => error.to_string(),
    };
    Error::new(ErrorClass::Io, format!("cannot {doing} {}: {why}", path.display()))
}

/// The folder that a file lies in.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Brings a folder's entries to the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|d| d.sync_all()).map_err(|e| io_error("write", path, &e))
}

/// The name of a temporary file for `path`, another for every write: `.FILE.PROCESS.COUNT.tmp`.
fn temporary_name(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    parent(path).join(name)
}

/// Removes what writes of files in a folder left behind that were stopped: temporary files of processes that are gone, for
/// files whose names are `meant`. Those of another machine, whose processes are not seen here, are locked as long as they are
/// open.
pub(crate) fn remove_abandoned(folder: &Path, meant: impl Fn(&[u8]) -> bool) {
    // The file, the process and the count, of which names of files may hold anything.
    fn parts(name: &[u8]) -> Option<(&[u8], u32)> {
        let mut parts = name.strip_prefix(b".")?.strip_suffix(b".tmp")?.rsplitn(3, |b| *b == b'.');
        let mut number = || std::str::from_utf8(parts.next()?).ok()?.parse::<u64>().ok();
        let (_, process) = (number()?, number()?);
        Some((parts.next()?, u32::try_from(process).ok()?))
    }
    let alive = |process: u32| process == std::process::id() || Path::new(&format!("/proc/{process}")).exists();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if parts(name.as_encoded_bytes()).is_some_and(|(file, process)| meant(file) && !alive(process))
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Writes a file with `write`. Whatever goes wrong, and whenever the program is stopped, `path` holds either what it held
/// before or all of the new contents; a temporary file that a stopped write leaves behind is removed by the next. An `Error`
/// that `write` hands on inside an `io::Error` comes out as it is.
pub fn write_atomic(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    write_atomic_sized(path, 0, write)
}

/// From this many bytes on, files are written past the page cache where that can be done.
const LARGE: usize = 64 << 20;

/// [`write_atomic`] of about `size` bytes.
pub(crate) fn write_atomic_sized(
    path: &Path,
    size: usize,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    Prepared::write(path, size, write)?.put_in_place()
}

/// A file that is on the disk as a whole, beside its place. It is removed if it is not put there.
pub(crate) struct Prepared {
    temp: PathBuf,
    path: PathBuf,
    /// Open, and so locked: nobody takes it for abandoned.
    _open: Option<Arc<File>>,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // Once it is in its place there is nothing of this name any more.
        let _ = fs::remove_file(&self.temp);
    }
}

impl Prepared {
    /// Writes a file of about `size` bytes that is to be `path`.
    pub(crate) fn write(
        path: &Path,
        size: usize,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Prepared> {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        remove_abandoned(parent(path), |file| file == name);
        let mut prepared = Prepared { temp: temporary_name(path), path: path.to_path_buf(), _open: None };
        // A temporary file is locked as long as it is open. Where the file system knows no locks, nobody will take it for
        // abandoned either.
        let lock = |file: &File| drop(file.try_lock());
        let direct = if size >= LARGE { DirectFile::create(&prepared.temp).ok() } else { None };
        let written = match direct {
            Some(mut out) => {
                lock(out.file());
                let written = write(&mut out).and_then(|()| out.finish()).and_then(|()| out.file().sync_all());
                written.map(|()| out.file().clone())
            }
            None => File::create(&prepared.temp).and_then(|file| {
                lock(&file);
                let mut out = BufWriter::with_capacity(1 << 20, file);
                write(&mut out).and_then(|()| out.flush()).and_then(|()| out.get_ref().sync_all())?;
                Ok(Arc::new(out.into_inner()?))
            }),
        };
        match written {
            Ok(file) => {
                prepared._open = Some(file);
                Ok(prepared)
            }
            Err(e) => Err(match e.downcast::<Error>() {
                Ok(own) => own.context(path.display()),
                Err(e) => io_error("write", path, &e),
            }),
        }
    }

    /// Puts the file in its place, in one step, and brings that to the disk.
    pub(crate) fn put_in_place(self) -> Result<()> {
        fs::rename(&self.temp, &self.path).map_err(|e| io_error("write", &self.path, &e))?;
        sync_folder(parent(&self.path))
    }
}
