//! A counted reference like `Arc`, without weak ones: the last reference is given up without an atomic exchange, where `Arc`
//! needs two. Tensors and nodes are made and dropped by every op, mostly with one owner.

use crate::sync::atomic::{AtomicUsize, Ordering, fence};
use std::ops::Deref;
use std::ptr::NonNull;

/// A value with a count in front of it.
pub(crate) struct Counted<T: ?Sized> {
    count: AtomicUsize,
    pub(crate) value: T,
}

/// A shared reference that keeps the value alive.
pub struct Shared<T: ?Sized>(NonNull<Counted<T>>);

// SAFETY: like `Arc`: the value is reached through `&T` from several threads (`Sync`), and dropped by any (`Send`).
unsafe impl<T: ?Sized + Send + Sync> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Shared<T> {}

impl<T> Counted<T> {
    #[inline(always)]
    pub(crate) fn new(value: T) -> Box<Counted<T>> {
        Box::new(Counted { count: AtomicUsize::new(1), value })
    }
}

impl<T: ?Sized> From<Box<Counted<T>>> for Shared<T> {
    #[inline(always)]
    fn from(counted: Box<Counted<T>>) -> Shared<T> {
        Shared(NonNull::from(Box::leak(counted)))
    }
}

impl<T> Shared<T> {
    #[inline(always)]
    pub(crate) fn new(value: T) -> Shared<T> {
        Counted::new(value).into()
    }
}

impl<T: ?Sized> Shared<T> {
    #[inline(always)]
    fn count(&self) -> &AtomicUsize {
        // SAFETY: the block lives as long as any reference to it.
        unsafe { &(*self.0.as_ptr()).count }
    }

    /// Nobody else has a reference.
    #[inline(always)]
    pub(crate) fn is_unique(&self) -> bool {
        self.count().load(Ordering::Acquire) == 1
    }

    /// The value, if nobody else has a reference.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        if !self.is_unique() {
            return None;
        }
        // SAFETY: this is the only reference, and it is borrowed alone, so nobody can make another meanwhile.
        Some(unsafe { &mut (*self.0.as_ptr()).value })
    }

    /// The very same value.
    #[inline(always)]
    pub(crate) fn same(&self, other: &Shared<T>) -> bool {
        std::ptr::addr_eq(self.0.as_ptr(), other.0.as_ptr())
    }

    /// Where the value lies: its identity as long as it lives.
    #[inline(always)]
    pub(crate) fn address(&self) -> *const () {
        self.0.as_ptr().cast_const().cast()
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the block lives as long as any reference to it, and is changed only through `get_mut`, which needs the
        // one reference there is.
        unsafe { &(*self.0.as_ptr()).value }
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    #[inline(always)]
    fn clone(&self) -> Shared<T> {
        // As in `Arc`: a count that runs over would free what is in use.
        if self.count().fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            std::process::abort();
        }
        Shared(self.0)
    }
}

impl<T: ?Sized> Drop for Shared<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // The last reference needs no exchange: nobody is left who could make another.
        if self.is_unique() || self.count().fetch_sub(1, Ordering::Release) == 1 {
            self.free();
        }
    }
}

impl<T: ?Sized> Shared<T> {
    #[inline(never)]
    fn free(&mut self) {
        fence(Ordering::Acquire);
        // SAFETY: this was the last reference; the block came from a `Box`. What other threads did before giving up theirs
        // is seen (release at their exchange, acquire here).
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_value_is_dropped_once_by_the_last_owner() {
        struct Tell(Arc<AtomicUsize>);
        impl Drop for Tell {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let drops = Arc::new(AtomicUsize::new(0));
        for round in 1..=200 {
            let mut shared = Shared::new(Tell(drops.clone()));
            assert!(shared.get_mut().is_some());
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    let mut other = shared.clone();
                    assert!(other.get_mut().is_none());
                    scope.spawn(move || {
                        let another = other.clone();
                        assert!(another.same(&other));
                        drop(other);
                        drop(another);
                    });
                }
                drop(shared);
            });
            assert_eq!(drops.load(Ordering::Relaxed), round);
        }
    }

    #[test]
    fn an_unsized_value() {
        let block: Box<Counted<dyn Fn(i32) -> i32>> = Counted::new(|x: i32| x + 1);
        let shared: Shared<dyn Fn(i32) -> i32> = block.into();
        let other = shared.clone();
        drop(shared);
        assert_eq!(other(1), 2);
        assert!(other.is_unique());
    }
}
