//! Who may use a storage's bytes now: several readers, or one writer. Nobody waits; who comes at the wrong time is refused.

use crate::sync::atomic::{AtomicI32, Ordering};

/// The number of readers, or `WRITER` (plus readers about to give up).
pub(crate) struct Borrow(AtomicI32);

/// The count while a writer is in: so low that readers who try and give up never bring it to zero.
const WRITER: i32 = i32::MIN / 2;

impl Borrow {
    pub(crate) fn new() -> Borrow {
        Borrow(AtomicI32::new(0))
    }

    /// One more reader; false if there is a writer.
    #[inline(always)]
    pub(crate) fn read(&self) -> bool {
        self.0.fetch_add(1, Ordering::Acquire) >= 0 || self.give_up()
    }

    #[cold]
    fn give_up(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed);
        false
    }

    /// A reader is done.
    #[inline(always)]
    pub(crate) fn end_read(&self) {
        self.0.fetch_sub(1, Ordering::Release);
    }

    /// The writer; false if there is a writer or a reader.
    #[inline(always)]
    pub(crate) fn write(&self) -> bool {
        self.0.compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// The writer is done.
    #[inline(always)]
    pub(crate) fn end_write(&self) {
        self.0.fetch_sub(WRITER, Ordering::Release);
    }
}
