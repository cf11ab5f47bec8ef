//! The thread pool: one job at a time, its chunks claimed by atomic counters, the caller working too.
//! Workers spin for a moment after a job, then sleep; a caller never waits for one that has not woken up. A job started
//! from inside a job, or while another thread's job runs, is done by its caller alone. How work is cut never depends on
//! the number of threads, so results do not either.

mod team;

use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use team::Team;

static TEAM: Team = team::team!(SPIN);

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Rounds of spinning before a worker sleeps: 160 µs where a pause takes 27 ns (Zen 3), so that between two products of a
/// model that Python runs it does not.
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

fn worker(place: usize) {
    INSIDE.set(true);
    let mut seen = 0;
    while TEAM.turn(place, &mut seen) {}
}

/// The threads that there are, callers of jobs counted as one.
static STARTED: AtomicUsize = AtomicUsize::new(1);

/// Starts the workers that are missing for `threads` threads. A thread that cannot be started is done without.
#[cold]
fn start_workers(threads: usize) {
    static WORKERS: Mutex<usize> = Mutex::new(0);
    if let Ok(mut started) = WORKERS.lock() {
        while *started + 1 < threads {
            let place = *started + 1;
            let builder = std::thread::Builder::new().name(format!("flambeau-{place}"));
            if builder.spawn(move || worker(place)).is_err() {
                break;
            }
            *started += 1;
        }
        STARTED.store((*started + 1).max(threads), Ordering::Relaxed);
    }
}

/// Calls `body(0)`, …, `body(chunks - 1)`, each once, spread over the pool; returns when all are done. A panic in `body`
/// is passed on to the caller after the others have stopped.
pub fn parallel_for(chunks: usize, body: impl Fn(usize) + Sync) {
    for_each(chunks, &body);
}

/// Compiled once, not for each body.
fn for_each(chunks: usize, body: &(dyn Fn(usize) + Sync)) {
    let threads = num_threads();
    if chunks > 1 && threads > 1 && !INSIDE.get() {
        if STARTED.load(Ordering::Relaxed) < threads {
            start_workers(threads);
        }
        let inside = Inside::enter();
        if TEAM.run(chunks, threads - 1, body) {
            return;
        }
        drop(inside);
    }
    (0..chunks).for_each(body);
}

/// As long as it lives, this thread works at a job.
struct Inside;

impl Inside {
    fn enter() -> Inside {
        INSIDE.set(true);
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

/// Cuts `0..len` into pieces of `grain` (the last may be shorter) and runs them on the pool. Borders depend on `len`
/// and `grain` alone.
pub fn parallel_chunks(len: usize, grain: usize, body: impl Fn(Range<usize>) + Sync) {
    for_each_range(len, grain.max(1), &body);
}

fn for_each_range(len: usize, grain: usize, body: &(dyn Fn(Range<usize>) + Sync)) {
    if len > grain {
        for_each(len.div_ceil(grain), &|i| body(i * grain..((i + 1) * grain).min(len)));
    } else if len > 0 {
        body(0..len);
    }
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
    use std::panic::catch_unwind;

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
