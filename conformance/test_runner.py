"""The runner is honest: it fails on a wrong value, dtype, shape or gradient, and where an exception is missing.

    python -m unittest conformance/test_runner.py

Needs what run.py needs. The entries are made up here, and so are Flambeau's sides of them, right and wrong.
"""

import pathlib
import sys
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "python"), str(HERE)]

import flambeau  # noqa: E402
import torch  # noqa: E402
from checks import operators  # noqa: E402
from checks.compare import Difference, same  # noqa: E402

import run  # noqa: E402


class Entry:
    """As an entry of op_db: the exponential, with a mistake that is refused."""

    name = "exp"
    variant_test_name = ""
    decorators = ()
    supports_autograd = supports_gradgrad = supports_out = True
    output_process_fn_grad = None
    inplace_variant = staticmethod(torch.Tensor.exp_)
    error_inputs_func = True

    def op(self, x, **named):
        return torch.exp(x, **named)

    def supported_dtypes(self, device):
        return {torch.float32, torch.float64}

    supported_backward_dtypes = supported_dtypes

    def sample(self, *args):
        return types.SimpleNamespace(input=args[0], args=args[1:], kwargs={}, output_process_fn_grad=lambda x: x)

    def sample_inputs(self, device, dtype, requires_grad=False):
        for shape in ((3,), (2, 3), ()):
            yield self.sample(torch.linspace(-1, 1, max(1, torch.Size(shape).numel()), dtype=dtype).reshape(shape).requires_grad_(requires_grad))

    def error_inputs(self, device):
        yield types.SimpleNamespace(sample_input=self.sample("text"))


class Refused(Entry):
    """An entry whose every sample PyTorch refuses."""

    def op(self, x, **named):
        raise RuntimeError("refused")


def honest(x, **named):
    return flambeau.exp(x, **named)


def wrong_in_one_place(x, **named):
    result = flambeau.exp(x, **named)
    if result.numel() > 1:
        flat = flambeau.arange(result.numel()).reshape(result.shape)
        result = flambeau.where(flat == 1, result * 1.001, result)
    return result


class Function(flambeau.autograd.Function):
    """The right value with a gradient that is not: once, or only the second time."""

    @staticmethod
    def forward(ctx, x, kind):
        ctx.save_for_backward(x)
        ctx.kind = kind
        return x.exp()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (g * 2 * x.exp() if ctx.kind == "first" else g * x.detach().exp()), None


class Operators(unittest.TestCase):
    def difference(self, f, op=None, dtype=torch.float64):
        return operators.check_dtype(op or Entry(), f, dtype)

    def test_what_is_right_passes(self):
        for dtype in (torch.float32, torch.float64):
            self.assertIsNone(self.difference(honest, dtype=dtype))
        self.assertEqual(operators.check_errors(Entry(), honest), (1, 1, None))

    def test_what_is_wrong_fails(self):
        def lacking(x):
            return x.no_such_method()

        wide = {flambeau.float64: flambeau.float32, flambeau.float32: flambeau.float64}
        for what, f, text in (
            ("value", lambda x, **n: flambeau.exp(x, **n) + 1e-5, "instead of"),
            ("one value", wrong_in_one_place, "at ("),
            ("not a number", lambda x, **n: flambeau.exp(x, **n) * float("nan"), "nan"),
            ("dtype", lambda x, **n: flambeau.exp(x, **n).to(wide[x.dtype]), "dtype"),
            ("shape", lambda x, **n: flambeau.exp(x, **n).reshape(1, *x.shape), "shape"),
            ("no tensor", lambda x, **n: 1.0, "instead of a tensor"),
            ("number of results", lambda x, **n: (flambeau.exp(x, **n),), "instead of a tensor"),
            ("missing gradient", lambda x, **n: flambeau.exp(x.detach(), **n), "requires_grad"),
            ("gradient that is none", lambda x, **n: flambeau.exp(x.detach(), **n) + 0 * x, "gradient"),
            ("wrong gradient", lambda x: Function.apply(x, "first"), "gradient"),
            ("wrong second gradient", lambda x: Function.apply(x, "second"), "second gradient"),
            ("an exception", lacking, "no_such_method"),
        ):
            with self.subTest(what):
                found = self.difference(f)
                self.assertIsNotNone(found)
                self.assertIn(text, found)

    def test_missing_gradients_of_further_inputs(self):
        class Product(Entry):
            inplace_variant, supports_out = None, False

            def op(self, x, y):
                return x * y

            def sample_inputs(self, device, dtype, requires_grad=False):
                yield self.sample(*(torch.tensor([1.0, 2.0], dtype=dtype, requires_grad=requires_grad) for _ in range(2)))

        self.assertIsNone(self.difference(lambda x, y: x * y, Product()))
        self.assertIn("gradient 1: missing", self.difference(lambda x, y: x * y.detach(), Product()))

    def test_variants(self):
        class Other(Entry):
            """Our method of the name that PyTorch's has here is another function."""

            @staticmethod
            def inplace_variant(x):
                return x.exp_()

        Other.inplace_variant.__name__ = "cos_"
        self.assertIn("in place", self.difference(honest, Other()))
        self.assertIn("out=", self.difference(lambda x, out=None: flambeau.exp(x) if out is None else out))
        self.assertIn("out=", self.difference(lambda x: flambeau.exp(x)))
        self.assertIn("not contiguous", self.difference(lambda x, **n: flambeau.exp(x, **n) if x.is_contiguous() else flambeau.exp2(x, **n)))

    def test_missing_exceptions(self):
        self.assertIn("no exception", self.difference(honest, Refused()))
        self.assertIsNone(self.difference(lambda x: flambeau.ones(2) + flambeau.ones(3), Refused()))
        for f in (lambda x: None, lambda x: 1 / 0, lambda x: flambeau.no_such_function):
            good, total, first = operators.check_errors(Entry(), f)
            self.assertEqual((good, total), (0, 1))
            self.assertIn("instead of TypeError", first)

    def test_what_is_lacking_does_not_pass(self):
        class Lacking(Entry):
            name = "no_such_function"
            op = staticmethod(type("Callable", (), {"__call__": lambda self, x: x})())  # nothing that torch knows

        result = operators.run_op(Lacking(), ["float32"])
        self.assertEqual((result["f32"], result["all"], result["errors"]), (False, False, [0, 1]))
        self.assertIn("no_such_function", result["failures"][0])

    def test_a_dtype_that_fails_fails_the_entry(self):
        class Sine(Entry):
            op = staticmethod(torch.sin)
            inplace_variant = staticmethod(torch.Tensor.sin_)
            name = "sin"

        result = operators.run_op(Sine(), ["float32", "float64"])
        self.assertEqual((result["f32"], result["all"], result["errors"]), (True, True, [1, 1]))
        whole = operators.function_of
        operators.function_of = lambda op: lambda x, **n: flambeau.sin(x, **n) * (1 if x.dtype == flambeau.float32 else 2)
        self.addCleanup(setattr, operators, "function_of", whole)
        result = operators.run_op(Sine(), ["float32", "float64"])
        self.assertEqual((result["f32"], result["all"]), (True, False))


class Compare(unittest.TestCase):
    def test_same(self):
        one = torch.tensor([1.0, float("nan")])
        same(one.clone(), one, "x")
        same([one, {"a": 1, "b": 2.0}], [one, {"a": 1, "b": 2.0}], "x")
        for got, want in (
            (torch.tensor([1.0, 0.0]), one),
            (torch.tensor([1.0001, float("nan")]), one),
            (torch.tensor([float("inf"), float("nan")]), one),
            (one.double(), one),
            (one.reshape(1, 2), one),
            ([one], [one, one]),
            (one, [one]),
            ({"a": 1}, {"a": 2}),
            ({"b": 1}, {"a": 1}),
            (1, True),
            (1, 1.0),
            (1.01, 1.0),
            (float("nan"), 1.0),
            (None, one),
            ("a", "b"),
        ):
            with self.subTest(got=got, want=want), self.assertRaises(Difference):
                same(got, want, "x")

    def test_tolerances_are_those_of_the_dtype(self):
        same(torch.tensor([1.0 + 1e-6]), torch.tensor([1.0]), "x")
        with self.assertRaises(Difference):
            same(torch.tensor([1.0 + 1e-6], dtype=torch.float64), torch.tensor([1.0], dtype=torch.float64), "x")
        with self.assertRaises(Difference):
            same(torch.tensor([3]), torch.tensor([4]), "x")


class Score(unittest.TestCase):
    def test_counts(self):
        good = {"f32": True, "all": True, "errors": [2, 2], "failures": []}
        half = {"f32": True, "all": False, "errors": [1, 2], "failures": ["float64: wrong"]}
        bad = {"f32": False, "all": False, "errors": [0, 0], "failures": ["the process ended"]}
        s = run.summary("op_db", {"a": good, "b": half, "c": bad})
        self.assertEqual((s["total"], s["passed_f32"], s["passed_all"], s["error_inputs"]), (3, 2, 1, [3, 4]))
        self.assertEqual(list(s["failures"]), ["b", "c"])

    def test_every_entry_of_the_tables_is_asked_for(self):
        self.assertEqual(len(run.entries("op_db")), len(operators.op_db))
        self.assertGreater(len(run.entries("op_db")), 700)


if __name__ == "__main__":
    unittest.main()
