//! Who called whom, by the stack's frames as the unwinder of the C runtime finds them (Itanium C++ ABI, "Exception Handling",
//! level I, which all Unix systems have).

/// Frames that are looked at before giving up.
#[cfg(unix)]
const FRAMES: usize = 32;

/// Where the function begins that called the innermost call of the function that begins at `entry`; `None` if there is no
/// such call among the innermost frames, or no unwinder.
#[cfg(unix)]
pub fn caller_of(entry: usize) -> Option<usize> {
    use std::ffi::{c_int, c_void};

    const GO_ON: c_int = 0;
    const STOP: c_int = 4;
    unsafe extern "C" {
        fn _Unwind_Backtrace(each: extern "C" fn(*mut c_void, *mut c_void) -> c_int, search: *mut c_void) -> c_int;
        fn _Unwind_GetIP(frame: *mut c_void) -> usize;
        fn _Unwind_FindEnclosingFunction(address: *mut c_void) -> *mut c_void;
    }
    struct Search {
        entry: usize,
        found: bool,
        frames: usize,
        caller: usize,
    }
    extern "C" fn each(frame: *mut c_void, search: *mut c_void) -> c_int {
        // SAFETY: the unwinder passes on the search that lives below, and a frame that is alive during this call.
        let (search, function) = unsafe {
            let address = std::ptr::without_provenance_mut(_Unwind_GetIP(frame));
            (&mut *search.cast::<Search>(), _Unwind_FindEnclosingFunction(address).addr())
        };
        if search.found {
            search.caller = function;
            return STOP;
        }
        search.found = function == search.entry;
        search.frames += 1;
        if search.frames < FRAMES { GO_ON } else { STOP }
    }
    let mut search = Search { entry, found: false, frames: 0, caller: 0 };
    // SAFETY: as the interface asks: a function that looks at a frame, and what is passed on to it, which outlives the call.
    unsafe { _Unwind_Backtrace(each, (&raw mut search).cast()) };
    (search.caller != 0).then_some(search.caller)
}

/// `None`: this system has no such unwinder.
#[cfg(not(unix))]
pub fn caller_of(_entry: usize) -> Option<usize> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::caller_of;

    #[inline(never)]
    extern "C" fn asked() -> usize {
        std::hint::black_box(caller_of(asked as *const () as usize).unwrap_or(0))
    }

    #[inline(never)]
    extern "C" fn caller() -> usize {
        std::hint::black_box(asked())
    }

    #[test]
    fn the_caller_is_found() {
        let here = caller as *const () as usize;
        assert_eq!(caller(), here);
        assert_eq!(caller_of(1), None);
    }
}
