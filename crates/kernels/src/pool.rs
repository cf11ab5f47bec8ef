//! The thread pool: one job at a time, its chunks claimed by an atomic counter, the caller working too.
//! Workers spin for a moment after a job, then sleep; a caller never waits for one that has not woken up. A job started
//! from inside a job, or while another thread's job runs, is done by its caller alone. How work is cut never depends on
//! the number of threads, so results do not either.

use std::any::Any;
use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, OnceLock};

struct Job<'a> {
    body: &'a (dyn Fn(usize) + Sync),
    chunks: usize,
    next: AtomicUsize,
    /// How many workers may still join: `set_num_threads` can be lower than the number of workers that exist.
    seats: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Job<'_> {
    fn work(&self) {
        loop {
            let chunk = self.next.fetch_add(1, Ordering::Relaxed);
            if chunk >= self.chunks {
                return;
            }
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.body)(chunk))) {
                self.next.store(self.chunks, Ordering::Relaxed);
                if let Ok(mut first) = self.panic.lock() {
                    first.get_or_insert(panic);
                }
            }
        }
    }

    fn take_seat(&self) -> bool {
        self.seats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
    }
}

struct Shared {
    job: AtomicPtr<Job<'static>>,
    epoch: AtomicU64,
    active: AtomicUsize,
    sleepers: AtomicUsize,
    submitting: AtomicBool,
    lock: Mutex<usize>,
    wake: Condvar,
}

static SHARED: Shared = Shared {
    job: AtomicPtr::new(std::ptr::null_mut()),
    epoch: AtomicU64::new(0),
    active: AtomicUsize::new(0),
    sleepers: AtomicUsize::new(0),
    submitting: AtomicBool::new(false),
    lock: Mutex::new(0),
    wake: Condvar::new(),
};

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Rounds of spinning (some 30 µs) before a worker sleeps.
const SPIN: u32 = 6000;

/// The number of threads that share a job, the caller included. At the start: `FLAMBEAU_NUM_THREADS`, else
/// `OMP_NUM_THREADS`, else the number of processors.
#[inline]
pub fn num_threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => first_num_threads(),
        n => n,
    }
}

#[cold]
fn first_num_threads() -> usize {
    static FIRST: OnceLock<usize> = OnceLock::new();
    let n = *FIRST.get_or_init(|| {
        ["FLAMBEAU_NUM_THREADS", "OMP_NUM_THREADS"]
            .iter()
            .find_map(|name| std::env::var(name).ok()?.trim().parse().ok().filter(|n| *n > 0))
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
    });
    let _ = THREADS.compare_exchange(0, n, Ordering::Relaxed, Ordering::Relaxed);
    n
}

/// Sets the number of threads that share a job, the caller included; 0 counts as 1.
pub fn set_num_threads(n: usize) {
    THREADS.store(n.clamp(1, 1024), Ordering::Relaxed);
}

/// True inside a job's body: a further job would be run by this thread alone.
pub fn in_parallel() -> bool {
    INSIDE.get()
}

fn worker() {
    INSIDE.set(true);
    let mut seen = 0;
    loop {
        let mut spins = 0;
        loop {
            let epoch = SHARED.epoch.load(Ordering::SeqCst);
            if epoch != seen {
                seen = epoch;
                break;
            }
            spins += 1;
            if spins < SPIN {
                std::hint::spin_loop();
                continue;
            }
            spins = 0;
            let Ok(mut guard) = SHARED.lock.lock() else { return };
            SHARED.sleepers.fetch_add(1, Ordering::SeqCst);
            while SHARED.epoch.load(Ordering::SeqCst) == seen {
                guard = match SHARED.wake.wait(guard) {
                    Ok(guard) => guard,
                    Err(_) => return,
                };
            }
            SHARED.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
        SHARED.active.fetch_add(1, Ordering::SeqCst);
        let job = SHARED.job.load(Ordering::SeqCst);
        if !job.is_null() {
            // SAFETY: `run` clears `job` before it waits for `active` to fall to zero, and only then lets the job go out
            // of scope. This thread counted itself active before it read a job that was still there (both SeqCst), so
            // the job outlives this use.
            let job = unsafe { &*job };
            if job.take_seat() {
                job.work();
            }
        }
        SHARED.active.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Starts the workers that are missing for `threads` threads. A thread that cannot be started is done without.
#[cold]
fn start_workers(threads: usize) {
    if let Ok(mut started) = SHARED.lock.lock() {
        while *started + 1 < threads {
            let name = format!("flambeau-{}", *started + 1);
            if std::thread::Builder::new().name(name).spawn(worker).is_err() {
                break;
            }
            *started += 1;
        }
        STARTED.store((*started + 1).max(threads), Ordering::Relaxed);
    }
}

static STARTED: AtomicUsize = AtomicUsize::new(1);

/// Calls `body(0)`, …, `body(chunks - 1)`, each once, spread over the pool; returns when all are done. A panic in `body`
/// is passed on to the caller after the others have stopped.
pub fn parallel_for(chunks: usize, body: impl Fn(usize) + Sync) {
    let threads = num_threads();
    if chunks <= 1 || threads == 1 || INSIDE.get() || SHARED.submitting.swap(true, Ordering::Acquire) {
        (0..chunks).for_each(body);
        return;
    }
    if STARTED.load(Ordering::Relaxed) < threads {
        start_workers(threads);
    }
    run(chunks, threads, &body);
}

fn run(chunks: usize, threads: usize, body: &(dyn Fn(usize) + Sync)) {
    let job =
        Job { body, chunks, next: AtomicUsize::new(0), seats: AtomicUsize::new(threads - 1), panic: Mutex::new(None) };
    SHARED.job.store((&raw const job).cast_mut().cast(), Ordering::SeqCst);
    SHARED.epoch.fetch_add(1, Ordering::SeqCst);
    if SHARED.sleepers.load(Ordering::SeqCst) > 0 {
        // The lock makes a worker either see the new epoch before it waits, or be waiting when notified.
        drop(SHARED.lock.lock());
        SHARED.wake.notify_all();
    }
    INSIDE.set(true);
    job.work();
    INSIDE.set(false);
    SHARED.job.store(std::ptr::null_mut(), Ordering::SeqCst);
    let mut spins = 0u32;
    while SHARED.active.load(Ordering::SeqCst) != 0 {
        spins += 1;
        if spins.is_multiple_of(4096) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
    SHARED.submitting.store(false, Ordering::Release);
    let panic = job.panic.lock().ok().and_then(|mut first| first.take());
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// Cuts `0..len` into pieces of `grain` (the last may be shorter) and runs them on the pool. Borders depend on `len`
/// and `grain` alone.
pub fn parallel_chunks(len: usize, grain: usize, body: impl Fn(Range<usize>) + Sync) {
    let grain = grain.max(1);
    if len <= grain {
        if len > 0 {
            body(0..len);
        }
        return;
    }
    parallel_for(len.div_ceil(grain), |i| body(i * grain..((i + 1) * grain).min(len)));
}

/// A pointer that a job's body may take to other threads. Whoever uses it sees to it that chunks do not overlap.
#[derive(Clone, Copy, Debug)]
pub struct SendPtr<T>(pub *mut T);

// SAFETY: a plain address; every use of it is an unsafe block of its own that states why the access is exclusive.
unsafe impl<T> Send for SendPtr<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for SendPtr<T> {}

impl<T> SendPtr<T> {
    /// The address. (A method, so that closures capture the wrapper and not its field.)
    #[inline(always)]
    pub fn get(self) -> *mut T {
        self.0
    }

    /// The slice of `range`, counted in elements from this pointer.
    ///
    /// # Safety
    /// The range lies inside one live allocation that this pointer points into, is initialised, and is used by nothing
    /// else while the slice lives.
    #[inline(always)]
    pub unsafe fn slice<'a>(self, range: Range<usize>) -> &'a mut [T] {
        // SAFETY: the caller's promise, word for word.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(range.start), range.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_runs_once() {
        for chunks in [0, 1, 2, 3, 17, 1000] {
            let hits: Vec<AtomicUsize> = (0..chunks).map(|_| AtomicUsize::new(0)).collect();
            parallel_for(chunks, |i| {
                hits[i].fetch_add(1, Ordering::Relaxed);
            });
            assert!(hits.iter().all(|h| h.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn nested_and_concurrent_jobs_complete() {
        let total = AtomicUsize::new(0);
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..200 {
                        parallel_for(8, |_| {
                            parallel_for(4, |_| {
                                total.fetch_add(1, Ordering::Relaxed);
                            })
                        });
                    }
                });
            }
        });
        assert_eq!(total.load(Ordering::Relaxed), 4 * 200 * 8 * 4);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_survives() {
        let caught = catch_unwind(|| parallel_for(64, |i| assert!(i != 13, "unlucky")));
        assert!(caught.is_err());
        let count = AtomicUsize::new(0);
        parallel_for(64, |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.load(Ordering::Relaxed), 64);
    }
}
