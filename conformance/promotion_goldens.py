"""Writes what PyTorch's `result_type` answers for every pair of operands: tensors with dimensions, 0-d tensors, numbers.

    python conformance/promotion_goldens.py conformance/goldens/promotion.json

An operand is written `float32[1]` (a tensor with dimensions), `float32[]` (0-d) or `float` (a Python number).
"""

import json
import sys

import torch

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
          "complex128"]
NUMBERS = {"bool": True, "int": 3, "float": 2.5, "complex": 1 + 2j}


def operands():
    for name in DTYPES:
        yield f"{name}[1]", torch.ones(2, dtype=getattr(torch, name))
        yield f"{name}[]", torch.ones((), dtype=getattr(torch, name))
    yield from NUMBERS.items()


def main():
    table = {}
    for left, a in operands():
        for right, b in operands():
            table[f"{left} {right}"] = str(torch.result_type(a, b)).removeprefix("torch.")
    with open(sys.argv[1], "w") as out:
        json.dump(table, out, indent=0, sort_keys=True)
        out.write("\n")


main()
