//! How a caller and the workers share a job: who sees it, who waits for whom, and when it is over. What is shared are a few
//! atomics; `conformance/interleavings` runs this file through every order in which their changes can be seen.

use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex, hint, thread};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs of neighbouring chunks that a job is cut into at most; each has a counter of its own.
const SECTIONS: usize = 16;

/// The next chunk of a section to be claimed, on a cache line of its own.
#[repr(align(64))]
struct Next(AtomicUsize);

/// Chunks that are claimed one by one. Each thread begins with a section of its own, so that it walks through memory in
/// one go (two threads that take turns there read it at half the speed) and finds in its cache what it wrote in the job
/// before; then it helps with the others'.
pub(crate) struct Job<'a> {
    body: &'a (dyn Fn(usize) + Sync),
    chunks: usize,
    /// How many workers may help: there can be more workers than `set_num_threads` allows.
    helpers: usize,
    sections: usize,
    next: [Next; SECTIONS],
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl<'a> Job<'a> {
    fn new(chunks: usize, helpers: usize, body: &'a (dyn Fn(usize) + Sync)) -> Job<'a> {
        let sections = (helpers + 1).min(chunks).clamp(1, SECTIONS);
        let next =
            std::array::from_fn(|i| Next(AtomicUsize::new(if i < sections { start(chunks, sections, i) } else { 0 })));
        Job { body, chunks, helpers, sections, next, panic: Mutex::new(None) }
    }

    /// Works along: `place` 0 is the caller's, the others are the workers'.
    fn work(&self, place: usize) {
        for i in 0..self.sections {
            let section = (place + i) % self.sections;
            let end = start(self.chunks, self.sections, section + 1);
            loop {
                let chunk = self.next[section].0.fetch_add(1, Ordering::Relaxed);
                if chunk >= end {
                    break;
                }
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.body)(chunk))) {
                    self.stop(panic);
                    return;
                }
            }
        }
    }

    /// Leaves what is not yet claimed undone.
    fn stop(&self, panic: Box<dyn Any + Send>) {
        for next in &self.next[..self.sections] {
            next.0.store(self.chunks, Ordering::Relaxed);
        }
        if let Ok(mut first) = self.panic.lock() {
            first.get_or_insert(panic);
        }
    }
}

/// The first chunk of a section.
fn start(chunks: usize, sections: usize, section: usize) -> usize {
    chunks / sections * section + (chunks % sections).min(section)
}

/// One job at a time, offered to all workers.
pub(crate) struct Team {
    pub(crate) job: AtomicPtr<Job<'static>>,
    /// The number of jobs offered so far.
    pub(crate) epoch: AtomicU64,
    /// The workers that may be looking at the job.
    pub(crate) active: AtomicUsize,
    pub(crate) sleepers: AtomicUsize,
    pub(crate) submitting: AtomicBool,
    pub(crate) door: Mutex<()>,
    pub(crate) wake: Condvar,
    /// Rounds of spinning before a worker sleeps.
    pub(crate) spin: u32,
}

/// A team at rest. (A macro: a constant here, and none where the atomics are loom's.)
macro_rules! team {
    ($spin:expr) => {
        Team {
            job: $crate::sync::atomic::AtomicPtr::new(std::ptr::null_mut()),
            epoch: $crate::sync::atomic::AtomicU64::new(0),
            active: $crate::sync::atomic::AtomicUsize::new(0),
            sleepers: $crate::sync::atomic::AtomicUsize::new(0),
            submitting: $crate::sync::atomic::AtomicBool::new(false),
            door: $crate::sync::Mutex::new(()),
            wake: $crate::sync::Condvar::new(),
            spin: $spin,
        }
    };
}
pub(crate) use team;

impl Team {
    /// The turn of a worker (they are numbered from 1): waits for a job later than `seen` and helps with it. False if the
    /// team is broken.
    pub(crate) fn turn(&self, place: usize, seen: &mut u64) -> bool {
        if !self.wait(seen) {
            return false;
        }
        self.active.fetch_add(1, Ordering::AcqRel);
        let job = self.job.load(Ordering::Acquire);
        if !job.is_null() {
            // SAFETY: `run` takes `job` away before it asks who is active, and lets the job go only when nobody is. Both
            // ask and answer are changes of `active`, so one comes first: if ours did, `run` waits for us; if `run`'s did,
            // we see what it did before, and the job is null.
            let job = unsafe { &*job };
            if place <= job.helpers {
                job.work(place);
            }
        }
        self.active.fetch_sub(1, Ordering::Release);
        true
    }

    fn wait(&self, seen: &mut u64) -> bool {
        let news = |seen: &mut u64| {
            let epoch = self.epoch.load(Ordering::Acquire);
            std::mem::replace(seen, epoch) != epoch
        };
        for _ in 0..self.spin {
            if news(seen) {
                return true;
            }
            hint::spin_loop();
        }
        let Ok(mut guard) = self.door.lock() else { return false };
        self.sleepers.fetch_add(1, Ordering::AcqRel);
        while !news(seen) {
            guard = match self.wake.wait(guard) {
                Ok(guard) => guard,
                Err(_) => return false,
            };
        }
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        true
    }

    /// Calls `body` with each of `0..chunks`, together with at most `helpers` workers; `false`, and nothing done, while
    /// another caller's job runs.
    pub(crate) fn run(&self, chunks: usize, helpers: usize, body: &(dyn Fn(usize) + Sync)) -> bool {
        if self.submitting.swap(true, Ordering::Acquire) {
            return false;
        }
        let job = Job::new(chunks, helpers, body);
        self.job.store((&raw const job).cast_mut().cast(), Ordering::Release);
        self.epoch.fetch_add(1, Ordering::Release);
        // Changes of `sleepers` have an order too: a worker that is not seen here sees the new epoch before it sleeps.
        if self.sleepers.fetch_add(0, Ordering::AcqRel) > 0 {
            // The lock makes a worker either see the new epoch before it waits, or be waiting when notified.
            drop(self.door.lock());
            self.wake.notify_all();
        }
        job.work(0);
        self.job.store(std::ptr::null_mut(), Ordering::Release);
        let mut active = self.active.fetch_add(0, Ordering::AcqRel);
        let mut spins = 0u32;
        while active != 0 {
            spins += 1;
            if spins.is_multiple_of(4096) {
                thread::yield_now()
            } else {
                hint::spin_loop()
            }
            active = self.active.load(Ordering::Acquire);
        }
        self.submitting.store(false, Ordering::Release);
        let panic = job.panic.lock().ok().and_then(|mut first| first.take());
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        true
    }
}
