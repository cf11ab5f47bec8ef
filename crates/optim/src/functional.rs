//! One step of an optimizer on tensors that somebody else keeps, as `torch.optim._functional` has them: the optimizers here
//! and those of the Python package end in these.

use crate::group::{self, for_dtype};
use flambeau_core::storage::bridge;
use flambeau_core::{Arg, Result, Tensor, bail};
use flambeau_kernels::optim::{self as kernels, AdamSlices, SgdSlices};
pub use flambeau_kernels::optim::{Adam as AdamSettings, Sgd as SgdSettings};

/// What one parameter's step of Adam reads and writes. All have the parameter's shape and dtype.
pub struct AdamTensors {
    /// The parameter.
    pub param: Tensor,
    /// Its gradient.
    pub grad: Tensor,
    /// The running mean of the gradients.
    pub exp_avg: Tensor,
    /// The running mean of their squares.
    pub exp_avg_sq: Tensor,
    /// The largest `exp_avg_sq` so far, for AMSGrad.
    pub max_exp_avg_sq: Option<Tensor>,
    /// The number of this step, from 1.
    pub step: f64,
}

/// What one parameter's step of SGD reads and writes. All have the parameter's shape and dtype.
pub struct SgdTensors {
    /// The parameter.
    pub param: Tensor,
    /// Its gradient.
    pub grad: Tensor,
    /// The momentum buffer, if there is momentum.
    pub momentum: Option<Tensor>,
    /// The buffer holds nothing yet: it becomes the gradient.
    pub first: bool,
}

/// Refuses state that does not fit its parameter.
fn check(name: &str, param: &Tensor, states: &[&Tensor]) -> Result<()> {
    for s in states {
        if s.shape() != param.shape() || s.dtype() != param.dtype() {
            bail!(
                "{name}: a parameter of shape {:?} and dtype {} has state of shape {:?} and dtype {}; both must agree",
                param.shape(),
                param.dtype().name(),
                s.shape(),
                s.dtype().name()
            );
        }
    }
    Ok(())
}

/// The tensors as the kernels want them: dense, with the copies that have to be taken back.
#[derive(Default)]
struct Dense {
    written: Vec<Tensor>,
    copies: Vec<(Tensor, Tensor)>,
}

impl Dense {
    fn push(&mut self, t: &Tensor) -> Result<()> {
        let (dense, copied) = group::dense(t)?;
        if copied {
            self.copies.push((t.clone(), dense.clone()));
        }
        self.written.push(dense);
        Ok(())
    }

    fn take_back(self) -> Result<()> {
        self.copies.iter().try_for_each(|(to, from)| to.copy_(from).map(|_| ()))
    }
}

/// One step of Adam, or of AdamW where the settings say so, on every parameter of the list.
pub fn adam(name: &'static str, list: &[AdamTensors], settings: &AdamSettings) -> Result<()> {
    for dtype in group::dtypes(list.iter().map(|t| &t.param)) {
        let mine: Vec<&AdamTensors> = list.iter().filter(|t| t.param.dtype() == dtype).collect();
        let amsgrad = mine.iter().any(|t| t.max_exp_avg_sq.is_some());
        let per = if amsgrad { 4 } else { 3 };
        let mut dense = Dense { written: Vec::with_capacity(per * mine.len()), copies: vec![] };
        for t in &mine {
            check(name, &t.param, &[&t.grad, &t.exp_avg, &t.exp_avg_sq])?;
            for written in [&t.param, &t.exp_avg, &t.exp_avg_sq] {
                dense.push(written)?;
            }
            if amsgrad {
                let Some(max) = &t.max_exp_avg_sq else {
                    bail!("{name}: some parameters have max_exp_avg_sq and some not")
                };
                check(name, &t.param, &[max])?;
                dense.push(max)?;
            }
        }
        let grads: Vec<Tensor> = mine.iter().map(|t| t.grad.contiguous()).collect::<Result<_>>()?;
        let (written, read): (Vec<&Tensor>, Vec<&Tensor>) = (dense.written.iter().collect(), grads.iter().collect());
        bridge::update(name, &written, &read, |w, r| {
            for_dtype!(name, dtype, T => {
                let mut slices: Vec<AdamSlices<T>> = Vec::with_capacity(r.len());
                for ((w, grad), t) in w.chunks(per).zip(r).zip(&mine) {
                    slices.push(AdamSlices {
                        param: w[0].slice_mut()?,
                        grad: grad.slice()?,
                        exp_avg: w[1].slice_mut()?,
                        exp_avg_sq: w[2].slice_mut()?,
                        max_exp_avg_sq: w.get(3).map(Arg::slice_mut).transpose()?,
                        step: t.step,
                    });
                }
                kernels::adam::<T>(&mut slices, settings);
            });
            Ok(())
        })?;
        dense.take_back()?;
    }
    Ok(())
}

/// One step of SGD on every parameter of the list.
pub fn sgd(name: &'static str, list: &[SgdTensors], settings: &SgdSettings) -> Result<()> {
    for dtype in group::dtypes(list.iter().map(|t| &t.param)) {
        let mine: Vec<&SgdTensors> = list.iter().filter(|t| t.param.dtype() == dtype).collect();
        let mut dense = Dense::default();
        for t in &mine {
            check(name, &t.param, &[&t.grad])?;
            dense.push(&t.param)?;
        }
        for buffer in mine.iter().filter_map(|t| t.momentum.as_ref()) {
            dense.push(buffer)?;
        }
        let n = mine.len();
        if dense.written.len() != n && dense.written.len() != 2 * n {
            bail!("{name}: some parameters have a momentum buffer and some not");
        }
        let grads: Vec<Tensor> = mine.iter().map(|t| t.grad.contiguous()).collect::<Result<_>>()?;
        let (written, read): (Vec<&Tensor>, Vec<&Tensor>) = (dense.written.iter().collect(), grads.iter().collect());
        bridge::update(name, &written, &read, |w, r| {
            for_dtype!(name, dtype, T => {
                let mut slices: Vec<SgdSlices<T>> = Vec::with_capacity(n);
                for (i, t) in mine.iter().enumerate() {
                    slices.push(SgdSlices {
                        param: w[i].slice_mut()?,
                        grad: r[i].slice()?,
                        momentum: w.get(n + i).map(|b| b.slice_mut()).transpose()?,
                        first: t.first,
                    });
                }
                kernels::sgd::<T>(&mut slices, settings);
            });
            Ok(())
        })?;
        dense.take_back()?;
    }
    Ok(())
}
