//! Distances between all rows of two matrices, and between the rows of one.

use crate::apply::apply;
use crate::tensor::{Arg, Cx, Grads, Needs, Op, Saves, Shape, Spec, Specs, broadcast_shapes};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::distance::{Metric, distances};

/// x1 [B, P, M] and x2 [B, R, M] to [B, P, R].
struct Distances {
    p: f64,
}

impl Op for Distances {
    fn name(&self) -> &'static str {
        "cdist"
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (a, b) = (inputs[0], inputs[1]);
        Ok(smallvec::smallvec![Spec::new(&[a.shape()[0], a.shape()[1], b.shape()[1]][..], a.dtype())])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let (a, b, metric) = (inputs[0], inputs[1], Metric::of(self.p));
        let shape = [a.shape()[0], a.shape()[1], b.shape()[1], a.shape()[2]];
        match a.dtype {
            DType::F32 => distances::<f32>(a.slice()?, b.slice()?, shape, metric, outputs[0].slice_mut()?),
            DType::F64 => distances::<f64>(a.slice()?, b.slice()?, shape, metric, outputs[0].slice_mut()?),
            other => bail!(NotImplemented, "\"cdist\" not implemented for '{}'", other.name()),
        }
        Ok(())
    }
    fn decompose(&self, inputs: &[&Tensor]) -> Option<Result<Vec<Tensor>>> {
        let run = || {
            let apart = inputs[0].unsqueeze(2)?.sub(&inputs[1].unsqueeze(1)?)?;
            Ok(vec![apart.norm_dim(self.p, -1, false)?])
        };
        Some(run())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUTS
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        cx.vjp_by_decompose(self, 2, grads)
    }
}

/// The p-norms of the differences between the rows of `x1` [.., P, M] and those of `x2` [.., R, M]: [.., P, R].
#[function(method = false, sig = "x1, x2, p=2.0, compute_mode=None", samples = ["T(3,4), T(2,4)", "T(2,3,4), T(2,4), 1.0"])]
pub fn cdist(x1: &Tensor, x2: &Tensor, p: f64, compute_mode: Option<&str>) -> Result<Tensor> {
    let known = ["use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"];
    if let Some(mode) = compute_mode.filter(|m| !known.contains(m)) {
        bail!(Value, "{mode} is not a valid value for compute_mode");
    }
    if x1.dim() < 2 || x2.dim() < 2 {
        bail!("cdist only supports at least 2D tensors, X1 got: {}D and X2 got: {}D", x1.dim(), x2.dim());
    }
    for x in [x1, x2] {
        if !matches!(x.dtype(), DType::F32 | DType::F64) || x.dtype() != x1.dtype() {
            bail!(
                "cdist only supports floating-point dtypes, and two of one kind: got {} and {}",
                x1.dtype().name(),
                x2.dtype().name()
            );
        }
    }
    let (a, b) = (x1.shape(), x2.shape());
    if a[a.len() - 1] != b[b.len() - 1] {
        bail!("X1 and X2 must have the same number of columns. X1: {} X2: {}", a[a.len() - 1], b[b.len() - 1]);
    }
    if p < 0.0 {
        bail!("cdist only supports non-negative p values");
    }
    let batch = broadcast_shapes(&a[..a.len() - 2], &b[..b.len() - 2]).map_err(|e| e.context("cdist"))?;
    let count: usize = batch.iter().product();
    let (rows, others, width) = (a[a.len() - 2], b[b.len() - 2], a[a.len() - 1]);
    let flat = |x: &Tensor, n: usize| {
        let shape: Shape = batch.iter().copied().chain([n, width]).collect();
        crate::ops::view::reshape_to(&crate::ops::view::expand_to(x, &shape)?, &[count, n, width])?.contiguous()
    };
    let result = apply(Distances { p }, &[&flat(x1, rows)?, &flat(x2, others)?])?;
    let shape: Shape = batch.iter().copied().chain([rows, others]).collect();
    crate::ops::view::reshape_to(&result, &shape)
}

/// The p-norms of the differences between all pairs of rows, in the order of the upper triangle.
#[function(torch = "nn.functional.pdist", method = false, sig = "input, p=2.0", samples = ["T(4,3)", "T(4,3), 1.0"])]
pub fn pdist(input: &Tensor, p: f64) -> Result<Tensor> {
    if input.dim() != 2 {
        bail!("pdist only supports 2D tensors, got: {}D", input.dim());
    }
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        bail!("pdist only supports floating-point dtypes");
    }
    if p < 0.0 {
        bail!("pdist only supports non-negative p values");
    }
    let n = input.shape()[0];
    let (left, right): (Vec<i64>, Vec<i64>) =
        (0..n as i64).flat_map(|i| (i + 1..n as i64).map(move |j| (i, j))).unzip();
    let pick = |rows: Vec<i64>| {
        let count = rows.len();
        input.index_select(0, &Tensor::from_vec(rows, &[count])?)
    };
    pick(left)?.sub(&pick(right)?)?.norm_dim(p, -1, false)
}
