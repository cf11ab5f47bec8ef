//! Bytes on a device, shared by all views of them: reference count, version and borrow state in one header.
//!
//! Every read and every write goes through a checked borrow, so two threads at odds over one storage get an error and
//! never a data race. Every write in place bumps the version, which is how autograd notices that a saved tensor changed.

mod borrow;
pub mod bridge;
pub mod bridge_attention;
pub mod dlpack;
pub(crate) mod lock;
pub mod mapped;
pub mod shared;

use crate::{Result, bail};
use borrow::Borrow;
use flambeau_kernels::alloc;
use std::any::Any;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering, fence};

/// The header lies in front of the bytes, in the same block; foreign bytes lie elsewhere and are kept alive by `owner`.
#[repr(C, align(64))]
struct Header {
    refs: AtomicUsize,
    data: *mut u8,
    bytes: usize,
    version: AtomicU32,
    borrow: Borrow,
    /// The op that wrote last in place, for messages: pointer and length of a `&'static str`.
    writer: AtomicPtr<u8>,
    writer_len: AtomicUsize,
    owner: Option<Box<Foreign>>,
}

struct Foreign {
    _keep: Box<dyn Any + Send + Sync>,
    writable: bool,
}

const HEADER: usize = size_of::<Header>();

/// Shared bytes. Cloning shares them.
pub struct Storage(NonNull<Header>);

// SAFETY: the header's counters are atomics, and the bytes are reached only through the borrow protocol of `read` and
// `write`, which lets either several readers or one writer in.
unsafe impl Send for Storage {}
// SAFETY: as above.
unsafe impl Sync for Storage {}

impl Clone for Storage {
    #[inline]
    fn clone(&self) -> Storage {
        self.header().refs.fetch_add(1, Ordering::Relaxed);
        Storage(self.0)
    }
}

impl Drop for Storage {
    #[inline]
    fn drop(&mut self) {
        // The last reference needs no atomic exchange: nobody is left who could make another.
        let refs = &self.header().refs;
        if refs.load(Ordering::Acquire) == 1 || refs.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: this was the last reference. The block was allocated with exactly this many bytes (a foreign
            // storage's block is the header alone).
            unsafe {
                let header = self.0.as_ptr();
                let own = if (*header).owner.is_some() { 0 } else { (*header).bytes };
                if (*header).owner.is_some() {
                    std::ptr::drop_in_place(&raw mut (*header).owner);
                }
                alloc::free(self.0.cast(), HEADER + own);
            }
        }
    }
}

/// Permission to read a storage's bytes for as long as it lives.
pub struct ReadGuard<'a>(&'a Storage);
/// Permission to write a storage's bytes for as long as it lives.
pub struct WriteGuard<'a>(&'a Storage);

impl Drop for ReadGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.header().borrow.end_read();
    }
}

impl Drop for WriteGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.header().borrow.end_write();
    }
}

impl WriteGuard<'_> {
    /// The first byte, for writing.
    #[inline]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        self.0.header().data
    }
}

impl WriteGuard<'_> {
    /// Counts one more write in place, done by `op`.
    pub(crate) fn bump(&self, op: &'static str) {
        let header = self.0.header();
        header.writer.store(op.as_ptr().cast_mut(), Ordering::Relaxed);
        header.writer_len.store(op.len(), Ordering::Relaxed);
        header.version.fetch_add(1, Ordering::AcqRel);
    }
}

impl ReadGuard<'_> {
    /// The first byte, for reading.
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        self.0.header().data
    }

    /// All the bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `data` points to `bytes` bytes, all of them written at least once before a tensor is handed out, and
        // this guard keeps writers out.
        unsafe { std::slice::from_raw_parts(self.0.header().data, self.0.len()) }
    }
}

impl Storage {
    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: the header lives as long as any reference to it, and is only changed through atomics.
        unsafe { self.0.as_ref() }
    }

    /// Fresh bytes with nothing in them yet: whoever asks writes all of them before anybody reads.
    #[inline]
    pub(crate) fn uninit(bytes: usize) -> Result<Storage> {
        let Some(block) = bytes.checked_add(HEADER).and_then(alloc::allocate) else {
            return out_of_memory(bytes);
        };
        // SAFETY: the block has room for the header and `bytes` bytes, and is aligned to 64.
        unsafe {
            let header = block.cast::<Header>();
            header.write(Header {
                refs: AtomicUsize::new(1),
                data: block.as_ptr().add(HEADER),
                bytes,
                version: AtomicU32::new(0),
                borrow: Borrow::new(),
                writer: AtomicPtr::new(std::ptr::null_mut()),
                writer_len: AtomicUsize::new(0),
                owner: None,
            });
            Ok(Storage(header))
        }
    }

    /// Fresh bytes, all zero.
    pub fn zeroed(bytes: usize) -> Result<Storage> {
        let storage = Storage::uninit(bytes)?;
        flambeau_kernels::pool::parallel_chunks(bytes, 1 << 20, |range| {
            // SAFETY: nobody else has this storage yet; the ranges are disjoint and inside it.
            unsafe { storage.header().data.add(range.start).write_bytes(0, range.len()) }
        });
        Ok(storage)
    }

    /// Bytes that somebody else owns (a mapped file, another library's array). `keep` is dropped with the last view.
    /// A storage that is not `writable` refuses every write in place.
    ///
    /// # Safety
    /// `data` points to `bytes` initialised bytes that stay where they are until `keep` is dropped, that nobody else
    /// writes meanwhile, and, if `writable`, that may be written.
    pub unsafe fn foreign(
        data: *mut u8,
        bytes: usize,
        writable: bool,
        keep: Box<dyn Any + Send + Sync>,
    ) -> Result<Storage> {
        let Some(block) = alloc::allocate(HEADER) else { return out_of_memory(HEADER) };
        // SAFETY: the block has room for the header and is aligned to 64.
        unsafe {
            let header = block.cast::<Header>();
            header.write(Header {
                refs: AtomicUsize::new(1),
                data,
                bytes,
                version: AtomicU32::new(0),
                borrow: Borrow::new(),
                writer: AtomicPtr::new(std::ptr::null_mut()),
                writer_len: AtomicUsize::new(0),
                owner: Some(Box::new(Foreign { _keep: keep, writable })),
            });
            Ok(Storage(header))
        }
    }

    /// The number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.header().bytes
    }

    /// True if there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The address of the first byte, for comparing storages and for kernels that hold a guard.
    #[inline(always)]
    pub fn data_ptr(&self) -> *mut u8 {
        self.header().data
    }

    /// No other tensor shares these bytes.
    pub(crate) fn is_unique(&self) -> bool {
        self.header().refs.load(Ordering::Acquire) == 1
    }

    /// The same storage, not only the same bytes.
    #[inline(always)]
    pub fn same(&self, other: &Storage) -> bool {
        self.0 == other.0
    }

    /// How often these bytes have been written in place.
    #[inline]
    pub fn version(&self) -> u32 {
        self.header().version.load(Ordering::Acquire)
    }

    /// The op that wrote last in place.
    pub fn last_writer(&self) -> Option<&'static str> {
        let _no_writer = self.read().ok()?;
        let (ptr, len) =
            (self.header().writer.load(Ordering::Relaxed), self.header().writer_len.load(Ordering::Relaxed));
        if ptr.is_null() {
            return None;
        }
        // SAFETY: `bump` stores pointer and length of one `&'static str`, and only under the write borrow, which the
        // read borrow held here excludes; so the two belong together.
        Some(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(ptr, len)) })
    }

    /// Permission to read; an error if another thread is writing.
    #[inline(always)]
    pub fn read(&self) -> Result<ReadGuard<'_>> {
        if self.header().borrow.read() { Ok(ReadGuard(self)) } else { read_refused() }
    }

    /// Permission to write; an error if another thread is reading or writing, or the bytes are read-only.
    pub fn write(&self) -> Result<WriteGuard<'_>> {
        if self.header().owner.as_ref().is_some_and(|o| !o.writable) {
            bail!("a tensor over read-only memory (a mapped file) cannot be written in place; clone() it first");
        }
        if self.header().borrow.write() {
            return Ok(WriteGuard(self));
        }
        bail!(
            "a tensor was written in place while another thread uses the same storage; order the two, or clone() it first"
        )
    }
}

#[cold]
fn read_refused<'a>() -> Result<ReadGuard<'a>> {
    bail!(
        "a tensor was read while another thread writes to the same storage in place; order the two, or clone() it first"
    )
}

#[cold]
fn out_of_memory<T>(bytes: usize) -> Result<T> {
    bail!(
        "not enough memory: tried to allocate {bytes} bytes; use a smaller batch, or free tensors that are not needed"
    )
}
