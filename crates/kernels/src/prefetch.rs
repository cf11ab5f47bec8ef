//! Asking for memory before it is needed. Addresses need not be valid: nothing is read, and nothing faults.

/// Asks for the line at an address.
#[inline(always)]
pub(crate) fn prefetch<T>(p: *const T) {
    ask::<SOON>(p.cast());
}

/// Asks for the line at an address, to be used once: the caches beyond the first keep what they have.
#[inline(always)]
pub(crate) fn prefetch_once<T>(p: *const T) {
    ask::<ONCE>(p.cast());
}

/// `_MM_HINT_T0`.
const SOON: i32 = 3;
/// `_MM_HINT_NTA`.
const ONCE: i32 = 0;

#[inline(always)]
fn ask<const HINT: i32>(p: *const i8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and faults nowhere.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<HINT>(p);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}
