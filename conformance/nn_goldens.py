"""What PyTorch's layers begin with and give, which the tests of the crate `nn` compare with.

    python conformance/nn_goldens.py

Needs torch. Writes conformance/nn.json (the keys of every layer's state dict and the names of its parameters, in order) and
conformance/goldens/nn.safetensors: nn/CASE/init/KEY, float32, is what manual_seed(0) gives; nn/CASE/out.I, grad.I (of input
I) and param.KEY are the outputs and gradients in float64 of the sum of all outputs, weighted by `weights`. Input I of a case
is tensor("CASE.I"). Cases whose name ends in "dropout" run in training after manual_seed(5), and in float32.
"""

import json
import pathlib

import torch
from goldens import fnv, save, tensor, weights
from torch import nn

HERE = pathlib.Path(__file__).parent
OUT, KEYS = {}, {}


def case(name, make, shapes, call=None, ranges=None):
    """The layer that `make` makes, called on test tensors of `shapes`."""
    torch.manual_seed(0)
    module = make()
    KEYS[name] = dict(
        state=[[k, list(v.shape)] for k, v in module.state_dict().items()],
        parameters=[k for k, _ in module.named_parameters()],
    )
    for key, value in module.state_dict().items():
        OUT[f"nn/{name}/init/{key}"] = value.detach().clone()
    if shapes is None:
        return
    dropout = name.endswith("dropout")
    dtype = "float32" if dropout else "float64"
    module = module.to(getattr(torch, dtype))
    low, high = ranges or (None, None)
    inputs = [tensor(fnv(f"{name}.{i}"), s, dtype, low, high).requires_grad_() for i, s in enumerate(shapes)]
    torch.manual_seed(5)
    outputs = module(*inputs) if call is None else call(module, *inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    outputs = [o for o in outputs if o is not None]
    sum((o * weights(o).to(o.dtype)).sum() for o in outputs).backward()
    for i, o in enumerate(outputs):
        OUT[f"nn/{name}/out.{i}"] = o.detach().clone()
    for i, x in enumerate(inputs):
        OUT[f"nn/{name}/grad.{i}"] = torch.zeros_like(x) if x.grad is None else x.grad
    for key, p in module.named_parameters():
        OUT[f"nn/{name}/param.{key}"] = p.grad


def layers():
    case("linear", lambda: nn.Linear(5, 3), [[2, 4, 5]])
    case("linear_vector", lambda: nn.Linear(5, 3), [[5]])
    case("linear_no_bias", lambda: nn.Linear(17, 9, bias=False), [[3, 17]])
    indices = torch.tensor([[1, 2, 0], [6, 2, 1]])
    case("embedding", lambda: nn.Embedding(7, 4), [], lambda m: m(indices))
    case("embedding_padding", lambda: nn.Embedding(7, 4, padding_idx=2), [], lambda m: m(indices))
    case("layer_norm", lambda: nn.LayerNorm(6), [[3, 6]])
    case("layer_norm_two", lambda: nn.LayerNorm([3, 4], eps=1e-3, bias=False), [[2, 3, 4]])
    case("layer_norm_two_bias", lambda: nn.LayerNorm([2, 3, 2]), [[3, 2, 3, 2]])
    case("layer_norm_plain", lambda: nn.LayerNorm(5, elementwise_affine=False), [[4, 5]])
    case("rms_norm", lambda: nn.RMSNorm(6), [[3, 6]])
    case("rms_norm_two", lambda: nn.RMSNorm([3, 4], eps=1e-3), [[2, 3, 4]])
    case("rms_norm_plain", lambda: nn.RMSNorm(5, elementwise_affine=False), [[4, 5]])
    case("bilinear", lambda: nn.Bilinear(3, 4, 2), [[5, 3], [5, 4]])
    case("bilinear_no_bias", lambda: nn.Bilinear(3, 4, 2, bias=False), [[2, 5, 3], [2, 5, 4]])
    case("sequential", lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)), [[3, 4]])
    case("module_list", lambda: nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 2, bias=False)]), None)
    case("flatten", lambda: nn.Flatten(), [[2, 3, 4]])
    case("unflatten", lambda: nn.Unflatten(1, (2, 3)), [[2, 6]])
    case("identity", lambda: nn.Identity(), [[3]])
    case("dropout", lambda: nn.Dropout(0.3), [[6, 7]])

    class Mixed(nn.Module):
        """Own parameters and buffers between modules: they come first all the same."""

        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 3)
            self.register_buffer("mean", torch.zeros(3))
            self.scale = nn.Parameter(torch.ones(3))
            self.last = nn.Linear(3, 2)
            self.register_buffer("cache", torch.zeros(1), persistent=False)
            self.shift = nn.Parameter(torch.zeros(3))

    case("mixed", Mixed, None)


def activations():
    for name, make in {
        "relu": nn.ReLU, "relu6": nn.ReLU6, "gelu": nn.GELU, "gelu_tanh": lambda: nn.GELU("tanh"), "silu": nn.SiLU,
        "mish": nn.Mish, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "log_sigmoid": nn.LogSigmoid, "elu": nn.ELU,
        "elu_alpha": lambda: nn.ELU(0.5), "celu": nn.CELU, "celu_alpha": lambda: nn.CELU(0.5), "selu": nn.SELU,
        "leaky_relu": nn.LeakyReLU, "leaky_relu_slope": lambda: nn.LeakyReLU(0.3), "softplus": nn.Softplus,
        "softplus_options": lambda: nn.Softplus(2.0, 3.0), "softsign": nn.Softsign, "softshrink": nn.Softshrink,
        "softshrink_lambd": lambda: nn.Softshrink(1.2), "hardshrink": nn.Hardshrink, "tanhshrink": nn.Tanhshrink,
        "hardtanh": nn.Hardtanh, "hardtanh_options": lambda: nn.Hardtanh(-0.5, 2.0), "hardsigmoid": nn.Hardsigmoid,
        "hardswish": nn.Hardswish, "softmax": lambda: nn.Softmax(-1), "softmax_first": lambda: nn.Softmax(0),
        "log_softmax": lambda: nn.LogSoftmax(-1), "softmin": lambda: nn.Softmin(-1), "glu": nn.GLU,
        "threshold": lambda: nn.Threshold(0.1, -2.0),
    }.items():  # fmt: skip
        case(f"act_{name}", make, [[3, 8]], ranges=(-7.0, 7.0))


CLASSES = torch.tensor([0, 3, 2, 1, 3])
CLASSES_2D = torch.tensor([[0, 1], [2, 0], [1, 2]])


def losses():
    for reduction in ("none", "mean", "sum"):

        def loss(name, make, shapes, target=None, change=lambda x: x, ranges=None):
            def call(m, x, *y):
                return m(change(x), target if target is not None else y[0])

            case(f"{name}_{reduction}", make, shapes, call, ranges)

        r = dict(reduction=reduction)
        class_weight = tensor(fnv("class_weight"), [4], "float32", 0.5, 2.0)

        def log(x):
            return x.log_softmax(1)

        loss("cross_entropy", lambda: nn.CrossEntropyLoss(**r), [[5, 4]], CLASSES)
        loss("cross_entropy_weight", lambda: nn.CrossEntropyLoss(class_weight, **r), [[5, 4]], CLASSES)
        loss("cross_entropy_ignore", lambda: nn.CrossEntropyLoss(ignore_index=3, **r), [[5, 4]], CLASSES)
        loss(
            "cross_entropy_smooth",
            lambda: nn.CrossEntropyLoss(class_weight, ignore_index=2, label_smoothing=0.2, **r),
            [[5, 4]],
            CLASSES,
        )
        loss("cross_entropy_2d", lambda: nn.CrossEntropyLoss(**r), [[3, 4, 2]], CLASSES_2D)
        loss("cross_entropy_vector", lambda: nn.CrossEntropyLoss(**r), [[4]], torch.tensor(2))
        probabilities = tensor(fnv("probabilities"), [5, 4], "float64", 0.0, 1.0).softmax(1)
        loss(
            "cross_entropy_soft",
            lambda: nn.CrossEntropyLoss(class_weight, label_smoothing=0.1, **r),
            [[5, 4]],
            probabilities,
        )
        loss("nll", lambda: nn.NLLLoss(**r), [[5, 4]], CLASSES, log)
        loss("nll_weight", lambda: nn.NLLLoss(class_weight, ignore_index=1, **r), [[5, 4]], CLASSES, log)
        loss("nll_2d", lambda: nn.NLLLoss(**r), [[3, 4, 2]], CLASSES_2D, log)
        loss("mse", lambda: nn.MSELoss(**r), [[3, 4], [3, 4]])
        loss("l1", lambda: nn.L1Loss(**r), [[3, 4], [3, 4]])
        loss("smooth_l1", lambda: nn.SmoothL1Loss(**r), [[3, 4], [3, 4]])
        loss("smooth_l1_beta", lambda: nn.SmoothL1Loss(beta=0.3, **r), [[3, 4], [3, 4]])
        loss("smooth_l1_zero", lambda: nn.SmoothL1Loss(beta=0.0, **r), [[3, 4], [3, 4]])
        loss("huber", lambda: nn.HuberLoss(**r), [[3, 4], [3, 4]])
        loss("huber_delta", lambda: nn.HuberLoss(delta=0.4, **r), [[3, 4], [3, 4]])
        weight = tensor(fnv("weight"), [3, 4], "float32", 0.5, 2.0)
        loss("bce", lambda: nn.BCELoss(**r), [[3, 4], [3, 4]], ranges=(0.05, 0.95))
        loss("bce_weight", lambda: nn.BCELoss(weight, **r), [[3, 4], [3, 4]], ranges=(0.05, 0.95))
        loss("bce_logits", lambda: nn.BCEWithLogitsLoss(**r), [[3, 4], [3, 4]])
        loss("bce_logits_weights", lambda: nn.BCEWithLogitsLoss(weight, pos_weight=class_weight, **r), [[3, 4], [3, 4]])
        loss("kl", lambda: nn.KLDivLoss(**r), [[3, 4], [3, 4]], change=log, ranges=(0.1, 1.0))
        loss("kl_log", lambda: nn.KLDivLoss(log_target=True, **r), [[3, 4], [3, 4]], change=log)
    case("kl_batchmean", lambda: nn.KLDivLoss(reduction="batchmean"), [[3, 4], [3, 4]], ranges=(0.1, 1.0))


T, S, B, E, H = 3, 5, 2, 8, 2
UPPER = torch.ones(T, T, dtype=torch.bool).triu(1)
PADDING = torch.tensor([[False] * 4 + [True], [False] * 2 + [True] * 3])
SELF_PADDING = torch.tensor([[False, False, True], [False, False, False]])


def attention():
    def mha(**k):
        return lambda: nn.MultiheadAttention(E, H, **k)

    mask_3d = tensor(fnv("mask_3d"), [B * H, T, S], "float64", None, None)
    for weights_wanted in (False, True):
        end = "_weights" if weights_wanted else ""
        w = dict(need_weights=weights_wanted)
        case(f"mha_self{end}", mha(), [[T, B, E]], lambda m, x: m(x, x, x, **w))
        case(f"mha_cross{end}", mha(), [[T, B, E], [S, B, E], [S, B, E]], lambda m, q, k, v: m(q, k, v, **w))
        case(
            f"mha_first{end}",
            mha(batch_first=True, bias=False),
            [[B, T, E], [B, S, E]],
            lambda m, q, k: m(q, k, k, key_padding_mask=PADDING, **w),
        )
        case(
            f"mha_masks{end}",
            mha(batch_first=True),
            [[B, T, E], [B, S, E]],
            lambda m, q, k: m(q, k, k, attn_mask=mask_3d, key_padding_mask=torch.zeros(B, S, dtype=torch.float64).masked_fill(PADDING, float("-inf")), **w),
        )
        case(f"mha_causal{end}", mha(), [[T, B, E]], lambda m, x: m(x, x, x, attn_mask=UPPER, is_causal=True, **w))
        case(
            f"mha_bool_both{end}",
            mha(),
            [[T, B, E]],
            lambda m, x: m(x, x, x, attn_mask=UPPER, key_padding_mask=SELF_PADDING, **w),
        )
        case(f"mha_unbatched{end}", mha(), [[T, E], [S, E]], lambda m, q, k: m(q, k, k, **w))
        case(f"mha{end}_dropout", mha(dropout=0.4), [[T, B, E]], lambda m, x: m(x, x, x, **w))


def transformers():
    def layer(**k):
        return lambda: nn.TransformerEncoderLayer(E, H, 12, **{"dropout": 0.0, **k})

    case("encoder_layer", layer(), [[T, B, E]])
    case("encoder_layer_gelu", layer(activation="gelu", batch_first=True), [[B, T, E]])
    case("encoder_layer_first", layer(norm_first=True), [[T, B, E]])
    case("encoder_layer_first_gelu", layer(norm_first=True, activation="gelu", layer_norm_eps=1e-2), [[T, B, E]])
    case("encoder_layer_no_bias", layer(bias=False), [[T, B, E]])
    case(
        "encoder_layer_masks",
        layer(),
        [[T, B, E]],
        lambda m, x: m(x, src_mask=UPPER, src_key_padding_mask=SELF_PADDING),
    )
    case("encoder_layer_causal", layer(), [[T, B, E]], lambda m, x: m(x, src_mask=UPPER, is_causal=True))
    case("encoder_layer_dropout", layer(dropout=0.3), [[T, B, E]])
    case("encoder", lambda: nn.TransformerEncoder(layer()(), 2), [[T, B, E]])
    case(
        "encoder_norm",
        lambda: nn.TransformerEncoder(layer(norm_first=True)(), 2, norm=nn.LayerNorm(E)),
        [[T, B, E]],
        lambda m, x: m(x, mask=UPPER, src_key_padding_mask=SELF_PADDING),
    )


def inits():
    i = nn.init
    for name, shape, fill in [
        ("xavier_uniform", [4, 6], lambda t: i.xavier_uniform_(t, 1.5)),
        ("xavier_normal", [4, 6], lambda t: i.xavier_normal_(t, 1.5)),
        ("xavier_conv", [4, 3, 2, 2], lambda t: i.xavier_uniform_(t)),
        ("kaiming_uniform", [4, 6], lambda t: i.kaiming_uniform_(t, 0.1, "fan_out", "leaky_relu")),
        ("kaiming_normal", [5, 4], lambda t: i.kaiming_normal_(t, 0, "fan_in", "relu")),
        ("kaiming_tanh", [5, 4], lambda t: i.kaiming_normal_(t, 0, "fan_in", "tanh")),
        ("uniform", [17], lambda t: i.uniform_(t, -3.0, 2.0)),
        ("normal", [17], lambda t: i.normal_(t, 1.0, 0.1)),
        ("trunc_normal", [40], lambda t: i.trunc_normal_(t)),
        ("trunc_normal_tight", [40], lambda t: i.trunc_normal_(t, 0.5, 0.3, 0.3, 0.9)),
        ("trunc_normal_tail", [40], lambda t: i.trunc_normal_(t, 0.0, 1.0, 1.0, 3.0)),
        ("trunc_normal_narrow", [40], lambda t: i.trunc_normal_(t, 0.0, 1.0, -0.1, 0.2)),
        ("eye", [3, 5], lambda t: i.eye_(t)),
        ("constant", [3], lambda t: i.constant_(t, 0.3)),
    ]:
        torch.manual_seed(0)
        OUT[f"nn/init/{name}"] = fill(torch.full(shape, 9.0))


def main():
    for part in (layers, activations, losses, attention, transformers, inits):
        part()
    save(HERE / "goldens" / "nn.safetensors", OUT)
    (HERE / "nn.json").write_text(json.dumps(KEYS, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
