//! The files in which threads meet, compiled against loom's atomics instead of the standard library's. Each function here
//! is a small program over them; loom runs it through every order in which its threads' steps can be seen, and fails where
//! one of them reads or writes a cell that another may be writing, or where threads wait for each other forever.

#[path = "../../../crates/core/src/storage/borrow.rs"]
mod borrow;
#[path = "../../../crates/core/src/storage/lock.rs"]
mod lock;
#[path = "../../../crates/core/src/storage/shared.rs"]
mod shared;
#[path = "../../../crates/kernels/src/pool/team.rs"]
mod team;

mod sync {
    pub(crate) use loom::sync::{Condvar, Mutex, atomic};
    pub(crate) use loom::{hint, thread};
}

use borrow::Borrow;
use lock::Lock;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use shared::Shared;
use sync::atomic::{AtomicUsize, Ordering};
use team::{Team, team};

/// A cell that loom watches: two accesses of which one writes, and neither comes before the other, fail.
struct Watched(UnsafeCell<usize>);

// SAFETY: loom reports every conflicting access; that is what the cell is for.
unsafe impl Sync for Watched {}
// SAFETY: as above.
unsafe impl Send for Watched {}

impl Watched {
    fn new(value: usize) -> Watched {
        Watched(UnsafeCell::new(value))
    }

    fn get(&self) -> usize {
        // SAFETY: loom checks that nobody writes meanwhile.
        self.0.with(|p| unsafe { *p })
    }

    fn add(&self, n: usize) {
        // SAFETY: loom checks that nobody else is here meanwhile.
        self.0.with_mut(|p| unsafe { *p += n });
    }
}

/// Runs the program in every order with at most four moments at which a thread is interrupted where it need not be; more
/// find nothing further in practice and take hours.
fn check(program: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(4);
    model.check(program);
}

/// A caller and one worker share `jobs` jobs of two chunks: each chunk is run once, the caller sees what the worker wrote,
/// and a worker that sleeps is woken. Chunks read what lies on the caller's stack, which is gone after the job.
pub fn a_job_is_shared_and_over_when_run_returns(jobs: u64, spin: u32) {
    check(move || {
        let team = Arc::new(team!(spin));
        let worker = {
            let team = team.clone();
            thread::spawn(move || {
                let mut seen = 0;
                while seen < jobs {
                    assert!(team.turn(1, &mut seen));
                }
            })
        };
        for _ in 0..jobs {
            let cells = [Watched::new(0), Watched::new(0)];
            assert!(team.run(2, 1, &|i| cells[i].add(1)));
            assert_eq!([cells[0].get(), cells[1].get()], [1, 1]);
        }
        assert!(worker.join().is_ok());
    });
}

/// Two callers at once: one's job is refused or they come one after the other; what was accepted is done.
pub fn callers_do_not_mix() {
    check(|| {
        let team = Arc::new(team!(0));
        let submit = |team: &Team| {
            let cells = [Watched::new(0), Watched::new(0)];
            let accepted = team.run(2, 1, &|i| cells[i].add(1));
            assert_eq!(cells[0].get() + cells[1].get(), if accepted { 2 } else { 0 });
            accepted
        };
        let other = {
            let team = team.clone();
            thread::spawn(move || submit(&team))
        };
        let mine = submit(&team);
        let theirs = other.join().expect("the other caller");
        assert!(mine || theirs);
    });
}

/// Readers and a writer of one storage: whoever is let in is alone with his kind, and sees what the writer before him wrote.
pub fn a_borrow_keeps_readers_and_writers_apart(readers: usize, writers: usize) {
    check(move || {
        let storage = Arc::new((Borrow::new(), Watched::new(0)));
        let read = |(borrow, bytes): &(Borrow, Watched)| {
            if borrow.read() {
                bytes.get();
                borrow.end_read();
            }
            0
        };
        let write = |(borrow, bytes): &(Borrow, Watched)| {
            let accepted = borrow.write();
            if accepted {
                bytes.add(1);
                borrow.end_write();
            }
            usize::from(accepted)
        };
        let threads: Vec<_> = (0..readers + writers)
            .map(|i| {
                let storage = storage.clone();
                thread::spawn(move || if i < readers { read(&storage) } else { write(&storage) })
            })
            .collect();
        let written: usize = threads.into_iter().map(|t| t.join().expect("a thread")).sum();
        // Everybody has left: the next one is let in.
        assert!(storage.0.write());
        assert_eq!(storage.1.get(), written);
    });
}

/// Threads that take a lock take turns.
pub fn a_lock_lets_one_in() {
    check(|| {
        let lock = Arc::new(Lock::new(Watched::new(0)));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || lock.lock().add(1))
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().expect("a thread"));
        let mut lock = Arc::try_unwrap(lock).unwrap_or_else(|_| unreachable!("the threads are gone"));
        assert_eq!(lock.get_mut().get(), 2);
    });
}

/// A counted value is dropped once, by its last owner, after everything that the others did with it.
pub fn the_last_owner_drops() {
    struct Tell(Watched, Arc<AtomicUsize>);
    impl Drop for Tell {
        fn drop(&mut self) {
            // A write: loom fails if another owner's read is not over.
            self.0.add(1);
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    check(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let shared = Shared::new(Tell(Watched::new(0), drops.clone()));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let mine = shared.clone();
                thread::spawn(move || {
                    mine.0.get();
                    drop(mine);
                })
            })
            .collect();
        drop(shared);
        threads.into_iter().for_each(|t| t.join().expect("a thread"));
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

/// Whoever finds himself the only owner may write: nobody else is reading any more.
pub fn the_only_owner_may_write() {
    check(|| {
        let mut shared = Shared::new(Watched::new(0));
        let other = shared.clone();
        assert!(shared.same(&other) && shared.address() == other.address());
        let reader = thread::spawn(move || {
            other.get();
            drop(other);
        });
        if let Some(value) = shared.get_mut() {
            value.add(1);
        }
        assert!(reader.join().is_ok());
    });
}
