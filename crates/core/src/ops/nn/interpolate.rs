//! Images of other sizes: by the nearest pixel, linearly, by cubic splines, by Lanczos windows, or by averages of areas. Every
//! mode is a small weighted sum along each dimension.

use super::resample::{in_compute, resample};
use crate::{DType, Result, Tensor, bail, function};
use flambeau_kernels::resample::Sparse;

/// How a dimension is scaled.
#[derive(Clone, Copy)]
struct Scaling {
    from: usize,
    to: usize,
    align: bool,
    /// The factor that was asked for, where one was.
    factor: Option<f64>,
    /// In single precision, as PyTorch computes for floats.
    single: bool,
}

impl Scaling {
    fn round(&self, x: f64) -> f64 {
        if self.single { (x as f32) as f64 } else { x }
    }

    /// Input pixels for each output pixel.
    fn ratio(&self) -> f64 {
        self.round(match (self.align, self.factor) {
            (true, _) if self.to > 1 => (self.from as f64 - 1.0) / (self.to as f64 - 1.0),
            (true, _) => 0.0,
            (false, Some(f)) if f > 0.0 => 1.0 / f,
            _ => self.from as f64 / self.to as f64,
        })
    }

    /// Where output pixel `i` lies among the input's.
    fn place(&self, i: usize, cubic: bool) -> f64 {
        let at = if self.align {
            self.round(self.ratio() * i as f64)
        } else {
            self.round(self.round(self.ratio() * (i as f64 + 0.5)) - 0.5)
        };
        if cubic || self.align { at } else { at.max(0.0) }
    }

    fn clamped(&self, at: i64) -> usize {
        at.clamp(0, self.from as i64 - 1) as usize
    }

    fn nearest(&self, exact: bool) -> Sparse {
        // PyTorch computes these places in single precision for all dtypes.
        let ratio = match self.factor {
            Some(f) if f > 0.0 => (1.0 / f) as f32,
            _ => self.from as f32 / self.to as f32,
        };
        let at = |i: usize| (if exact { (i as f32 + 0.5) * ratio } else { i as f32 * ratio }).floor() as i64;
        Sparse::new(self.from, (0..self.to).map(|i| vec![(self.clamped(at(i)), 1.0)]))
    }

    fn linear(&self) -> Sparse {
        let terms = (0..self.to).map(|i| {
            if self.from == self.to && self.factor.is_none_or(|f| f == 1.0) {
                return vec![(i, 1.0)];
            }
            let at = self.place(i, false);
            let low = (at as usize).min(self.from - 1);
            let high = (low + 1).min(self.from - 1);
            let share = self.round(at - low as f64).clamp(0.0, 1.0);
            vec![(low, 1.0 - share), (high, share)]
        });
        Sparse::new(self.from, terms)
    }

    fn cubic(&self) -> Sparse {
        let terms = (0..self.to).map(|i| {
            let at = self.place(i, true);
            let low = at.floor();
            let t = self.round(at - low);
            let weights = cubic_weights(t, -0.75);
            (0..4).map(|j| (self.clamped(low as i64 - 1 + j as i64), weights[j])).collect()
        });
        Sparse::new(self.from, terms)
    }

    /// The filter, as wide as an output pixel is in the input, around each output pixel.
    fn smooth(&self, radius: f64, filter: impl Fn(f64) -> f64) -> Sparse {
        let ratio = self.ratio();
        let (support, inverse) = if ratio >= 1.0 { (radius * ratio, 1.0 / ratio) } else { (radius, 1.0) };
        let terms = (0..self.to).map(|i| {
            let center = ratio * (i as f64 + 0.5);
            let low = ((center - support + 0.5) as i64).max(0);
            let high = ((center + support + 0.5) as i64).min(self.from as i64);
            let weights: Vec<f64> = (low..high).map(|j| filter((j as f64 - center + 0.5) * inverse)).collect();
            let total: f64 = weights.iter().sum();
            let share = |w: f64| if total != 0.0 { w / total } else { w };
            weights.into_iter().enumerate().map(|(j, w)| (low as usize + j, share(w))).collect()
        });
        Sparse::new(self.from, terms)
    }

    fn area(&self) -> Sparse {
        let windows = super::avg_pool::adaptive(self.from, self.to);
        Sparse::new(self.from, windows.into_iter().map(|(a, b)| (a..b).map(|j| (j, 1.0 / (b - a) as f64)).collect()))
    }
}

/// Keys' cubic kernel at distances t + 1, t, 1 − t and 2 − t.
pub(super) fn cubic_weights(t: f64, a: f64) -> [f64; 4] {
    let near = |x: f64| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

fn cubic_filter(x: f64) -> f64 {
    let (x, a) = (x.abs(), -0.5);
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
    if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

/// Rows of weights as 8-bit images are filtered with: integers with as many bits as the largest one leaves room for.
fn integer_pass(x: &Tensor, dim: i64, map: &Sparse) -> Result<Tensor> {
    let largest = map.weights.iter().fold(0.0f64, |a, w| a.max(*w));
    let mut bits = 0;
    while bits < 22 && (0.5 + largest * f64::from(1 << (bits + 1))).floor() < 32768.0 {
        bits += 1;
    }
    let scale = f64::from(1 << bits);
    let mut whole = map.clone();
    whole
        .weights
        .iter_mut()
        .for_each(|w| *w = if *w < 0.0 { (*w * scale - 0.5).ceil() } else { (*w * scale + 0.5).floor() });
    let d = crate::wrap_dim(dim, x.dim())?;
    let sums = super::resample::resample_dim(&x.to_dtype(DType::F64)?, d, whole)?;
    sums.add(scale / 2.0)?.div(scale)?.floor()?.clamp_min(0.0)?.clamp_max(255.0)
}

fn apply_maps(input: &Tensor, maps: Vec<Sparse>, mode: &str, antialias: bool) -> Result<Tensor> {
    let dtype = input.dtype();
    if dtype.is_float() {
        return in_compute(input, |x| resample(x, maps));
    }
    if dtype != DType::U8 {
        bail!(NotImplemented, "\"interpolate\" not implemented for '{}'", dtype.name());
    }
    if matches!(mode, "bilinear" | "bicubic" | "lanczos") && (antialias || maps.len() == 2) {
        let mut x = input.to_dtype(DType::F64)?;
        for (i, map) in maps.iter().enumerate().rev() {
            x = integer_pass(&x, i as i64 - maps.len() as i64, map)?;
        }
        return x.to_dtype(DType::U8);
    }
    let y = resample(&input.to_dtype(DType::F64)?, maps)?;
    if mode.starts_with("nearest") { y } else { y.round(0)? }.to_dtype(DType::U8)
}

/// What a call asks for, and an image in it.
struct Request<'a> {
    mode: &'a str,
    align: bool,
    antialias: bool,
    sizes: Vec<usize>,
    factors: Option<Vec<f64>>,
}

fn run(input: &Tensor, request: &Request) -> Result<Tensor> {
    let rank = input.dim() - 2;
    let maps = (0..rank)
        .map(|d| {
            let scaling = Scaling {
                from: input.shape()[2 + d],
                to: request.sizes[d],
                align: request.align,
                factor: request.factors.as_ref().map(|f| f[d]),
                single: input.dtype() != DType::F64,
            };
            Ok(match (request.mode, request.antialias) {
                ("nearest", false) => scaling.nearest(false),
                ("nearest-exact", false) => scaling.nearest(true),
                ("area", false) => scaling.area(),
                ("linear" | "bilinear" | "trilinear", false) => scaling.linear(),
                ("bicubic", false) => scaling.cubic(),
                ("bilinear", true) => scaling.smooth(1.0, triangle),
                ("bicubic", true) => scaling.smooth(2.0, cubic_filter),
                ("lanczos", true) => scaling.smooth(3.0, lanczos),
                (mode, _) => bail!(
                    NotImplemented,
                    "Input Error: Only 3D, 4D and 5D input Tensors supported (got {}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})",
                    input.dim()
                ),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    apply_maps(input, maps, request.mode, request.antialias)
}

/// The image [N, C, …] at another `size`, or scaled by `scale_factor`. Modes: "nearest", "nearest-exact", "linear" (one
/// spatial dimension), "bilinear", "bicubic", "lanczos" (two), "trilinear" (three), "area".
#[function(torch = "nn.functional.interpolate", method = false, sig = "input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False", samples = ["T(1,2,4), [7]", "T(1,2,4), None, 1.7, 'linear'", "T(1,2,4,3), [6,5], None, 'bilinear', True", "T(1,2,4,3), [3,5], None, 'bicubic'", "T(1,1,3,2,3), [4,3,2], None, 'trilinear'", "T(1,2,6,5), [3,3], None, 'bilinear', None, None, True", "T(1,2,6,5), [3,3], None, 'area'"])]
#[allow(clippy::too_many_arguments)]
pub fn interpolate(
    input: &Tensor,
    size: Option<Vec<i64>>,
    scale_factor: Option<Vec<f64>>,
    mode: &str,
    align_corners: Option<bool>,
    recompute_scale_factor: Option<bool>,
    antialias: bool,
) -> Result<Tensor> {
    let plain = matches!(mode, "nearest" | "area" | "nearest-exact");
    if plain && align_corners.is_some() {
        bail!(
            Value,
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        );
    }
    if input.dim() < 3 {
        bail!(NotImplemented, "Input Error: Only 3D, 4D and 5D input Tensors supported (got {}D)", input.dim());
    }
    let rank = input.dim() - 2;
    let (sizes, factors) = match (size, scale_factor) {
        (Some(_), Some(_)) => bail!(Value, "only one of size or scale_factor should be defined"),
        (None, None) => bail!(Value, "either size or scale_factor should be defined"),
        (Some(size), None) => {
            if recompute_scale_factor == Some(true) {
                bail!(Value, "recompute_scale_factor is not meaningful with an explicit size.");
            }
            let size = if size.len() == 1 && rank != 1 { vec![size[0]; rank] } else { size };
            if size.len() != rank {
                bail!(
                    Value,
                    "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of {:?} and output size of {size:?}.",
                    &input.shape()[2..]
                );
            }
            (size, None)
        }
        (None, Some(factor)) => {
            let factor = if factor.len() == 1 && rank != 1 { vec![factor[0]; rank] } else { factor };
            if factor.len() != rank {
                bail!(
                    Value,
                    "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions of {:?} and scale_factor of shape {factor:?}.",
                    &input.shape()[2..]
                );
            }
            let sizes = (0..rank).map(|d| (input.shape()[2 + d] as f64 * factor[d]).floor() as i64).collect();
            let keep = recompute_scale_factor != Some(true) && mode != "area";
            (sizes, keep.then_some(factor))
        }
    };
    if antialias && !(matches!(mode, "bilinear" | "bicubic" | "lanczos") && rank == 2) {
        bail!(
            Value,
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        );
    }
    let fits = match mode {
        "linear" => rank == 1,
        "bilinear" | "bicubic" | "lanczos" => rank == 2,
        "trilinear" => rank == 3,
        "nearest" | "nearest-exact" | "area" => rank <= 3,
        _ => false,
    };
    if !fits {
        bail!(
            NotImplemented,
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got {}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})",
            input.dim()
        );
    }
    if mode == "lanczos" && !antialias {
        bail!(Value, "lanczos mode requires antialias=True");
    }
    checked(
        input,
        Request { mode, align: align_corners.unwrap_or(false), antialias, sizes: positive(input, &sizes)?, factors },
    )
}

fn positive(input: &Tensor, sizes: &[i64]) -> Result<Vec<usize>> {
    if sizes.iter().any(|n| *n <= 0) || input.shape()[2..].contains(&0) {
        bail!(
            "Input and output sizes should be greater than 0, but got input {:?} output {sizes:?}",
            &input.shape()[2..]
        );
    }
    Ok(sizes.iter().map(|n| *n as usize).collect())
}

fn checked(input: &Tensor, request: Request) -> Result<Tensor> {
    if input.shape()[1] == 0 && request.mode != "area" {
        bail!("Non-empty {}D data tensor expected but got a tensor with sizes {:?}", input.dim(), input.shape());
    }
    run(input, &request)
}

/// `interpolate` by the nearest pixel.
#[function(torch = "nn.functional.upsample_nearest", method = false, sig = "input, size=None, scale_factor=None", samples = ["T(1,2,4), [7]"])]
pub fn upsample_nearest(input: &Tensor, size: Option<Vec<i64>>, scale_factor: Option<Vec<f64>>) -> Result<Tensor> {
    interpolate(input, size, scale_factor, "nearest", None, None, false)
}

/// `interpolate`, bilinear with aligned corners.
#[function(torch = "nn.functional.upsample_bilinear", method = false, sig = "input, size=None, scale_factor=None", samples = ["T(1,2,4,3), [7,5]"])]
pub fn upsample_bilinear(input: &Tensor, size: Option<Vec<i64>>, scale_factor: Option<Vec<f64>>) -> Result<Tensor> {
    interpolate(input, size, scale_factor, "bilinear", Some(true), None, false)
}

/// `interpolate` by `mode`; the name of the past.
#[function(torch = "nn.functional.upsample", method = false, sig = "input, size=None, scale_factor=None, mode='nearest', align_corners=None", samples = ["T(1,2,4), [7]"])]
pub fn upsample(
    input: &Tensor,
    size: Option<Vec<i64>>,
    scale_factor: Option<Vec<f64>>,
    mode: &str,
    align_corners: Option<bool>,
) -> Result<Tensor> {
    interpolate(input, size, scale_factor, mode, align_corners, None, false)
}

/// Bilinear interpolation with a filter as wide as an output pixel.
#[function(torch = "_upsample_bilinear2d_aa", method = false, sig = "input, output_size, align_corners, scales_h=None, scales_w=None", samples = ["T(1,2,6,5), [3,4], False"])]
pub fn upsample_bilinear2d_aa(
    input: &Tensor,
    output_size: Vec<i64>,
    align_corners: bool,
    scales_h: Option<f64>,
    scales_w: Option<f64>,
) -> Result<Tensor> {
    let factors = scales_h.zip(scales_w).map(|(h, w)| vec![h, w]);
    smooth_bilinear(input, Some(output_size), align_corners, factors)
}

/// The same by a size or by factors.
#[function(torch = "_upsample_bilinear2d_aa", method = false, sig = "input, output_size, align_corners, scale_factors", samples = ["T(1,2,6,5), None, False, [0.5,0.8]"])]
pub fn upsample_bilinear2d_aa_by(
    input: &Tensor,
    output_size: Option<Vec<i64>>,
    align_corners: bool,
    scale_factors: Option<Vec<f64>>,
) -> Result<Tensor> {
    smooth_bilinear(input, output_size, align_corners, scale_factors)
}

fn smooth_bilinear(
    input: &Tensor,
    output_size: Option<Vec<i64>>,
    align_corners: bool,
    factors: Option<Vec<f64>>,
) -> Result<Tensor> {
    if input.dim() != 4 {
        bail!("_upsample_bilinear2d_aa: a 4D input is expected, got {:?}", input.shape());
    }
    let factors = factors.filter(|f| f.len() == 2);
    let sizes = match (&output_size, &factors) {
        (Some(s), _) if s.len() == 2 => s.clone(),
        (None, Some(f)) => (0..2).map(|d| (input.shape()[2 + d] as f64 * f[d]).floor() as i64).collect(),
        _ => bail!("It is expected output_size equals to 2, but got size {output_size:?}"),
    };
    checked(
        input,
        Request { mode: "bilinear", align: align_corners, antialias: true, sizes: positive(input, &sizes)?, factors },
    )
}
