"""Runs every sample of the registry with PyTorch on empty and 0-d tensors, and writes what it answers or which error.

    cargo run -p flambeau-core --example registry > registry.json
    python conformance/edge_goldens.py registry.json conformance/goldens/edges.json

Needs torch. Keys are FUNCTION/SAMPLE/CASE: the case is `0d`, where all tensors of the sample are 0-d, or a size, which is
then 0 wherever a tensor of the sample has it. Samples that PyTorch refuses as they are written have no cases. A value is the list of the outputs, each with dtype, shape and, if it is
small, its elements as text; or the name of the exception. Each function is called in a process of its own, as some calls crash
PyTorch itself; these cases are left out and printed.
"""

import json
import os
import sys

import torch
from goldens import CLASSES, DTYPES, NAMES, Sample, flatten, resolve


class Edge(Sample):
    """A sample whose tensors have other sizes."""

    def __init__(self, name, index, text, dtype, case):
        self.case, self.sizes = case, []
        super().__init__(name, index, text, dtype)

    def make(self, *shape, **options):
        self.sizes += [n for n in shape if n > 0 and n not in self.sizes]
        if self.case == "0d":
            shape = ()
        elif self.case is not None:
            shape = tuple(0 if n == self.case else n for n in shape)
        return super().make(*shape, **options)


def text(x):
    return f"{x.real} {x.imag}" if isinstance(x, complex) else str(x)


def described(t):
    out = {"dtype": NAMES[t.dtype], "shape": list(t.shape)}
    if 0 < t.numel() <= 24:
        out["values"] = [text(x) for x in t.detach().reshape(-1).tolist()]
    return out


def called(function, sample):
    try:
        return [described(t) for t in flatten(function(*sample.args, **sample.named)) if t.dtype in NAMES]
    except (RuntimeError, TypeError, LookupError, ValueError, ArithmeticError, AssertionError) as e:
        return type(e).__name__


def cases_of(entry, done, write):
    """Answers of one function's cases that are not among `done`, each announced before PyTorch is called."""
    name, classes = entry["name"], CLASSES[entry["dtypes"]]
    function = resolve(name, entry["torch"])
    if function is None:
        return
    dtype = next(d for d in ("float64", "int64", "complex128") if d in classes)
    for index, source in enumerate(entry["samples"]):
        as_written = Edge(name, index, source, dtype, None)
        if isinstance(called(function, as_written), str):
            continue
        for case in [*as_written.sizes, "0d"]:
            key = f"{name}/{index}/{case}"
            if key not in done:
                torch.manual_seed(0)
                write([key])
                write([key, called(function, Edge(name, index, source, dtype, case))])


def apart(entry):
    """The table of one function's cases, and those that crash PyTorch."""
    table, crashed = {}, []
    while True:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            out = os.fdopen(writer, "w", buffering=1)
            status = 1
            try:
                cases_of(entry, {*table, *crashed}, lambda line: out.write(json.dumps(line) + "\n"))
                status = 0
            finally:
                os._exit(status)
        os.close(writer)
        begun = None
        for line in os.fdopen(reader):
            key, *answer = json.loads(line)
            begun = key if not answer else None
            if answer:
                table[key] = answer[0]
        _, status = os.waitpid(child, 0)
        if status == 0:
            return table, crashed
        if begun is None:
            raise RuntimeError(f"{entry['name']}: ended with {status} between two calls")
        crashed.append(begun)


def main(registry, path):
    torch.set_num_threads(1)
    table = {}
    for entry in json.load(open(registry)):
        cases, crashed = apart(entry)
        table |= cases
        for key in crashed:
            print("PyTorch crashes:", key)
    with open(path, "w") as out:
        json.dump(table, out, separators=(",", ":"), sort_keys=True)
        out.write("\n")
    print(len(table), "cases")


if __name__ == "__main__":
    main(*sys.argv[1:])
