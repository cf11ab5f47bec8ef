//! PyTorch's random generators: the default one, and one's own.

use crate::tensor::lock;
use crate::{Result, err};
use flambeau_kernels::rng;
use std::cell::RefCell;
use std::sync::{Arc, LazyLock, Mutex};

/// A generator. Cloning shares it.
#[derive(Clone)]
pub struct Generator(Arc<Mutex<rng::Generator>>);

/// The seed of generators that nobody seeded, PyTorch's.
const DEFAULT_SEED: u64 = 67280421310721;

static DEFAULT: LazyLock<Generator> = LazyLock::new(|| Generator::new(DEFAULT_SEED));

thread_local! {
    static OF_THREAD: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Generator(initial_seed={})", self.initial_seed())
    }
}

impl Default for Generator {
    fn default() -> Generator {
        Generator::new(DEFAULT_SEED)
    }
}

impl Generator {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Generator {
        Generator(Arc::new(Mutex::new(rng::Generator::new(seed))))
    }

    /// Starts again from `seed`.
    pub fn manual_seed(&self, seed: u64) {
        lock(&self.0).set_seed(seed);
    }

    /// The seed that it started from.
    pub fn initial_seed(&self) -> u64 {
        lock(&self.0).seed()
    }

    /// Its state, as the bytes that `torch.Generator.get_state` gives.
    pub fn get_state(&self) -> Vec<u8> {
        lock(&self.0).state()
    }

    /// Goes on from a state that `get_state`, here or in PyTorch, gave.
    pub fn set_state(&self, state: &[u8]) -> Result<()> {
        lock(&self.0).set_state(state).map_err(|e| err!("set_state: {e:?}; pass the bytes that get_state gave"))
    }

    /// A 64-bit draw.
    pub fn random64(&self) -> u64 {
        lock(&self.0).random64()
    }

    /// 0, 1, …, n − 1 in random order, drawn as `randperm` draws.
    pub fn permutation(&self, n: usize) -> Vec<i64> {
        let mut out = vec![0; n];
        self.with(|g| rng::randperm(g, &mut out));
        out
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut rng::Generator) -> R) -> R {
        f(&mut lock(&self.0))
    }
}

/// The generator that is used where none is given: the program's, unless this thread has one of its own.
pub fn default_generator() -> Generator {
    OF_THREAD.with_borrow(|own| own.as_ref().unwrap_or(&DEFAULT).clone())
}

/// The generator, or the default one.
pub fn or_default(generator: Option<&Generator>) -> Generator {
    generator.cloned().unwrap_or_else(default_generator)
}

/// Gives this thread a default generator of its own, so that its numbers do not depend on what other threads draw; `None` puts
/// it back to the program's.
pub fn set_thread_generator(generator: Option<Generator>) {
    OF_THREAD.set(generator);
}

/// Seeds the default generator.
pub fn manual_seed(seed: u64) {
    default_generator().manual_seed(seed);
}

/// The default generator's state.
pub fn default_generator_state() -> Result<Vec<u8>> {
    Ok(default_generator().get_state())
}

/// Sets the default generator's state.
pub fn set_default_generator_state(state: &[u8]) -> Result<()> {
    default_generator().set_state(state)
}
