"""Prints tensors with PyTorch and writes the texts that `cargo test -p flambeau-core --test print` expects.

    python conformance/print_goldens.py conformance/goldens/print.json

Needs torch. Every case is a recipe, which the test follows too, and its text:

    dtype, shape    of the tensor to begin with
    values          its elements, row by row: numbers as text; real and imaginary part one after the other
    range           or [start, step]: element i is start + i * step, computed in float64
    scatter         or [low, high]: element i is low + (i * 7919 % 1009) / 1009 * (high - low), computed in float64
    grad            whether it requires grad
    steps           functions of the registry then applied one after the other, as "NAME: ARGUMENTS"; `T()` is the tensor
                    itself once more
    options         arguments of set_printoptions, with profile
    default         the default dtype meanwhile
"""

import json
import math
import sys

import torch
from goldens import DTYPES, flatten, resolve

FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTS = ["uint8", "int8", "int16", "int32", "int64"]
COMPLEX = ["complex64", "complex128"]
PATHS = {"slice": "ops.aten.slice", "unfold": "Tensor.unfold", "to_dtype": "Tensor.to", "clone_tensor": "clone"}
CASES = []


def make(case):
    """The tensor that a recipe describes."""
    n = math.prod(case["shape"])
    dtype = DTYPES[case["dtype"]]
    if "values" in case:
        numbers = [float(v) if "float" in case["dtype"] or dtype.is_complex else int(v) for v in case["values"]]
        if dtype.is_complex:
            numbers = [complex(*pair) for pair in zip(numbers[::2], numbers[1::2])]
    elif "range" in case:
        start, step = case["range"]
        numbers = [start + i * step for i in range(n * (2 if dtype.is_complex else 1))]
        numbers = [complex(*pair) for pair in zip(numbers[::2], numbers[1::2])] if dtype.is_complex else numbers
    else:
        low, high = case["scatter"]
        numbers = [low + (i * 7919 % 1009) / 1009 * (high - low) for i in range(n * (2 if dtype.is_complex else 1))]
        numbers = [complex(*pair) for pair in zip(numbers[::2], numbers[1::2])] if dtype.is_complex else numbers
    wide = torch.complex128 if dtype.is_complex else torch.float64 if dtype.is_floating_point else torch.int64
    t = torch.tensor(numbers, dtype=wide).to(dtype).reshape(case["shape"])
    if case.get("grad"):
        t.requires_grad_(True)
    for step in case.get("steps", []):
        name, arguments = step.split(":", 1)
        scope = {"T": lambda t=t: t, "inf": math.inf, "nan": math.nan, **DTYPES}
        scope["call"] = lambda *args, **named: resolve(name, PATHS.get(name))(t, *args, **named)
        t = flatten(eval(f"call({arguments})", scope))[0]
    return t


def add(name, dtype, shape, *, options=None, default=None, steps=None, grad=False, **elements):
    case = {"name": name, "dtype": dtype, "shape": list(shape), **elements}
    if "values" in case:
        case["values"] = [str(v) for v in case["values"]]
    for key, value in dict(options=options, default=default, steps=steps, grad=grad).items():
        if value:
            case[key] = value
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**(options or {}))
    torch.set_default_dtype(DTYPES[default or "float32"])
    case["text"] = repr(make(case))
    CASES.append(case)


def dtypes():
    for d in DTYPES:
        add(f"scalar {d}", d, [], values=[1, -2] if d in COMPLEX else [1])
        add(f"one {d}", d, [1], values=[0, 0] if d in COMPLEX else [0])
        for shape in [[0], [0, 3], [3, 0, 2]]:
            add(f"empty {d} {shape}", d, shape, values=[])
        unsigned = d in ("bool", "uint8")
        add(f"vector {d}", d, [7], range=[0, 1] if unsigned else [-3, 1])
        add(f"matrix {d}", d, [3, 5], scatter=[0, 1.99] if d == "bool" else [0 if unsigned else -90, 90])
        add(f"cube {d}", d, [2, 3, 4], scatter=[0, 1.99] if d == "bool" else [0 if unsigned else -9, 10])
        add(f"lines {d}", d, [60], range=[0, 0.04] if d == "bool" else [0, 2])
        add(f"summary {d}", d, [40, 50], scatter=[0, 1.99] if d == "bool" else [0, 120])
        add(f"suffix wraps {d}", d, [2, 2], scatter=[0, 2], options=dict(linewidth=30))
    for d in INTS:
        info = torch.iinfo(DTYPES[d])
        add(f"extremes {d}", d, [2, 2], values=[info.min, info.max, 0, 1])
        add(f"widths {d}", d, [5], values=[1, 10, 100, 0, 7])
    for d in FLOATS:
        info = torch.finfo(DTYPES[d])
        for what in ("min", "max", "tiny", "eps", "smallest_normal"):
            add(f"{what} {d}", d, [], values=[getattr(info, what)])
        add(f"extremes {d}", d, [2, 2], values=[info.min, info.max, info.tiny, 0.0])
        add(f"fractions {d}", d, [2, 3], range=[-0.7, 0.3])


def floats():
    lists = dict(
        negative_zero=[-0.0, 0.0],
        negative_zero_fraction=[-0.0, 1.5],
        zeros=[0.0] * 50,
        whole=[1, 2, 3],
        whole_wide=[1, -20000, 300],
        nan=["nan"],
        nonfinite=["nan", "inf", "-inf"],
        nonfinite_zero=["nan", 0.0, "-inf"],
        nonfinite_whole=["nan", "inf", "-inf", 1, 200],
        nonfinite_fraction=["nan", "inf", "-inf", 1.5],
        nonfinite_scientific=["nan", "inf", "-inf", 1.5e-7, 0.0, -0.0],
        ratio_at=[1, 1000],
        ratio_above=[1, 1001],
        ratio_at_fraction=[0.5, 500],
        ratio_above_fraction=[0.5, 500.5],
        large_at=[1e8, 1e8],
        large_above=[100000008.0, 1e8],
        small_at=[1e-4, 2e-4],
        small_above=[1.1e-4, 2e-4],
        small=[9e-5, 5e-5],
        tiny_and_large=[1e-30, 1e30],
        whole_scientific=[1, 123456],
        ties=[0.00005, 0.00015, 0.03125, 2.5, 0.5],
        thirds=[1 / 3, 2 / 3, -1 / 3],
        rounds_up=[9.99995, 99.99999],
        carries=[0.99999, 0.99996],
        negative=[-1.5, -22.25, -333.125],
        near_zero=[0.00012, 0.05, 0.1],
        exponents=[1e-10, 1e-5, 1.0],
    )
    for name, values in lists.items():
        for d in ("float32", "float64"):
            add(f"{name} {d}", d, [len(values)], values=values)
    for v in [0.0, -0.0, 1.0, -1.0, 0.1, 1e-4, 9.9e-5, 12345.678, 1e8, 1.5e8, "inf", "-inf", "nan", 123456789.0, 1e5 + 0.5]:
        add(f"scalar {v}", "float32", [], values=[v])
    for v in [1e100, 1e-100, 1e300, 5e-324, 3.141592653589793, 1e15, 1e16]:
        add(f"scalar {v} float64", "float64", [], values=[v])
    add("mixed magnitudes in rows", "float32", [3, 3], values=[1e-3, 1, 1e3, 2, 3, 4, 5.5, 1e7, 0])
    add("overflows half", "float16", [2], values=[70000, 1])
    add("fraction 4-d", "float32", [2, 2, 2, 3], scatter=[-1, 1])
    add("whole 4-d", "float32", [2, 1, 2, 3], range=[0, 1])
    add("5-d", "int64", [1, 2, 1, 2, 2], range=[0, 1])


def complexes():
    for d in COMPLEX:
        add(f"signs {d}", d, [4], values=[1, 2, -1, -2, 1, -0.0, -0.0, 0.0])
        add(f"parts apart {d}", d, [3], values=[1e-6, 1, 2, 3.5, 1, 1e3])
        add(f"whole and fraction {d}", d, [2], values=[1, 0.5, 2, 0.25])
        add(f"nonfinite {d}", d, [5], values=["nan", "inf", "inf", "nan", "-inf", "-inf", 1, "nan", 1.5, 2])
        add(f"nonfinite scalar {d}", d, [], values=["nan", "-inf"])
        add(f"scientific {d}", d, [2], values=[1e-9, 1, 1, 1e12])
        add(f"fraction {d}", d, [4, 4], scatter=[-3, 3])
        add(f"lines of pairs {d}", d, [25], scatter=[-300, 300])
        add(f"scalar scientific {d}", d, [], values=[1e-9, -1e9])
    add("conjugate", "complex64", [3], scatter=[-3, 3], steps=["conj:"])


def summaries():
    add("at threshold", "int64", [1000], range=[0, 1])
    add("above threshold", "int64", [1001], range=[0, 1])
    add("fraction", "float32", [2000], range=[0, 0.37])
    add("scientific only at the edge", "float32", [2000], range=[0, 1])
    add("hidden elements do not count", "float32", [1200], range=[-600, 1])
    add("few rows", "float32", [2, 600], range=[0, 0.5])
    add("few columns", "float32", [600, 2], range=[0, 0.5])
    add("six rows", "int64", [6, 200], range=[0, 1])
    add("seven rows", "int64", [7, 200], range=[0, 1])
    add("3-d", "float32", [10, 11, 12], scatter=[-2, 2])
    add("3-d thin", "int64", [1, 2000, 1], range=[0, 1])
    add("4-d", "float32", [7, 2, 8, 10], scatter=[-2, 2])
    add("complex", "complex64", [30, 40], scatter=[-2, 2])
    add("bool", "bool", [1500], scatter=[0, 1.99])
    add("huge", "float32", [1], values=[0.5], steps=["expand: [1000000, 1000000]"])
    add("huge vector", "int16", [1], values=[-7], steps=["expand: [4000000000000]"])
    add("huge 3-d", "float64", [3, 1, 4], scatter=[-2, 2], steps=["expand: [3, 1000000000, 4]"])


def views():
    steps = dict(
        transpose=["transpose: 0, 1"],
        t_slice=["transpose: 0, 1", "slice: 0, 1, None, 2"],
        columns=["slice: 1, 1, 4"],
        every_other=["slice: 1, 0, None, 2"],
        row=["select: 0, 1"],
        column=["select: 1, -1"],
        element=["select: 0, 1", "select: 0, 2"],
        nothing=["slice: 1, 2, 2"],
        unsqueeze=["unsqueeze: 1"],
        expand=["unsqueeze: 0", "expand: [2, 4, 6]"],
        diagonal=["diagonal:"],
        unfold=["unfold: 1, 3, 2"],
        windows=["as_strided: [4, 3], [2, 1], 1"],
    )
    for name, chain in steps.items():
        for d in ("float32", "int64", "complex64", "bool", "bfloat16"):
            add(f"view {name} {d}", d, [4, 6], scatter=[0, 1.99] if d == "bool" else [-40, 40], steps=chain)
    add("summary transposed", "float32", [30, 50], range=[0, 0.25], steps=["transpose: 0, 1"])
    add("summary sliced", "int32", [60, 50], range=[0, 1], steps=["slice: 0, 3, None, 2", "slice: 1, 1, 49"])
    add("summary permuted", "float64", [7, 12, 15], scatter=[-5, 5], steps=["permute: [2, 0, 1]"])


def options():
    for precision in (0, 1, 2, 8, 20):
        for name, values in dict(fraction=[0.125, 2.5, -1 / 3], whole=[1, 2, 3], scientific=[1e-9, 1.5, 2.5]).items():
            for d in ("float32", "float64"):
                add(f"precision {precision} {name} {d}", d, [3], values=values, options=dict(precision=precision))
        add(f"precision {precision} complex", "complex64", [3], scatter=[-3, 3], options=dict(precision=precision))
    for mode in (True, False):
        for name, values in dict(
            fraction=[0.5, 2.5], whole=[1, 2], mixed=[1e-9, 1.5], large=[1e20, 1], zeros=[0, 0], nonfinite=["nan", "inf", 1]
        ).items():
            add(f"sci_mode {mode} {name}", "float32", [len(values)], values=values, options=dict(sci_mode=mode))
        add(f"sci_mode {mode} complex", "complex64", [2], values=[1e-9, 1.5, 2, 3], options=dict(sci_mode=mode))
        add(f"sci_mode {mode} int", "int64", [2], values=[1, 2], options=dict(sci_mode=mode))
        add(f"sci_mode {mode} scalar", "float64", [], values=[2.5], options=dict(sci_mode=mode))
    for width in (0, 1, 10, 20, 40, 79, 120, 200):
        add(f"linewidth {width}", "float32", [20], scatter=[-2, 2], options=dict(linewidth=width))
        add(f"linewidth {width} int", "int64", [2, 12], range=[0, 1], options=dict(linewidth=width))
        add(f"linewidth {width} dtype", "int8", [3], range=[0, 1], options=dict(linewidth=width))
        add(f"linewidth {width} grad", "float16", [2, 2], range=[0, 1], options=dict(linewidth=width), grad=True)
    for edge in (0, 1, 2, 5, 500):
        shapes = ([1001], [3]) if edge == 500 else ([1200], [40, 40], [2, 700], [9, 10, 12], [3], [])
        for shape in shapes:
            add(f"edgeitems {edge} {shape}", "float32", shape, range=[0, 0.5], options=dict(edgeitems=edge))
        add(f"edgeitems {edge} empty", "int64", [0, 2], values=[], options=dict(edgeitems=edge))
    for threshold in (0, 1, 5, 10):
        for shape in ([], [1], [5], [6], [12], [3, 4], [7, 2]):
            add(f"threshold {threshold} {shape}", "int64", shape, range=[0, 1], options=dict(threshold=threshold))
    add("threshold and edgeitems", "float32", [8, 8], scatter=[-2, 2], options=dict(threshold=10, edgeitems=1))
    add("short edges wrap", "float64", [50], range=[0, 1.25], options=dict(threshold=10, edgeitems=10, linewidth=50))
    for profile in ("default", "short", "full"):
        for shape in ([1], [3, 4], [1001 if profile == "full" else 1050], [5, 210])[: 3 if profile == "full" else 4]:
            add(f"profile {profile} {shape}", "float32", shape, scatter=[-2, 2], options=dict(profile=profile))
    add("profile and precision", "float32", [3], scatter=[-2, 2], options=dict(profile="short", precision=6))
    for default in ("float64", "float16", "bfloat16", "float32"):
        for d in ("float16", "bfloat16", "float32", "float64", "complex64", "complex128", "int64", "bool"):
            add(f"default {default} {d}", d, [2], range=[0, 1], default=default)
            add(f"default {default} {d} empty", d, [0], values=[], default=default)


def histories():
    for d in FLOATS + COMPLEX:
        add(f"leaf {d}", d, [2, 3], scatter=[-2, 2], grad=True)
        add(f"leaf scalar {d}", d, [], scatter=[-2, 2], grad=True)
        add(f"leaf empty {d}", d, [0, 2], values=[], grad=True)
        add(f"sum of a pair {d}", d, [2, 3], scatter=[-2, 2], grad=True, steps=["add: 1"])
    chains = """
        add: 1|sub: 1|mul: 2|div: 2|neg:|exp:|log:|sqrt:|abs:|sin:|tanh:|sigmoid:|relu:|pow: 2|reciprocal:|clone_tensor:
        sum:|mean:|t:|transpose: 0, 1|view: [4, 2]|reshape: [8]|select: 0, 1|slice: 1, 1|unsqueeze: 0|expand: [3, 2, 4]
        permute: [1, 0]|diagonal:|unfold: 0, 2, 1|as_strided: [2], [1]|flatten:|split: 1|unbind:|to_dtype: float64|logsumexp: 0
        softmax: -1|log_softmax: -1|cumsum: 0|flip: [0]|amax: 0|maximum: T()|prod:|gelu:|silu:|mm: T()|mul: T()
        sum: 0|mean: 1|prod: 0|narrow: 0, 0, 1|movedim: 0, 1|pow: T()|pow: 3|remainder: 2|remainder: T()|clamp: 0, 1|log1p:
        round:|leaky_relu:|layer_norm: [4]|norm:|i0e:|hardtanh:|softplus:|atan2: T()|matmul: T()
        """.replace("\n", "|").split("|")
    for chain in filter(None, map(str.strip, chains)):
        shape = [3, 3] if "mm:" in chain or "matmul:" in chain else [2, 4]
        add(f"history {chain}", "float32", shape, range=[0.5, 0.25], grad=True, steps=[chain])
    add("history of two", "float32", [2, 4], range=[0.5, 0.25], grad=True, steps=["mul: 2", "transpose: 0, 1"])
    add("history wraps", "float32", [12], range=[0.5, 0.25], grad=True, steps=["mul: 2"])
    add("history in a summary", "float64", [40, 40], range=[0.5, 0.25], grad=True, steps=["exp:"])
    add("no history in integers", "float32", [4], range=[0, 1], grad=True, steps=["to_dtype: int64"])


def main(path):
    for family in (dtypes, floats, complexes, summaries, views, options, histories):
        family()
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)
    with open(path, "w") as f:
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in CASES)
        f.write(f"[\n{lines}\n]\n")
    print(f"{len(CASES)} texts")


if __name__ == "__main__":
    main(*sys.argv[1:])
