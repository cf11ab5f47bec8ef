"""Runs the examples in the docstrings of the installed PyTorch on both sides, and lists where Flambeau does not do the same.

    python conformance/examples.py [NAME ...] [--json FILE]

NAME is a part of a name, as in `torch.linalg`. The examples are read from the installed package and are not kept here. Each
docstring's examples run in order, in a namespace of their own, with the same seed; what an expression gives is compared:
tensors by dtype, shape and numbers, and all else as it is shown. What fails in PyTorch, or gives something else there in a
second run (fresh memory, times), is not compared.
"""

import argparse
import doctest
import inspect
import json
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve()
PLACES = (
    "torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.nn.utils.rnn",
    "torch.nn.utils.parametrize", "torch.nn.utils.parametrizations", "torch.nn.utils.stateless", "torch.nn.parameter", "torch.linalg",
    "torch.fft", "torch.special", "torch.signal.windows", "torch.optim", "torch.optim.lr_scheduler", "torch.optim.swa_utils",
    "torch.autograd", "torch.autograd.functional", "torch.autograd.graph", "torch.autograd.forward_ad", "torch.func", "torch.utils.data",
    "torch.utils.checkpoint", "torch.distributions", "torch.masked", "torch.sparse", "torch.random", "torch.amp",
    "torch.utils.dlpack",
)  # fmt: skip
SECONDS = 10
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


# ---- what PyTorch says


def public(place):
    return [n for n in dict.fromkeys([*getattr(place, "__all__", ()), *dir(place)]) if not n.startswith("_")]


def collect(wanted):
    """Names and sources of examples, each docstring once."""
    import importlib

    import torch

    found, seen = {}, set()

    def add(name, thing):
        doc = inspect.getdoc(thing) or ""
        if doc in seen or wanted and not any(w in name for w in wanted):
            return
        seen.add(doc)
        try:
            sources = [e.source for e in doctest.DocTestParser().get_examples(doc)]
        except ValueError:
            return
        if sources:
            found[name] = sources

    for path in PLACES:
        place = torch.Tensor if path == "torch.Tensor" else importlib.import_module(path)
        for name in public(place):
            thing = getattr(place, name, None)
            if thing is None or inspect.ismodule(thing):
                continue
            add(f"{path}.{name}", thing)
            if inspect.isclass(thing) and path != "torch.Tensor":
                for method in vars(thing):
                    if not method.startswith("_"):
                        add(f"{path}.{name}.{method}", vars(thing)[method])
    return found


# ---- one side


def shown(value, depth=0):
    """What is compared of a value."""
    import torch

    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided:
            value = value.to_dense()
        numbers = value.detach().resolve_conj().resolve_neg()
        numbers = (torch.view_as_real(numbers) if numbers.is_complex() else numbers).double().flatten()[:1000].tolist()
        return ["tensor", str(value.dtype), list(value.shape), numbers, value.requires_grad]
    if isinstance(value, float):
        return ["number", "float", [], [value], False]
    if isinstance(value, (tuple, list)) and depth < 4:
        return [type(value).__name__, [shown(v, depth + 1) for v in value]]
    if isinstance(value, dict) and depth < 4:
        return ["dict", [[str(k), shown(v, depth + 1)] for k, v in value.items()]]
    if callable(value) and hasattr(value, "__name__"):
        return ["callable", value.__name__]
    return ["other", ADDRESS.sub("", repr(value))]


class Late(Exception):
    """An example takes too long."""


def late(*_):
    raise Late


def statement(source, names):
    """What one example gives."""
    try:
        try:
            code, expression = compile(source, "<example>", "eval"), True
        except SyntaxError:
            code, expression = compile(source, "<example>", "exec"), False
        signal.alarm(SECONDS)
        result = eval(code, names)
        return {"value": shown(result)} if expression else {}
    except (Exception, SystemExit) as e:
        return {"error": f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"[:300]}
    finally:
        signal.alarm(0)


def play(path, out):
    """Runs all examples with the `torch` that is imported here."""
    import numpy
    import torch
    import torch.nn
    import torch.nn.functional

    warnings.filterwarnings("ignore")
    signal.signal(signal.SIGALRM, late)
    results = {}
    for name, sources in json.loads(pathlib.Path(path).read_text()).items():
        torch.manual_seed(0)
        torch.set_default_dtype(torch.float32)
        torch.set_default_device("cpu")
        torch.set_grad_enabled(True)
        torch.set_printoptions(profile="default")
        names = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": numpy, "numpy": numpy, "math": math}
        results[name] = [statement(source, names) for source in sources]
        pathlib.Path(out).write_text(json.dumps(results))


# ---- both


def close(a, b):
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-5 + 1.3e-4 * abs(b)


def differs(ours, theirs):
    """In what two values differ; `None` if in nothing."""
    if ours[0] != theirs[0]:
        return f"a {ours[0]} instead of a {theirs[0]}"
    kind = theirs[0]
    if kind in ("tensor", "number"):
        for what, a, b in zip(("dtype", "shape"), ours[1:3], theirs[1:3]):
            if a != b:
                return f"{what} {a} instead of {b}"
        if ours[4] != theirs[4]:
            return f"requires_grad {ours[4]} instead of {theirs[4]}"
        bad = next((i for i, (a, b) in enumerate(zip(ours[3], theirs[3])) if not close(a, b)), None)
        return None if bad is None else f"{ours[3][bad]} instead of {theirs[3][bad]} at {bad}"
    if isinstance(theirs[1], list):
        a, b = ours[1], theirs[1]
        if len(a) != len(b):
            return f"{len(a)} items instead of {len(b)}"
        if kind == "dict":
            if [k for k, _ in a] != [k for k, _ in b]:
                return f"keys {[k for k, _ in a]} instead of {[k for k, _ in b]}"
            a, b = [v for _, v in a], [v for _, v in b]
        return next((d for d in map(differs, a, b) if d), None)
    a, b = (text.replace("flambeau.", "torch.") for text in (ours[1], theirs[1]))
    return None if a == b else f"{a[:150]!r} instead of {b[:150]!r}"


def first_difference(sources, ours, theirs, again):
    """The first example that Flambeau does otherwise: its number and how. How many were compared."""
    compared = 0
    for i, source in enumerate(sources):
        if "error" in theirs[i]:
            continue
        compared += 1
        if "error" in ours[i]:
            return compared, (source, ours[i]["error"])
        if theirs[i] != again[i] or "value" not in theirs[i]:
            continue
        how = differs(ours[i]["value"], theirs[i]["value"])
        if how:
            return compared, (source, how)
    return compared, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only names with one of these parts")
    parser.add_argument("--json", metavar="FILE", help="write what differs here too")
    parser.add_argument("--play", nargs=2, metavar=("FILE", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        return play(*options.play)
    with tempfile.TemporaryDirectory() as folder:
        examples = os.path.join(folder, "examples.json")
        found = collect(options.names)
        pathlib.Path(examples).write_text(json.dumps(found))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent.parent / "python"), os.environ.get("PYTHONPATH", "")])}
        results = []
        for how in (["-m", "flambeau"], [], []):
            out = os.path.join(folder, f"{len(results)}.json")
            command = [sys.executable, *how, str(HERE), "--play", examples, out]
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
            results.append(json.loads(pathlib.Path(out).read_text()))
    different, total, compared = {}, 0, 0
    for name, sources in found.items():
        count, difference = first_difference(sources, *(r[name] for r in results))
        total += count > 0
        compared += count
        if difference:
            different[name] = difference
            source = difference[0].strip().splitlines()[0]
            print(f"{name}: {source[:100]}\n    {difference[1]}")
    print(f"the same: the examples of {total - len(different)} of {total} docstrings ({compared} examples compared)")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(different, indent=1))


if __name__ == "__main__":
    main()
