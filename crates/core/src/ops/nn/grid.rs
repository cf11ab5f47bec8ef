//! Images sampled at the points of a grid, and the grids of affine maps.

use crate::{DType, Result, Tensor, bail, function};

/// What a sampling is besides its tensors.
#[derive(Clone, Copy)]
struct Sampling<'a> {
    mode: &'a str,
    padding: &'a str,
    align: bool,
}

impl Sampling<'_> {
    /// From [−1, 1] to pixels.
    fn pixels(&self, x: &Tensor, size: usize) -> Result<Tensor> {
        let n = size as f64;
        if self.align { x.add(1.0)?.mul((n - 1.0) / 2.0) } else { x.add(1.0)?.mul(n)?.sub(1.0)?.div(2.0) }
    }

    /// What lies outside, brought inside by the padding.
    fn inside(&self, x: &Tensor, size: usize) -> Result<Tensor> {
        let last = size as f64 - 1.0;
        match self.padding {
            "border" => x.clamp_min(0.0)?.clamp_max(last),
            "reflection" => {
                let (low, span) = if self.align { (0.0, last) } else { (-0.5, size as f64) };
                if span <= 0.0 {
                    return x.zeros_like();
                }
                let from = x.sub(low)?.abs()?;
                let flips = from.detach().div(span)?.floor()?;
                let extra = from.sub(&flips.mul(span)?)?;
                let odd = flips.remainder(2.0)?.ne(0.0)?;
                odd.where_(&extra.neg()?.add(span + low)?, &extra.add(low)?)?.clamp_min(0.0)?.clamp_max(last)
            }
            _ => Ok(x.clone()),
        }
    }
}

/// The pixels of images [N, C, P…] at whole coordinates (outermost dimension first), zero outside: [N, C, points].
fn fetch(flat: &Tensor, sizes: &[usize], at: &[Tensor]) -> Result<Tensor> {
    let mut place: Option<Tensor> = None;
    let mut valid: Option<Tensor> = None;
    for (x, n) in at.iter().zip(sizes) {
        let x = x.detach();
        let ok = x.ge(0.0)?.logical_and(&x.le(*n as f64 - 1.0)?)?;
        let whole = ok.where_(&x, 0.0)?.to_dtype(DType::I64)?;
        place = Some(match place {
            Some(p) => p.mul(*n as i64)?.add(&whole)?,
            None => whole,
        });
        valid = Some(match valid {
            Some(v) => v.logical_and(&ok)?,
            None => ok,
        });
    }
    let (Some(place), Some(valid)) = (place, valid) else { bail!("grid_sampler: no coordinates") };
    let shape = [flat.shape()[0], flat.shape()[1], place.shape()[1]];
    let index = crate::ops::view::expand_to(&place.unsqueeze(1)?, &shape)?;
    flat.gather(2, &index)?.masked_fill(&valid.logical_not()?.unsqueeze(1)?, 0.0)
}

fn sample(input: &Tensor, grid: &Tensor, s: Sampling) -> Result<Tensor> {
    let rank = input.dim() - 2;
    let (sizes, n, c) = (&input.shape()[2..], input.shape()[0], input.shape()[1]);
    let points: usize = grid.shape()[1..grid.dim() - 1].iter().product();
    let area: usize = sizes.iter().product();
    let flat = crate::ops::view::reshape_to(input, &[n, c, area])?;
    let grid_flat = crate::ops::view::reshape_to(grid, &[n, points, rank])?;
    // The grid's last number is for the outermost dimension.
    let raw = (0..rank)
        .map(|d| s.pixels(&grid_flat.select(2, (rank - 1 - d) as i64)?, sizes[d]))
        .collect::<Result<Vec<_>>>()?;
    let out = match s.mode {
        "nearest" => {
            let at = raw.iter().zip(sizes).map(|(x, n)| s.inside(x, *n)?.round(0)).collect::<Result<Vec<_>>>()?;
            let picked = fetch(&flat, sizes, &at)?;
            // The grid has a gradient, which is zero everywhere.
            picked.add(
                &grid_flat.sum(2, false, None)?.mul(0.0)?.nan_to_num(Some(0.0), Some(0.0), Some(0.0))?.unsqueeze(1)?,
            )?
        }
        "bilinear" => {
            let at = raw.iter().zip(sizes).map(|(x, n)| s.inside(x, *n)).collect::<Result<Vec<_>>>()?;
            let low = at.iter().map(|x| x.detach().floor()).collect::<Result<Vec<_>>>()?;
            let share = at.iter().zip(&low).map(|(x, l)| x.sub(l)).collect::<Result<Vec<_>>>()?;
            let mut sum: Option<Tensor> = None;
            for corner in 0..1usize << rank {
                let upper = |d: usize| corner >> (rank - 1 - d) & 1 == 1;
                let (mut weight, mut place): (Option<Tensor>, Vec<Tensor>) = (None, Vec::new());
                for d in 0..rank {
                    let w = if upper(d) { share[d].clone() } else { share[d].neg()?.add(1.0)? };
                    place.push(if upper(d) { low[d].add(1.0)? } else { low[d].clone() });
                    weight = Some(match weight {
                        Some(all) => all.mul(&w)?,
                        None => w,
                    });
                }
                let Some(weight) = weight else { continue };
                let part = fetch(&flat, sizes, &place)?.mul(&weight.unsqueeze(1)?)?;
                sum = Some(match sum {
                    Some(sum) => sum.add(&part)?,
                    None => part,
                });
            }
            sum.ok_or_else(|| crate::err!("grid_sampler: no corners"))?
        }
        _ => {
            let low = raw.iter().map(|x| x.detach().floor()).collect::<Result<Vec<_>>>()?;
            let weights = raw.iter().zip(&low).map(|(x, l)| cubic(&x.sub(l)?)).collect::<Result<Vec<_>>>()?;
            let mut sum: Option<Tensor> = None;
            for tap in 0..4usize.pow(rank as u32) {
                let (mut weight, mut place): (Option<Tensor>, Vec<Tensor>) = (None, Vec::new());
                for d in 0..rank {
                    let i = tap / 4usize.pow((rank - 1 - d) as u32) % 4;
                    place.push(s.inside(&low[d].add(i as f64 - 1.0)?, sizes[d])?);
                    weight = Some(match weight {
                        Some(all) => all.mul(&weights[d][i])?,
                        None => weights[d][i].clone(),
                    });
                }
                let Some(weight) = weight else { continue };
                let part = fetch(&flat, sizes, &place)?.mul(&weight.unsqueeze(1)?)?;
                sum = Some(match sum {
                    Some(sum) => sum.add(&part)?,
                    None => part,
                });
            }
            sum.ok_or_else(|| crate::err!("grid_sampler: no points"))?
        }
    };
    let shape: Vec<usize> = [n, c].into_iter().chain(grid.shape()[1..grid.dim() - 1].iter().copied()).collect();
    crate::ops::view::reshape_to(&out, &shape)
}

/// Keys' cubic weights of the four pixels around.
fn cubic(t: &Tensor) -> Result<[Tensor; 4]> {
    const A: f64 = -0.75;
    let near = |x: &Tensor| x.mul(A + 2.0)?.sub(A + 3.0)?.mul(x)?.mul(x)?.add(1.0);
    let far = |x: &Tensor| x.mul(A)?.sub(5.0 * A)?.mul(x)?.add(8.0 * A)?.mul(x)?.sub(4.0 * A);
    let rest = t.neg()?.add(1.0)?;
    Ok([far(&t.add(1.0)?)?, near(t)?, near(&rest)?, far(&rest.add(1.0)?)?])
}

/// `input` [N, C, …] at the points of `grid` [N, …, rank], whose numbers are from −1 to 1, the last dimension's first. Modes:
/// "bilinear", "nearest", "bicubic"; padding: "zeros", "border", "reflection".
#[function(torch = "nn.functional.grid_sample", method = false, sig = "input, grid, mode='bilinear', padding_mode='zeros', align_corners=None", samples = ["T(1,2,3,4), T(1,2,3,2,low=-0.9,high=0.9)", "T(1,2,3,4), T(1,2,3,2,low=-0.9,high=0.9), 'bicubic', 'border', True", "T(1,1,2,3,4), T(1,2,1,2,3,low=-0.9,high=0.9)"])]
pub fn grid_sample(
    input: &Tensor,
    grid: &Tensor,
    mode: &str,
    padding_mode: &str,
    align_corners: Option<bool>,
) -> Result<Tensor> {
    if !matches!(mode, "bilinear" | "nearest" | "bicubic") {
        bail!(
            Value,
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        );
    }
    if !matches!(padding_mode, "zeros" | "border" | "reflection") {
        bail!(
            Value,
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '{padding_mode}'"
        );
    }
    super::check_float("grid_sampler", input)?;
    if input.dtype() != grid.dtype() {
        bail!(
            "grid_sampler(): expected input and grid to have same dtype, but input has {} and grid has {}",
            input.dtype().name(),
            grid.dtype().name()
        );
    }
    if !(4..=5).contains(&input.dim()) || input.dim() != grid.dim() {
        bail!(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes {:?} and grid with sizes {:?}",
            input.shape(),
            grid.shape()
        );
    }
    let rank = input.dim() - 2;
    if input.shape()[0] != grid.shape()[0] {
        bail!(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes {:?} and grid with sizes {:?}",
            input.shape(),
            grid.shape()
        );
    }
    if grid.shape()[rank + 1] != rank {
        bail!(
            "grid_sampler(): expected grid to have size {rank} in last dimension, but got grid with sizes {:?}",
            grid.shape()
        );
    }
    if input.shape()[2..].contains(&0) {
        bail!(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {:?}",
            input.shape()
        );
    }
    let sampling = Sampling { mode, padding: padding_mode, align: align_corners.unwrap_or(false) };
    let dtype = input.dtype();
    let wide = dtype.compute();
    sample(&input.to_dtype(wide)?, &grid.to_dtype(wide)?, sampling)?.to_dtype(dtype)
}

fn by_numbers(input: &Tensor, grid: &Tensor, mode: i64, padding: i64, align: bool) -> Result<Tensor> {
    let mode = ["bilinear", "nearest", "bicubic"].get(mode as usize).copied().unwrap_or("");
    let padding = ["zeros", "border", "reflection"].get(padding as usize).copied().unwrap_or("");
    grid_sample(input, grid, mode, padding, Some(align))
}

macro_rules! numbered {
    ($($name:ident [$($sample:tt),*];)*) => {$(
        /// `grid_sample` with its modes as numbers, in PyTorch's order.
        #[function(method = false, sig = "input, grid, interpolation_mode, padding_mode, align_corners", samples = [$($sample),*])]
        pub fn $name(input: &Tensor, grid: &Tensor, interpolation_mode: i64, padding_mode: i64, align_corners: bool) -> Result<Tensor> {
            by_numbers(input, grid, interpolation_mode, padding_mode, align_corners)
        }
    )*};
}
numbered! {
    grid_sampler ["T(1,2,3,4), T(1,2,3,2,low=-0.9,high=0.9), 0, 0, False"];
    grid_sampler_2d ["T(1,2,3,4), T(1,2,3,2,low=-0.9,high=0.9), 0, 1, True"];
    grid_sampler_3d ["T(1,1,2,3,4), T(1,2,1,2,3,low=-0.9,high=0.9), 0, 0, False"];
}

/// The grid of an affine map of images of `size` [N, C, …]: `theta` [N, rank, rank + 1].
#[function(torch = "nn.functional.affine_grid", method = false, sig = "theta, size, align_corners=None", samples = ["T(2,2,3), [2,1,3,4]", "T(1,3,4), [1,1,2,3,2], True"])]
pub fn affine_grid(theta: &Tensor, size: Vec<i64>, align_corners: Option<bool>) -> Result<Tensor> {
    if !theta.dtype().is_float() {
        bail!(Value, "Expected theta to have floating point type, but got {}", theta.dtype().name());
    }
    let rank = size.len().saturating_sub(2);
    if !(2..=3).contains(&rank) {
        bail!(
            NotImplemented,
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {size:?}."
        );
    }
    if theta.dim() == 3 && theta.shape()[0] as i64 != size[0] {
        bail!("affine_grid: a batch of {} matrices for a size of {size:?}; they must be as many", theta.shape()[0]);
    }
    if theta.dim() != 3 || theta.shape()[1..] != [rank, rank + 1] {
        bail!(
            Value,
            "Expected a batch of {rank}D affine matrices of shape Nx{rank}x{} for size {size:?}. Got {:?}.",
            rank + 1,
            theta.shape()
        );
    }
    if size.iter().any(|n| *n <= 0) {
        bail!(Value, "Expected non-zero, positive output size. Got {size:?}");
    }
    let align = align_corners.unwrap_or(false);
    let sizes: Vec<usize> = size[2..].iter().map(|n| *n as usize).collect();
    let mut columns = Vec::new();
    // The last dimension's coordinate first.
    for d in (0..rank).rev() {
        let n = sizes[d];
        let line = crate::ops::linspace(-1.0, 1.0, n, Some(theta.dtype()))?;
        let line = if n <= 1 {
            line.zeros_like()?
        } else if align {
            line
        } else {
            line.mul((n as f64 - 1.0) / n as f64)?
        };
        let shape: Vec<usize> = (0..rank).map(|i| if i == d { n } else { 1 }).collect();
        columns.push(crate::ops::view::expand_to(&crate::ops::view::reshape_to(&line, &shape)?, &sizes)?);
    }
    columns.push(crate::ops::ones(&sizes, theta.dtype())?);
    let points: usize = sizes.iter().product();
    let base = crate::ops::view::reshape_to(&crate::ops::stack(&columns, -1)?, &[points, rank + 1])?;
    let grid = base.matmul(&theta.transpose(1, 2)?)?;
    let shape: Vec<usize> = std::iter::once(theta.shape()[0]).chain(sizes).chain([rank]).collect();
    crate::ops::view::reshape_to(&grid, &shape)
}
