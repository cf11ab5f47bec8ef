//! A lock that is held for a few instructions at a time: one atomic exchange to take, a plain store to give back, half of
//! what a mutex costs. Every recorded op takes some of these, and they are most of its price.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{hint, thread};
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

/// A value that one thread at a time may look at. A panic while it is held lets go of it.
#[derive(Default)]
pub(crate) struct Lock<T> {
    held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `lock` lets one thread at a time reach the value, and hands it over with release and acquire.
unsafe impl<T: Send> Sync for Lock<T> {}

/// The right to look at the value, for as long as it lives.
pub(crate) struct Held<'a, T>(&'a Lock<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Lock<T> {
        Lock { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for the value.
    #[inline(always)]
    pub(crate) fn lock(&self) -> Held<'_, T> {
        if !self.take() {
            self.wait();
        }
        Held(self)
    }

    #[inline(always)]
    fn take(&self) -> bool {
        self.held.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn wait(&self) {
        let mut tries = 0u32;
        while self.held.load(Ordering::Relaxed) || !self.take() {
            tries += 1;
            // The holder may not be running at all.
            if tries.is_multiple_of(64) { thread::yield_now() } else { hint::spin_loop() }
        }
    }

    /// The value of a lock that nobody else knows.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this guard exists, so its thread alone may look at the value.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and `self` is borrowed alone.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.held.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_take_turns() {
        let lock = Lock::new([0u64; 4]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        let mut held = lock.lock();
                        let next = held[0] + 1;
                        *held = [next; 4];
                    }
                });
            }
        });
        assert_eq!(*lock.lock(), [40_000; 4]);
    }

    #[test]
    fn a_panic_lets_go() {
        let lock = Lock::new(1);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = lock.lock();
            panic!("while held");
        }));
        assert!(result.is_err());
        assert_eq!(*lock.lock(), 1);
    }
}
