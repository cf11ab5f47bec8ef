"""Written by python/stubs.py."""

from collections.abc import Sequence
from typing import Any, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from .._C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number

def adaptive_avg_pool1d(input: Tensor, output_size: _int | Sequence[_int | None], *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Averages of `output_size` windows that cover the last dimension."""
def adaptive_avg_pool2d(input: Tensor, output_size: _int | Sequence[_int | None], *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Averages of `output_size` windows that cover the last two dimensions; `None` keeps a size."""
def adaptive_avg_pool3d(input: Tensor, output_size: _int | Sequence[_int | None], *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Averages of `output_size` windows that cover the last three dimensions; `None` keeps a size."""
def adaptive_max_pool1d(input: Tensor, output_size: _int | Sequence[_int | None], return_indices: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest elements of `output_size` windows that cover the image; with `return_indices`, also their places."""
def adaptive_max_pool1d_with_indices(*args: Any, return_indices: Any = True, **kwargs: Any) -> Any:
    """adaptive_max_pool1d and the places of the maxima."""
def adaptive_max_pool2d(input: Tensor, output_size: _int | Sequence[_int | None], return_indices: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest elements of `output_size` windows that cover the image; with `return_indices`, also their places."""
def adaptive_max_pool2d_with_indices(*args: Any, return_indices: Any = True, **kwargs: Any) -> Any:
    """adaptive_max_pool2d and the places of the maxima."""
def adaptive_max_pool3d(input: Tensor, output_size: _int | Sequence[_int | None], return_indices: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest elements of `output_size` windows that cover the image; with `return_indices`, also their places."""
def adaptive_max_pool3d_with_indices(*args: Any, return_indices: Any = True, **kwargs: Any) -> Any:
    """adaptive_max_pool3d and the places of the maxima."""
def affine_grid(theta: Tensor, size: _int | Sequence[_int], align_corners: _bool | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The grid of an affine map of images of `size` [N, C, …]: `theta` [N, rank, rank + 1]."""
def alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`dropout` that keeps selu's mean and variance."""
def avg_pool1d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, ceil_mode: _bool = False, count_include_pad: _bool = True, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Averages of windows of the last dimension: `input` [N, C, L] or [C, L]."""
def avg_pool2d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, ceil_mode: _bool = False, count_include_pad: _bool = True, divisor_override: _int | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Averages of windows of the last two dimensions; `divisor_override` divides instead of their sizes."""
def avg_pool3d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, ceil_mode: _bool = False, count_include_pad: _bool = True, divisor_override: _int | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Averages of windows of the last three dimensions; `divisor_override` divides instead of their sizes."""
def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: Any = False, momentum: Any = 0.1, eps: Any = 1e-05) -> Any:
    """(x − mean)/√(variance + eps) for each channel, of the batch or as it was kept (Ioffe and Szegedy 2015)."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`x1ᵀ · weight[o] · x2 + bias[o]` for each output: `x1` [.., a], `x2` [.., b], `weight` [out, a, b], `bias` [out]."""
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: Any = 'mean') -> Any:
    """−(target·log input + (1−target)·log(1−input)), logarithms no lower than −100."""
def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, reduction: Any = 'mean', pos_weight: Any = None) -> Any:
    """`binary_cross_entropy` of sigmoid(input), without overflow."""
def celu(input: Tensor, alpha: _float = 1.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """max(0, x) + min(0, alpha (e^(x/alpha) - 1)) (Barron, 2017)."""
def celu_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """celu, written over its input."""
def channel_shuffle(input: Tensor, groups: _int, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Channels (dimension 1) dealt out over groups: [N, groups · n, …] read as [N, n, groups, …] (Zhang et al., 2018)."""
@overload
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O]."""
@overload
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _str = 'valid', dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1)."""
@overload
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O]."""
@overload
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _str = 'valid', dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1)."""
@overload
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The convolution (cross-correlation) of `input` [N, C, …] or [C, …] with `weight` [O, C / groups, …], plus `bias` [O]."""
@overload
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _str = 'valid', dilation: _int | Sequence[_int] = 1, groups: _int = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The same with padding "valid" (none) or "same" (the output has the input's size; the stride must be 1)."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, output_padding: _int | Sequence[_int] = 0, groups: _int = 1, dilation: _int | Sequence[_int] = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight` [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, output_padding: _int | Sequence[_int] = 0, groups: _int = 1, dilation: _int | Sequence[_int] = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight` [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, output_padding: _int | Sequence[_int] = 0, groups: _int = 1, dilation: _int | Sequence[_int] = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The transposed convolution, which is the gradient of a convolution's input: `input` [N, C, …] or [C, …], `weight` [C, O / groups, …], `bias` [O]. `output_padding` is added to one side of the output's size."""
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: Any = 'mean') -> Any:
    """1 − cos(input1, input2) where the target is 1, max(0, cos − margin) where it is −1."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Σ x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)) along `dim`."""
def cross_entropy(input: Any, target: Any, weight: Any = None, ignore_index: Any = -100, reduction: Any = 'mean', label_smoothing: Any = 0.0) -> Any:
    """−log softmax(input)[target], over classes in dimension 1 (0 for a single row): `input` [C], [N, C] or [N, C, d…]; `target` class indices (int64) without the class dimension, or probabilities of the input's shape. `weight` [C] per class."""
@overload
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor, blank: _int = 0, reduction: _str = 'mean', zero_infinity: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """−log P(target): `log_probs` [T, N, C] or [T, C]; `targets` [N, S], or all of them one after the other; the lengths of both (Graves et al., 2006). With `zero_infinity`, impossible targets count as 0."""
@overload
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: _int | Sequence[_int], target_lengths: _int | Sequence[_int], blank: _int = 0, reduction: _str = 'mean', zero_infinity: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`ctc_loss` with the lengths as numbers."""
def dropout(input: Tensor, p: _float = 0.5, training: _bool = True, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """In training, zeroes each element with probability `p` and multiplies the others by 1 / (1 − p) (Srivastava et al., 2014)."""
def dropout1d(input: Any, p: Any = 0.5, training: Any = True, inplace: Any = False) -> Any:
    """Whole channels of [N, C, L] or [C, L] become zero."""
def dropout2d(input: Tensor, p: _float = 0.5, training: _bool = True, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """In training, zeroes whole channels with probability `p`: `input` [N, C, …]."""
def dropout3d(input: Tensor, p: _float = 0.5, training: _bool = True, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """In training, zeroes whole channels with probability `p`: `input` [N, C, …], or [C, …] as one image."""
def elu(input: Tensor, alpha: _float = 1.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x above 0, alpha · (e^x − 1) below (Clevert, Unterthiner and Hochreiter, 2015)."""
def elu_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """elu, written over its input."""
def embedding(input: Tensor, weight: Tensor, padding_idx: _int | None = None, max_norm: _float | None = None, norm_type: _float = 2.0, scale_grad_by_freq: _bool = False, sparse: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`embedding` with all of PyTorch's options: rows longer than `max_norm` are first shortened in place."""
def embedding_bag(input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: _float | None = None, norm_type: _float = 2, scale_grad_by_freq: _bool = False, mode: _str = 'mean', sparse: _bool = False, per_sample_weights: Tensor | None = None, include_last_offset: _bool = False, padding_idx: _int | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Bags of rows of `weight`, each folded by `mode` ("sum", "mean" or "max"). `input` is a matrix with a bag per row, or a vector that is cut into bags at `offsets` (whose last one is the end, if `include_last_offset`). `per_sample_weights` scale the rows of "sum"; indices that are `padding_idx` are left out."""
def feature_alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`alpha_dropout` of whole channels."""
def fold(input: Tensor, output_size: _int | Sequence[_int], kernel_size: _int | Sequence[_int], dilation: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, stride: _int | Sequence[_int] = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Columns of patches added up to images: [N, C · kernel, patches] to [N, C, output_size], the transpose of `unfold`."""
def fractional_max_pool2d(input: Tensor, kernel_size: _int | Sequence[_int], output_size: _int | Sequence[_int] | None = None, output_ratio: Sequence[_float] | None = None, return_indices: _bool = False, _random_samples: Tensor | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest elements of windows at irregular, random steps; with `return_indices`, also their places."""
def fractional_max_pool2d_with_indices(*args: Any, return_indices: Any = True, **kwargs: Any) -> Any:
    """fractional_max_pool2d and the places of the maxima."""
def fractional_max_pool3d(input: Tensor, kernel_size: _int | Sequence[_int], output_size: _int | Sequence[_int] | None = None, output_ratio: Sequence[_float] | None = None, return_indices: _bool = False, _random_samples: Tensor | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest elements of windows at irregular, random steps; with `return_indices`, also their places."""
def fractional_max_pool3d_with_indices(*args: Any, return_indices: Any = True, **kwargs: Any) -> Any:
    """fractional_max_pool3d and the places of the maxima."""
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor | _Number, full: _bool = False, eps: _float = 1e-06, reduction: _str = 'mean', *, inplace: _bool = False, out: Any = None) -> Tensor:
    """½ (log var + (input − target)² / var), `var` no lower than eps; with `full`, plus ½ log 2π."""
def gelu(input: Tensor, approximate: _str = 'none', *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Gaussian error linear unit: x Φ(x), exact ("none") or by tanh ("tanh")."""
def glu(input: Tensor, dim: _int = -1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The first half along `dim` times the sigmoid of the second (Dauphin et al., 2016)."""
def grid_sample(input: Tensor, grid: Tensor, mode: _str = 'bilinear', padding_mode: _str = 'zeros', align_corners: _bool | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`input` [N, C, …] at the points of `grid` [N, …, rank], whose numbers are from −1 to 1, the last dimension's first. Modes: "bilinear", "nearest", "bicubic"; padding: "zeros", "border", "reflection"."""
def grid_sampler(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`grid_sample` with its modes as numbers, in PyTorch's order."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Layer norm over `num_groups` groups of channels, then weight and bias for each channel (Wu and He, 2018)."""
def gumbel_softmax(logits: Any, tau: Any = 1, hard: Any = False, eps: Any = 1e-10, dim: Any = -1) -> Any:
    """A softmax of logits with noise of the Gumbel distribution (Jang et al. 2017)."""
def hardshrink(input: Tensor, lambd: _float = 0.5, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x where |x| > lambd, 0 elsewhere."""
def hardsigmoid(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """relu6(x + 3) / 6."""
def hardswish(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x · relu6(x + 3) / 6 (Howard et al., 2019)."""
def hardtanh(input: Tensor, min_val: _float = -1.0, max_val: _float = 1.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """min(max(x, min_val), max_val)."""
def hardtanh_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """hardtanh, written over its input."""
def hinge_embedding_loss(input: Any, target: Any, margin: Any = 1.0, reduction: Any = 'mean') -> Any:
    """x where the target is 1, max(0, margin − x) where it is −1."""
def huber_loss(input: Tensor, target: Tensor, reduction: _str = 'mean', delta: _float = 1.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Half a square below `delta`, a line of slope `delta` beyond (Huber, 1964)."""
def instance_norm(input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: _bool = True, momentum: _float = 0.1, eps: _float = 1e-05, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`batch_norm` of every image for itself (Ulyanov, Vedaldi and Lempitsky, 2016); with `use_input_stats` false, by the running statistics."""
def interpolate(input: Tensor, size: _int | Sequence[_int] | None = None, scale_factor: Sequence[_float] | None = None, mode: _str = 'nearest', align_corners: _bool | None = None, recompute_scale_factor: _bool | None = None, antialias: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The image [N, C, …] at another `size`, or scaled by `scale_factor`. Modes: "nearest", "nearest-exact", "linear" (one spatial dimension), "bilinear", "bicubic", "lanczos" (two), "trilinear" (three), "area"."""
def kl_div(input: Any, target: Any, reduction: Any = 'mean', log_target: Any = False) -> Any:
    """target·(log target − input), input being log-probabilities; with `log_target`, the target too."""
def l1_loss(input: Any, target: Any, reduction: Any = 'mean') -> Any:
    """|input − target|."""
def layer_norm(input: Tensor, normalized_shape: _int | Sequence[_int], weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions, whose sizes are `normalized_shape` (Ba, Kiros and Hinton, 2016)."""
def leaky_relu(input: Tensor, negative_slope: _float = 0.01, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x above 0, negative_slope · x below."""
def leaky_relu_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """leaky_relu, written over its input."""
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """`input @ weightᵀ + bias`: `input` [..., in], `weight` [out, in], `bias` [out]."""
def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None, reduction: Any = 'mean', ignore_index: Any = None, label_smoothing: Any = 0.0, options: Any = None) -> Any:
    """The cross entropy of what a linear map gives. The options say how PyTorch saves memory; the numbers are the same with all."""
def local_response_norm(input: Tensor, size: _int, alpha: _float = 0.0001, beta: _float = 0.75, k: _float = 1.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Each number over a power of the average square of its neighbours in `size` channels (Krizhevsky et al., 2012)."""
def log_softmax(input: Any, dim: Any = None, _stacklevel: Any = 3, dtype: Any = None) -> Any:
    """log(softmax(x)) along `dim`, without the intermediate."""
def logsigmoid(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """log(sigmoid(x)), without overflow."""
def lp_pool1d(input: Tensor, norm_type: _float, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, ceil_mode: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """(Σ x^p)^(1/p) of each window."""
def lp_pool2d(input: Tensor, norm_type: _float, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, ceil_mode: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """(Σ x^p)^(1/p) of each window."""
def lp_pool3d(input: Tensor, norm_type: _float, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, ceil_mode: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """(Σ x^p)^(1/p) of each window."""
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: Any = 'mean') -> Any:
    """max(0, −target · (input1 − input2) + margin)."""
def max_pool1d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest element of each window; with `return_indices`, also its place in the image."""
def max_pool1d_with_indices(*args: Any, return_indices: Any = True, **kwargs: Any) -> Any:
    """max_pool1d and the places of the maxima."""
def max_pool2d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest element of each window; with `return_indices`, also its place in the image."""
def max_pool2d_with_indices(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = True, *, inplace: _bool = False, out: Any = None) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and its place in the image."""
def max_pool3d(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The largest element of each window; with `return_indices`, also its place in the image."""
def max_pool3d_with_indices(input: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, dilation: _int | Sequence[_int] = 1, ceil_mode: _bool = False, return_indices: _bool = True, *, inplace: _bool = False, out: Any = None) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and its place in the image."""
def max_unpool1d(input: Tensor, indices: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, output_size: _int | Sequence[_int] | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Images of zeros with the elements of `input` at the places `indices` that max pooling gave."""
def max_unpool2d(input: Tensor, indices: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, output_size: _int | Sequence[_int] | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Images of zeros with the elements of `input` at the places `indices` that max pooling gave."""
def max_unpool3d(input: Tensor, indices: Tensor, kernel_size: _int | Sequence[_int], stride: _int | Sequence[_int] | None = None, padding: _int | Sequence[_int] = 0, output_size: _int | Sequence[_int] | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Images of zeros with the elements of `input` at the places `indices` that max pooling gave."""
def mish(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x · tanh(log(1 + e^x)) (Misra, 2019)."""
def mse_loss(input: Any, target: Any, reduction: Any = 'mean') -> Any:
    """(input − target)²."""
def multi_head_attention_forward(query: Any, key: Any, value: Any, embed_dim_to_check: Any, num_heads: Any, in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: Any, dropout_p: Any, out_proj_weight: Any, out_proj_bias: Any, training: Any = True, key_padding_mask: Any = None, need_weights: Any = True, attn_mask: Any = None, use_separate_proj_weight: Any = False, q_proj_weight: Any = None, k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None, average_attn_weights: Any = True, is_causal: Any = False) -> Any:
    """Attention with several heads: query [L, N, E], key and value [S, N, E] to [L, N, E], and the weights [N, L, S]."""
def multi_margin_loss(input: Any, target: Any, p: Any = 1, margin: Any = 1.0, weight: Any = None, reduction: Any = 'mean') -> Any:
    """Σ max(0, margin − x[target] + x[i])^p / C over the classes i that are not the target, weighted by the target's weight."""
def multilabel_margin_loss(input: Any, target: Any, reduction: Any = 'mean') -> Any:
    """Σ max(0, 1 − x[t] + x[i]) / C over the target classes t (up to the first −1) and the other classes i."""
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: Any = 'mean') -> Any:
    """−(t · log σ(x) + (1 − t) · log σ(−x)), averaged over the classes (the last dimension)."""
def native_channel_shuffle(input: Tensor, groups: _int, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Channels (dimension 1) dealt out over groups: [N, groups · n, …] read as [N, n, groups, …] (Zhang et al., 2018)."""
def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: Any = -100, reduction: Any = 'mean') -> Any:
    """−input[target]: negative log-likelihood of log-probabilities in dimension 1, weighted and reduced as `cross_entropy` does."""
def normalize(input: Any, p: Any = 2.0, dim: Any = 1, eps: Any = 1e-12, out: Any = None) -> Any:
    """x / max(‖x‖ₚ, eps) along a dimension."""
def one_hot(input: Tensor, num_classes: _int = -1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Rows of zeros with a one at each class index: a new last dimension of `num_classes` (−1: one more than the largest)."""
def pad(input: Tensor, pad: _int | Sequence[_int], mode: _str = 'constant', value: _Number | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Padding by a constant `value` (mode "constant"), mirrored at the edges ("reflect"), with the edges ("replicate") or with the other side ("circular")."""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2.0, eps: _float = 1e-06, keepdim: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """‖x1 − x2 + eps‖ along the last dimension."""
def pdist(input: Tensor, p: _float = 2.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The p-norms of the differences between all pairs of rows, in the order of the upper triangle."""
def pixel_shuffle(input: Tensor, upscale_factor: _int, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """[.., C · r², H, W] to [.., C, H · r, W · r] (Shi et al., 2016)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The inverse of `pixel_shuffle`: [.., C, H · r, W · r] to [.., C · r², H, W]."""
def poisson_nll_loss(input: Any, target: Any, log_input: Any = True, full: Any = False, eps: Any = 1e-08, reduction: Any = 'mean') -> Any:
    """e^input − target · input if `log_input`, else input − target · log(input + eps); with `full`, plus Stirling's formula for log target! where the target is above 1."""
def prelu(input: Tensor, weight: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x above 0, weight · x below; one weight, or one per channel (dimension 1)."""
def relu(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """max(0, x)."""
def relu6(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """min(max(x, 0), 6)."""
def relu_(input: Tensor) -> Tensor:
    """max(0, x)."""
def rms_norm(input: Tensor, normalized_shape: _int | Sequence[_int], weight: Tensor | None = None, eps: _float | None = None, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x / sqrt(mean(x²) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019). Without `eps`, the dtype's epsilon."""
def rrelu(input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x above 0, a slope between `lower` and `upper` below: random for each element in training, the mean of both otherwise (Xu et al., 2015)."""
def rrelu_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """rrelu, written over its input."""
def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: _float = 0.0, is_causal: _bool = False, scale: _float | None = None, enable_gqa: _bool = False, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """softmax(q·kᵀ·scale + mask)·v for `query` [..., H, T, D], `key` [..., H, S, D], `value` [..., H, S, V]. `attn_mask`, of bools (true: seen) or added floats, broadcasts to [..., H, T, S]; `is_causal` lets query i see keys up to i; `scale` is 1/√D if not given; with `enable_gqa` a key head serves several query heads. Dropout draws in PyTorch's order."""
def selu(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The self-normalising elu (Klambauer et al., 2017)."""
def selu_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """selu, written over its input."""
def sigmoid(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """1 / (1 + e^-x)."""
def silu(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x · sigmoid(x)."""
def smooth_l1_loss(input: Any, target: Any, reduction: Any = 'mean', beta: Any = 1.0) -> Any:
    """Half a square below `beta`, a line beyond (Girshick, 2015)."""
def soft_margin_loss(input: Any, target: Any, reduction: Any = 'mean') -> Any:
    """log(1 + e^(−target · input)), targets being −1 and 1."""
def softmax(input: Any, dim: Any = None, _stacklevel: Any = 3, dtype: Any = None) -> Any:
    """exp(x) / Σ exp(x) along `dim`."""
def softmin(input: Any, dim: Any = None, _stacklevel: Any = 3, dtype: Any = None) -> Any:
    """softmax(−x)."""
def softplus(input: Tensor, beta: _float = 1.0, threshold: _float = 20.0, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """log(1 + e^(beta x)) / beta; x where beta · x is above the threshold."""
def softshrink(input: Tensor, lambd: _float = 0.5, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x drawn towards 0 by lambd, 0 within it."""
def softsign(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x / (1 + |x|)."""
def tanh(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """The hyperbolic tangent."""
def tanhshrink(input: Tensor, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x - tanh(x)."""
def threshold(input: Tensor, threshold: _float, value: _float, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """x above the threshold, `value` elsewhere."""
def threshold_(input: Any, *args: Any, **kwargs: Any) -> Any:
    """threshold, written over its input."""
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: Any = 1.0, p: Any = 2, eps: Any = 1e-06, swap: Any = False, reduction: Any = 'mean') -> Any:
    """max(0, d(anchor, positive) − d(anchor, negative) + margin); with `swap` the negative is also measured from the positive."""
def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, *, distance_function: Any = None, margin: Any = 1.0, swap: Any = False, reduction: Any = 'mean') -> Any:
    """max(0, d(anchor, positive) − d(anchor, negative) + margin), with any distance d."""
def unfold(input: Tensor, kernel_size: _int | Sequence[_int], dilation: _int | Sequence[_int] = 1, padding: _int | Sequence[_int] = 0, stride: _int | Sequence[_int] = 1, *, inplace: _bool = False, out: Any = None) -> Tensor:
    """Patches of the last two dimensions as columns: [N, C, H, W] to [N, C · kernel, patches]."""
def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: Any = 'nearest', align_corners: Any = None) -> Any:
    """The older name of :func:`interpolate`."""
def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """Between four pixels."""
def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """The nearest pixel."""
