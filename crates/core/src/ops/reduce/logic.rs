//! Whether all, or any, elements are true.

use super::*;
use crate::function;
use flambeau_kernels::reduce::{self as kernels, Max, Min};

#[derive(Clone, Copy)]
struct Truth<const ANY: bool>;

impl<const ANY: bool> kernels::NumReduce for Truth<ANY> {
    #[inline(always)]
    fn init<X: flambeau_kernels::lane::Num>(&self) -> X {
        if ANY { kernels::NumReduce::init(&Max) } else { kernels::NumReduce::init(&Min) }
    }
    #[inline(always)]
    fn step<X: flambeau_kernels::lane::Num>(&self, acc: X, x: X) -> X {
        if ANY { kernels::NumReduce::step(&Max, acc, x) } else { kernels::NumReduce::step(&Min, acc, x) }
    }
}

impl<const ANY: bool> Reduction for Truth<ANY> {
    const NAME: &'static str = if ANY { "any" } else { "all" };
    fn kernel() -> &'static ReduceKernel {
        kernels::num::<Truth<ANY>>()
    }
    fn differentiable(&self) -> bool {
        false
    }
    fn vjp(&self, v: &Vjp, _: &Tensor) -> Result<Tensor> {
        bail!("{} has no derivative ({:?})", Self::NAME, v.shape())
    }
}

fn truth<const ANY: bool>(input: &Tensor, dim: Dims, keepdim: bool) -> Result<Tensor> {
    let input = input.detach();
    // uint8 is answered in uint8, as PyTorch does for history's sake.
    let out = if input.dtype() == DType::U8 { DType::U8 } else { DType::Bool };
    let bools = if input.dtype() == DType::Bool { input } else { input.ne(0)? };
    reduce(Truth::<ANY>, &bools, dim, keepdim, DType::Bool, out)
}

/// Whether all elements over `dim` are true (not zero).
#[function(dtypes = "all", grad = false, sig = "input, dim=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,1], True", "T(0)", "T()"])]
pub fn all(input: &Tensor, dim: impl Into<Dims>, keepdim: bool) -> Result<Tensor> {
    truth::<false>(input, dim.into(), keepdim)
}

/// Whether any element over `dim` is true (not zero).
#[function(dtypes = "all", grad = false, sig = "input, dim=None, keepdim=False", samples = ["T(3,4)", "T(3,4), 1", "T(2,3,4), [0,1], True", "T(0)", "T()"])]
pub fn any(input: &Tensor, dim: impl Into<Dims>, keepdim: bool) -> Result<Tensor> {
    truth::<true>(input, dim.into(), keepdim)
}

impl Tensor {
    /// Whether any element at all is true.
    pub fn any_all(&self) -> Result<Tensor> {
        any(self, (), false)
    }
}
