"""Computes with PyTorch what every sample of the registry should give, and writes goldens that `cargo test` replays.

    cargo run -p flambeau-core --example registry > registry.json
    python conformance/goldens.py registry.json conformance/goldens

Needs torch and numpy. One file per first letter of the functions' names, in safetensors format. Names inside:
FUNCTION/SAMPLE/DTYPE/out.I and, for float64, FUNCTION/SAMPLE/float64/grad.I: the gradient with respect to the I-th float
tensor argument of the sum of all float outputs, weighted by `weights`. A dtype that PyTorch refuses has no entries. complex128, no dtype
of the format, is stored as pairs of float64 under NAME@complex128.
"""

import json
import math
import struct
import sys

import torch

MASK = (1 << 64) - 1

DTYPES = {
    name: getattr(torch, name)
    for name in (
        "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split()
    )
}
CLASSES = {
    "all": list(DTYPES),
    "number": [d for d in DTYPES if d != "bool"],
    "real": [d for d in DTYPES if not d.startswith("complex")],
    "ordered": [d for d in DTYPES if d != "bool" and not d.startswith("complex")],
    "float": ["float16", "bfloat16", "float32", "float64"],
    "inexact": ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"],
    "int": ["bool", "uint8", "int8", "int16", "int32", "int64"],
    "integer": ["uint8", "int8", "int16", "int32", "int64"],
    "single": ["float32", "float64"],
    "complex": ["complex64", "complex128"],
}


def fnv(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def splitmix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def unit(seed, i):
    """The i-th number of a stream, in [0, 1), with 24 bits: exact in float32."""
    return (splitmix((seed + i) & MASK) >> 40) / (1 << 24)


def tensor(seed, shape, dtype, low, high):
    """The test tensor that Rust makes too, number for number."""
    n = math.prod(shape)
    if dtype == "bool":
        values = [unit(seed, i) < 0.5 for i in range(n)]
    elif dtype.startswith("complex"):
        lo, hi = (-2.0, 2.0) if low is None else (low, high)
        span = hi - lo
        values = [complex(lo + unit(seed, 2 * i) * span, lo + unit(seed, 2 * i + 1) * span) for i in range(n)]
    elif dtype.startswith(("int", "uint")):
        lo, hi = (0, 7) if dtype == "uint8" else (-4, 5)
        if low is not None:
            lo = math.ceil(low)
            hi = max(math.ceil(high), lo + 1)
        values = [lo + math.floor(unit(seed, i) * (hi - lo)) for i in range(n)]
    else:
        lo, hi = (-2.0, 2.0) if low is None else (low, high)
        values = [lo + unit(seed, i) * (hi - lo) for i in range(n)]
    wide = torch.complex128 if dtype.startswith("complex") else torch.float64 if "float" in dtype else None
    return torch.tensor(values, dtype=wide).to(DTYPES[dtype]).reshape(shape)


# Functions of which PyTorch rounds every step in halves, and is several units off the value (or overflows): theirs are its
# own in float32, rounded once.
ROUNDED_ONCE = set(
    """i0e matrix_exp linalg_matrix_exp conv_transpose1d conv_transpose2d conv_transpose3d convolution grid_sample grid_sampler
    grid_sampler_2d grid_sampler_3d gru gru_cell gru_packed lstm lstm_cell lstm_packed rnn_relu rnn_relu_cell rnn_relu_packed
    rnn_tanh rnn_tanh_cell rnn_tanh_packed batch_norm""".split()
)
# PyTorch's gradient is wrong: it passes on what was written over and leaves out the rest. Finite differences check ours.
WRONG_GRADIENTS = {"as_strided_scatter"}


class Sample:
    """One call: evaluates the sample's text with `T` making tensors."""

    def __init__(self, name, index, text, dtype):
        self.seed = fnv(name) ^ (index * 7919)
        self.dtype, self.tensors, self.count = dtype, [], 0
        scope = {"T": self.make, "inf": math.inf, "nan": math.nan, **DTYPES}
        scope["call"] = lambda *args, **named: (args, named)
        self.args, self.named = eval(f"call({text})", scope)

    def make(self, *shape, dtype=None, low=None, high=None):
        seed = (self.seed + self.count * 1_000_003) & MASK
        self.count += 1
        name = self.dtype if dtype is None else str(dtype).removeprefix("torch.")
        t = tensor(seed, shape, name, low, high)
        if self.dtype == "float64" and t.dtype == torch.float64:
            t.requires_grad_(True)
        self.tensors.append(t)
        return t


# Functions whose place in the registry is one that Python code wraps, and whose samples are written for the wrapper.
WRAPPED = {"_embedding_of_rows": "nn.functional.embedding"}


def resolve(name, path):
    path = WRAPPED.get(path, path)
    for candidate in [path] if path else [name, f"nn.functional.{name}", f"special.{name}", f"linalg.{name}", f"Tensor.{name}"]:
        found = torch
        for part in candidate.split("."):
            found = getattr(found, part, None)
        if found is not None:
            return found
    return None


def flatten(result):
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, (tuple, list)):
        return [t for r in result for t in flatten(r)]
    if isinstance(result, (bool, int, float)):
        return [torch.tensor(result)]
    return []


def widened(x):
    """Halves in float32, also in lists."""
    if isinstance(x, list):
        return [widened(e) for e in x]
    return x.float() if isinstance(x, torch.Tensor) and x.is_floating_point() else x


def weights(t):
    flat = torch.arange(t.numel(), dtype=torch.float64)
    return (1.0 - 0.3 * (flat * 7 % 5)).reshape(t.shape)


NAMES = {v: k for k, v in DTYPES.items()}
CODES = dict(
    bool="BOOL", uint8="U8", int8="I8", int16="I16", int32="I32", int64="I64", float16="F16", bfloat16="BF16",
    float32="F32", float64="F64", complex64="C64", complex128="C128",
)


def save(path, tensors):
    header, offset, parts = {}, 0, []
    for name in sorted(tensors):  # offsets follow this order
        t = (tensors[name].detach() + 0 if tensors[name]._is_zerotensor() else tensors[name].detach()).resolve_conj().resolve_neg().contiguous().clone()
        raw = t.reshape(-1).view(torch.uint8).numpy(force=True).tobytes() if t.numel() else b""
        code = CODES[NAMES[t.dtype]]
        if code == "C128":  # not a dtype of the format: stored as pairs of F64
            code, shape, name = "F64", [*t.shape, 2], name + "@complex128"
        else:
            shape = list(t.shape)
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [offset, offset + len(raw)]}
        offset += len(raw)
        parts.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def main(registry, folder):
    torch.manual_seed(0)
    files, refused, unknown = {}, [], []
    for entry in json.load(open(registry)):
        name = entry["name"]
        function = resolve(name, entry["torch"])
        if function is None:
            unknown.append(name)
            continue
        out = files.setdefault(name[0], {})
        for index, text in enumerate(entry["samples"]):
            for dtype in CLASSES[entry["dtypes"]]:
                sample = Sample(name, index, text, dtype)
                half = DTYPES[dtype] if name in ROUNDED_ONCE and dtype in ("float16", "bfloat16") else None
                args = [widened(a) if half else a for a in sample.args]
                try:
                    outputs = flatten(function(*args, **sample.named))
                    if half:
                        outputs = [t.to(half) if t.is_floating_point() else t for t in outputs]
                except (RuntimeError, NotImplementedError, TypeError, IndexError, ValueError) as e:
                    refused.append(f"{name}/{index}/{dtype}: {str(e).splitlines()[0][:100]}")
                    continue
                key = f"{name}/{index}/{dtype}"
                for i, t in enumerate(outputs):
                    if t.dtype in NAMES:
                        out[f"{key}/out.{i}"] = t.detach().clone()
                leaves = [t for t in sample.tensors if t.requires_grad]
                roots = [t for t in outputs if t.requires_grad]
                if entry["grad"] and leaves and roots and name not in WRONG_GRADIENTS:
                    total = sum((t.to(torch.complex128 if t.is_complex() else torch.float64) * weights(t)).sum().real for t in roots)
                    try:
                        grads = torch.autograd.grad(total, leaves, allow_unused=True)
                    except RuntimeError as e:
                        refused.append(f"{key} gradient: {e}")
                        continue
                    for i, (leaf, g) in enumerate(zip(leaves, grads)):
                        out[f"{key}/grad.{i}"] = torch.zeros_like(leaf) if g is None else g
    for letter, tensors in files.items():
        save(f"{folder}/{letter}.safetensors", tensors)
    print(f"{sum(map(len, files.values()))} goldens; PyTorch refused {len(refused)} calls, does not have {unknown}")
    float_refusals = [r for r in refused if "/float64" in r or "/float32" in r]
    print("\n".join(float_refusals))


if __name__ == "__main__":
    main(*sys.argv[1:])
