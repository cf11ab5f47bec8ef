"""Prints tensors with PyTorch and writes the texts that `python/tests/test_repr.py` expects of the Python package.

    python conformance/repr_goldens.py conformance/repr.json

Needs torch. Every case is an expression that says `torch`, which both evaluate, and its `repr`; `options` are given to
`set_printoptions` before, and `default` is the default dtype meanwhile.
"""

import json
import math
import sys

FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTS = ["uint8", "int8", "int16", "int32", "int64"]
COMPLEX = ["complex64", "complex128"]


def cases():
    """Every case without its text."""
    found = []

    def add(make, default=None, **options):
        found.append({"make": make} | ({"options": options} if options else {}) | ({"default": default} if default else {}))

    # Every dtype: a matrix, a vector, one number, nothing.
    for dtype in FLOATS:
        add(f"torch.tensor([[1.5, -2.25, 3.0], [0.0, 1e-3, 100.0]], dtype=torch.{dtype})")
        add(f"torch.tensor([1.0, 2.0, -3.0], dtype=torch.{dtype})")
        add(f"torch.tensor([inf, -inf, nan, 0.0, -0.0], dtype=torch.{dtype})")
        add(f"torch.tensor(2.718281828, dtype=torch.{dtype})")
        add(f"torch.tensor(7.0, dtype=torch.{dtype})")
        add(f"torch.empty(0, dtype=torch.{dtype})")
        add(f"torch.tensor([1e-3, 3.0, 6e4], dtype=torch.{dtype})")
        add(f"torch.arange(1200, dtype=torch.float64).to(torch.{dtype})")
    for dtype in INTS:
        add(f"torch.tensor([[1, 20, 3], [100, 0, 7]], dtype=torch.{dtype})")
        add(f"torch.tensor(42, dtype=torch.{dtype})")
        add(f"torch.zeros(2, 0, dtype=torch.{dtype})")
        add(f"torch.iinfo(torch.{dtype}).max * torch.ones(2, dtype=torch.{dtype})")
        add(f"(torch.arange(3000) % 100).to(torch.{dtype}).reshape(50, 60)")
    for dtype in INTS[1:]:
        add(f"torch.tensor([[-1, 20], [-100, 7]], dtype=torch.{dtype})")
        add(f"torch.tensor([torch.iinfo(torch.{dtype}).min, 0], dtype=torch.{dtype})")
    for dtype in COMPLEX:
        add(f"torch.tensor([1 + 2j, -0.5 - 3j, 0j], dtype=torch.{dtype})")
        add(f"torch.tensor([[1e-4 + 2e5j, 3j], [-1.0, 2 - 1e-9j]], dtype=torch.{dtype})")
        add(f"torch.tensor(1.25 - 1j, dtype=torch.{dtype})")
        add(f"torch.tensor([complex(nan, 1), complex(inf, -inf), complex(0.5, nan)], dtype=torch.{dtype})")
        add(f"torch.tensor([complex(nan, nan), complex(inf, 1)], dtype=torch.{dtype})")
        add(f"torch.zeros(0, 3, dtype=torch.{dtype})")
        add(f"torch.complex(torch.arange(1500.0), -torch.arange(1500.0)).to(torch.{dtype})")
        add(f"torch.tensor([1 + 2j, 3 - 4j], dtype=torch.{dtype}, requires_grad=True)")
        add(f"torch.tensor([1 + 2j, 3 - 4j], dtype=torch.{dtype}).real")
    add("torch.tensor([True, False, True])")
    add("torch.tensor(True)")
    add("torch.empty(0, dtype=torch.bool)")
    add("torch.zeros(3, 0, 2, dtype=torch.bool)")
    add("(torch.arange(2000) % 3 == 0).reshape(40, 50)")
    add("torch.arange(12).reshape(3, 4) > 5")

    # Shapes.
    for shape in ("()", "(1,)", "(1, 1)", "(1, 1, 1)", "(2, 1, 3)", "(2, 3, 2)", "(2, 2, 2, 2)", "(1, 2, 1, 3, 1)", "(5, 1)", "(1, 40)",
                  "(40, 1)", "(3, 30)", "(0, 3)", "(3, 0)", "(2, 0, 4)", "(1, 0)", "(0, 0)"):  # fmt: skip
        add(f"(torch.arange(math.prod({shape})) * 1.25).reshape({shape})")
    for shape in ("(3, 4)", "(2, 3, 4)", "(0, 2)"):
        add(f"torch.arange(math.prod({shape})).reshape({shape})")

    # When it is scientific, and how wide numbers are.
    for values in ("1e-5, 1.0", "1e-4, 1.0", "1.0, 999.0", "1.0, 1001.0", "0.5, 1001.0", "1e8, 1e8", "1e8, 1.5e8", "99999999.0, 1.0",
                   "1e9, 1.0", "1e-10, 1e10", "1e-45, 1.0", "3.4e38, -3.4e38", "0.1, 0.2, 0.3", "0.00012345", "123456.789", "12345678.0",
                   "0.0, 0.0", "-0.0, 0.0", "1e5, nan", "1e-5, inf", "inf, inf", "nan", "1.0, nan, 2.0", "1.5, nan, -inf",
                   "1e100, 1e-100", "1e15, 0.5", "1 / 3, 2 / 3, 1e3 / 3", "9.99995, 9.99994", "0.99999, 0.00001", "1e3, 1e-1"):  # fmt: skip
        add(f"torch.tensor([{values}])")
        add(f"torch.tensor([{values}], dtype=torch.float64)")

    # Long lines, and what is left out of large tensors.
    add("torch.arange(100)")
    add("torch.arange(100.0)")
    add("torch.linspace(-1, 1, 37)")
    add("torch.arange(1000)")
    add("torch.arange(1001)")
    add("torch.arange(1001.0) * 0.37 - 5")
    add("torch.arange(10000.0).reshape(100, 100)")
    add("torch.arange(10000.0).reshape(10, 10, 100) / 7")
    add("torch.arange(4096).reshape(8, 8, 8, 8)")
    add("torch.arange(2000.0).reshape(2, 1000)")
    add("torch.arange(2000.0).reshape(1000, 2)")
    add("torch.arange(1500.0).reshape(1, 1500).expand(3, 1500)")
    add("torch.zeros(1001, 0)")
    add("torch.full((2000,), nan)")
    add("torch.full((30, 50), 1e-7)")

    # What is behind the numbers: gradients, their functions, parameters.
    add("torch.ones(2, requires_grad=True)")
    add("torch.tensor(1.0, requires_grad=True)")
    add("torch.ones(2, 0, requires_grad=True)")
    add("torch.ones(2, dtype=torch.float64, requires_grad=True)")
    for step in ("x + 1", "x * x", "x / 2", "x @ x.T", "x.sum()", "x.mean(0)", "x.exp()", "x.log()", "x.t()", "x[0]", "x[:, 1]", "x.reshape(-1)",
                 "x.view(4)", "x ** 2", "-x", "x.relu()", "x.sigmoid()", "x.softmax(1)", "x.clone()", "x.unsqueeze(0)", "x.max()",
                 "x.sqrt()", "torch.cat([x, x])", "torch.stack([x, x])", "x.abs()", "x.to(torch.float64)", "x.clamp(0, 1)",
                 "torch.nn.functional.linear(x, x)", "x.norm()", "x[[0, 1], [1, 0]]", "x.detach()", "x.expand(2, 2, 2)",
                 "torch.where(x > 0, x, -x)", "x.cumsum(0)", "x.std()"):  # fmt: skip
        add(f"(lambda x: {step})(torch.tensor([[1.0, 2.0], [0.5, 3.0]], requires_grad=True))")
    add("torch.nn.Parameter(torch.ones(2, 3))")
    add("torch.nn.Parameter(torch.tensor(1.5), requires_grad=False)")
    add("torch.nn.Parameter(torch.arange(1200.0))")
    add("torch.nn.Parameter(torch.zeros(0, 4, dtype=torch.float64))")
    add("list(torch.nn.ParameterList([torch.ones(2)]))")
    add("{'w': torch.ones(2), 'b': (torch.zeros(1), torch.tensor(3))}")
    add("torch.tensor([3.0, 1.0, 2.0]).sort()")
    add("torch.tensor([[3.0, 1.0], [2.0, 5.0]]).max(1)")

    # Not dense in memory.
    add("torch.arange(12.0).reshape(3, 4).t()")
    add("torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1)")
    add("torch.arange(20.0)[::3]")
    add("torch.arange(20.0).reshape(4, 5)[1:3, ::2]")
    add("torch.tensor([[1.0], [2.0]]).expand(2, 4)")
    add("torch.arange(10.0).unfold(0, 4, 2)")
    add("torch.arange(5000.0).reshape(50, 100).t()")
    add("torch.arange(6.0).as_strided((3, 2), (1, 2))")

    # Options.
    floats = "torch.arange(12.0).reshape(3, 4) / 7"
    add(floats, precision=2)
    add(floats, precision=0)
    add(floats, precision=8)
    add(floats, sci_mode=True)
    add("torch.tensor([1e-6, 1e6])", sci_mode=False)
    add("torch.tensor([1 + 1e-6j, 1e6])", sci_mode=False)
    add("torch.arange(30.0)", linewidth=40)
    add("torch.arange(30)", linewidth=20)
    add("torch.arange(200.0).reshape(10, 20)", threshold=50)
    add("torch.arange(200.0).reshape(10, 20)", threshold=50, edgeitems=1)
    add("torch.arange(64).reshape(4, 4, 4)", threshold=10, edgeitems=1)
    add("torch.arange(2000)", threshold=math.inf)
    add(floats, profile="short")
    add(floats, profile="full")
    add("torch.arange(1100) * 3", profile="short")
    add(f"torch.nn.Parameter({floats})", precision=3, linewidth=30)

    # Another default dtype.
    for default in ("float64", "float16", "bfloat16"):
        add("torch.ones(2, dtype=torch.float32)", default=default)
        add("torch.ones(2)", default=default)
        add("torch.tensor(0.1, dtype=torch.float64)", default=default)
        add("torch.ones(2, dtype=torch.complex64)", default=default)
    add("torch.ones(2, dtype=torch.complex128)", default="float64")
    return found


def text_of(torch, case):
    """What a case prints with this library."""
    options = {"profile": "default", **case.get("options", {})}
    torch.set_printoptions(**options)
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, case.get("default", "float32")))
    try:
        return repr(eval(case["make"], {"torch": torch, "math": math, "nan": math.nan, "inf": math.inf}))
    finally:
        torch.set_default_dtype(before)
        torch.set_printoptions(profile="default", sci_mode=None)


def main():
    import torch

    found = [case | {"text": text_of(torch, case)} for case in cases()]
    with open(sys.argv[1], "w") as f:
        f.write("[\n" + ",\n".join(map(json.dumps, found)) + "\n]\n")
    print(f"{len(found)} cases")


if __name__ == "__main__":
    main()
