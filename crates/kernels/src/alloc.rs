//! The caching allocator: 64-byte aligned blocks in size classes, kept after use and handed out again, so that a training
//! step in steady state asks the system for nothing. Small blocks are kept per thread, large ones in one shared store.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every block starts at a multiple of this many bytes.
pub const ALIGN: usize = 64;
/// Up to this many bytes, blocks are kept by the thread that freed them.
const SMALL: usize = 1 << 15;
/// From this many bytes on, blocks lie on huge pages where the system has them.
const HUGE: usize = 1 << 21;
/// Bytes of one class that a thread keeps at most; further blocks go to the shared store.
const KEEP_BYTES: usize = 1 << 20;
/// Cached bytes in the shared store that are never given back on their own.
const KEEP_SHARED: usize = 1 << 30;
/// Built with `--cfg flambeau_exact_allocations`, blocks have the size that was asked for and none is kept, so that an
/// address sanitizer sees an access beyond the end or after the end (`.ci/sanitize`).
const EXACT: bool = cfg!(flambeau_exact_allocations);
const SMALL_CLASSES: usize = 37;
const CLASSES: usize = 232;

/// The class of a size and the size of that class's blocks: multiples of 64 up to 512, then four steps to each doubling.
#[inline(always)]
fn class_of(bytes: usize) -> (usize, usize) {
    if bytes <= 512 {
        let lines = bytes.div_ceil(ALIGN).max(1);
        return (lines - 1, lines * ALIGN);
    }
    let top = (bytes - 1).ilog2() as usize; // 9 or more: 2^top < bytes <= 2^(top+1)
    let step = 1usize << (top - 2);
    let steps = bytes.div_ceil(step); // 5 ..= 8
    (8 + (top - 9) * 4 + (steps - 5), steps * step)
}

/// The number of bytes that a block asked for with `bytes` really has.
#[inline]
pub fn block_size(bytes: usize) -> usize {
    class_of(bytes).1
}

struct ThreadCache {
    lists: [Vec<NonNull<u8>>; SMALL_CLASSES],
}

impl Drop for ThreadCache {
    fn drop(&mut self) {
        for (class, list) in self.lists.iter_mut().enumerate() {
            for block in list.drain(..) {
                give_shared(class, small_size(class), block);
            }
        }
    }
}

fn small_size(class: usize) -> usize {
    if class < 8 { (class + 1) * ALIGN } else { (5 + (class - 8) % 4) << ((class - 8) / 4 + 7) }
}

thread_local! {
    static CACHE: UnsafeCell<ThreadCache> =
        const { UnsafeCell::new(ThreadCache { lists: [const { Vec::new() }; SMALL_CLASSES] }) };
}

struct Blocks([Vec<NonNull<u8>>; CLASSES]);
// SAFETY: the store owns its free blocks; they are plain memory, tied to no thread.
unsafe impl Send for Blocks {}
static STORE: Mutex<Blocks> = Mutex::new(Blocks([const { Vec::new() }; CLASSES]));

static FROM_SYSTEM: AtomicUsize = AtomicUsize::new(0);
static CACHED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static SYSTEM_CALLS: AtomicUsize = AtomicUsize::new(0);

/// What the allocator holds at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Bytes obtained from the system and not given back.
    pub reserved: usize,
    /// Of these, bytes that lie free in the shared store. (What threads keep for themselves counts as in use.)
    pub cached: usize,
    /// The most that `reserved` has been.
    pub peak_reserved: usize,
    /// How often a block was asked of the system.
    pub system_allocations: usize,
}

/// The allocator's statistics.
pub fn stats() -> Stats {
    Stats {
        reserved: FROM_SYSTEM.load(Ordering::Relaxed),
        cached: CACHED.load(Ordering::Relaxed),
        peak_reserved: PEAK.load(Ordering::Relaxed),
        system_allocations: SYSTEM_CALLS.load(Ordering::Relaxed),
    }
}

/// A block of at least `bytes` bytes, uninitialised, aligned to [`ALIGN`]; `None` if the system has no more.
#[inline]
pub fn allocate(bytes: usize) -> Option<NonNull<u8>> {
    if EXACT {
        // SAFETY: the size is not zero.
        return NonNull::new(unsafe { std::alloc::alloc(exact_layout(bytes)?) });
    }
    let (class, size) = if bytes <= isize::MAX as usize / 2 { class_of(bytes) } else { return None };
    if bytes <= SMALL {
        let cached = CACHE.try_with(|cache| {
            // SAFETY: the cache belongs to this thread and the borrow ends before anything else can run on it.
            unsafe { &mut *cache.get() }.lists[class].pop()
        });
        if let Ok(Some(block)) = cached {
            return Some(block);
        }
    }
    allocate_shared(class, size)
}

#[cold]
#[inline(never)]
fn allocate_shared(class: usize, size: usize) -> Option<NonNull<u8>> {
    if let Ok(mut store) = STORE.lock()
        && let Some(block) = store.0[class].pop()
    {
        CACHED.fetch_sub(size, Ordering::Relaxed);
        return Some(block);
    }
    // Fresh memory is needed: what lies free in other classes is given back first once it is the larger part.
    let (reserved, cached) = (FROM_SYSTEM.load(Ordering::Relaxed), CACHED.load(Ordering::Relaxed));
    if cached > KEEP_SHARED && cached > reserved / 2 {
        empty_cache();
    }
    from_system(size).or_else(|| {
        empty_cache();
        from_system(size)
    })
}

fn exact_layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.max(1), ALIGN).ok()
}

fn system_layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, if size >= HUGE { 1 << 21 } else { ALIGN }).ok()
}

fn from_system(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: the size is at least ALIGN, never zero.
    let block = NonNull::new(unsafe { std::alloc::alloc(system_layout(size)?) })?;
    SYSTEM_CALLS.fetch_add(1, Ordering::Relaxed);
    let reserved = FROM_SYSTEM.fetch_add(size, Ordering::Relaxed) + size;
    PEAK.fetch_max(reserved, Ordering::Relaxed);
    #[cfg(all(target_os = "linux", not(miri)))]
    if size >= HUGE {
        unsafe extern "C" {
            fn madvise(addr: *mut std::ffi::c_void, len: usize, advice: i32) -> i32;
        }
        // SAFETY: the range is a live block of ours, aligned to 2 MiB; MADV_HUGEPAGE (14) changes no contents, and a
        // refusal changes nothing.
        unsafe { madvise(block.as_ptr().cast(), size & !((1 << 21) - 1), 14) };
    }
    Some(block)
}

/// Gives a block back.
///
/// # Safety
/// `block` came from [`allocate`] with the same `bytes`, and nothing uses it any more.
#[inline]
pub unsafe fn free(block: NonNull<u8>, bytes: usize) {
    if EXACT {
        if let Some(layout) = exact_layout(bytes) {
            // SAFETY: the caller's promise; `allocate` took this very layout.
            unsafe { std::alloc::dealloc(block.as_ptr(), layout) };
        }
        return;
    }
    let (class, size) = class_of(bytes);
    if bytes <= SMALL {
        let kept = CACHE.try_with(|cache| {
            // SAFETY: the cache belongs to this thread and the borrow ends before anything else can run on it.
            let list = &mut unsafe { &mut *cache.get() }.lists[class];
            let room = list.len() * size < KEEP_BYTES;
            if room {
                list.push(block);
            }
            room
        });
        if kept == Ok(true) {
            return;
        }
    }
    give_shared(class, size, block);
}

#[cold]
#[inline(never)]
fn give_shared(class: usize, size: usize, block: NonNull<u8>) {
    if let Ok(mut store) = STORE.lock() {
        store.0[class].push(block);
        CACHED.fetch_add(size, Ordering::Relaxed);
    }
}

/// Gives every free block of the shared store back to the system.
pub fn empty_cache() {
    let Ok(mut store) = STORE.lock() else { return };
    for (class, blocks) in store.0.iter_mut().enumerate() {
        let size = small_size(class);
        for block in blocks.drain(..) {
            CACHED.fetch_sub(size, Ordering::Relaxed);
            FROM_SYSTEM.fetch_sub(size, Ordering::Relaxed);
            if let Some(layout) = system_layout(size) {
                // SAFETY: the block came from `from_system` with this very layout and lies free.
                unsafe { std::alloc::dealloc(block.as_ptr(), layout) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_cover_every_size_with_little_waste() {
        let mut last = 0;
        for bytes in (0..200_000).chain([1 << 30, (1 << 30) + 1, (1 << 40) - 1]) {
            let (class, size) = class_of(bytes);
            assert!(size >= bytes && size % ALIGN == 0, "{bytes} -> {size}");
            assert!(bytes <= 512 || size - bytes <= bytes / 4, "{bytes} -> {size}");
            assert_eq!(size, small_size(class));
            assert!(class >= last && class < CLASSES);
            assert!(bytes > SMALL || class < SMALL_CLASSES, "{bytes} {class}");
            last = class;
        }
    }

    #[test]
    fn a_freed_block_is_handed_out_again() {
        for bytes in [1, 64, 1000, 1 << 20] {
            let a = allocate(bytes).expect("memory");
            assert_eq!(a.as_ptr() as usize % ALIGN, 0);
            // SAFETY: allocated just above with this size, written inside it, used by nobody else.
            unsafe {
                a.as_ptr().write_bytes(7, bytes);
                free(a, bytes);
            }
            let b = allocate(bytes).expect("memory");
            if bytes <= SMALL && !EXACT {
                assert_eq!(a, b);
            }
            // SAFETY: as above.
            unsafe { free(b, bytes) };
        }
        assert!(allocate(usize::MAX).is_none());
    }
}
