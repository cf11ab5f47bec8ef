"""Classes and modes that answer for functions."""

import copy
import inspect
import os
import pathlib
import pickle
import subprocess
import sys
import unittest

import flambeau as torch
import flambeau.nn.functional as F
from flambeau import nn
from flambeau.overrides import (
    TorchFunctionMode,
    handle_torch_function,
    has_torch_function,
    is_tensor_like,
    is_tensor_method_or_property,
    resolve_name,
    wrap_torch_function,
)


class Plain(torch.Tensor):
    pass


class Marked(torch.Tensor):
    """Carries a name from one to the next, and notes what it was asked."""

    seen = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func)
        result = super().__torch_function__(func, types, args, kwargs)
        if isinstance(result, cls):
            result.label = next((a.label for a in args if hasattr(a, "label")), None)
        return result


class Below(Marked):
    pass


class Refuses(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return NotImplemented


class Alike:
    """No tensor, but functions ask it."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func, types, args, kwargs


class AlikeBelow(Alike):
    pass


class Right:
    """Has an answer of its own as the right operand."""

    def __radd__(self, other):
        return "right"


def seen(run):
    """The functions that a class saw of what ran."""
    Marked.seen.clear()
    result = run()
    return list(Marked.seen), result


class Classes(unittest.TestCase):
    def setUp(self):
        self.p = torch.arange(6.0).reshape(2, 3)
        self.s = self.p.clone().as_subclass(Plain)
        self.m = self.p.clone().as_subclass(Marked)
        self.m.label = "m"

    def test_results_keep_the_class(self):
        s, p = self.s, self.p
        results = {
            "operators": (s + 1, 1 - s, 2 / s, s @ p.t(), p @ s.t(), -s, s > 1, s == p, p == s, 2**s, s // 2, p % (s + 1), ~(s > 1)),
            "methods": (s.add(1), s.view(-1), s.to(torch.float64), s.clone(), s.detach(), s.sum(), s.new_zeros(2), s.std(), s.t(), s.contiguous()),
            "functions": (torch.add(p, s), torch.cat([p, s]), torch.stack((s, p)), torch.std(s), torch.where(p > 1, s, p), torch.zeros_like(s),
                          torch.einsum("ij->j", s), torch.linalg.norm(s), torch.special.erf(s), torch.fft.fft(s), F.relu(s), F.mse_loss(s, p),
                          F.cross_entropy(s, p), F.scaled_dot_product_attention(p[None], p[None], s[None]), F.linear(p, s), F.dropout(s)),
            "properties": (s.T, s.data, s.mT, s.real),
            "indexing": (s[0], s[0, 1], s[:, None], s[s > 1], p[s > 1], next(iter(s)), list(s)[1]),
            "several": (*s.max(0), *s.split(1), *torch.unbind(s), *s.topk(1), *torch.broadcast_tensors(s, p), *torch.meshgrid(s[0], p[0], indexing="ij")),
            "modules": (nn.Linear(3, 2)(s), nn.Sequential(nn.LayerNorm(3), nn.GELU())(s)),
            "in place": (s.add_(0), s.requires_grad_(False), s.fill_(1.0)),
            "into another": (p.copy_(s), p.add_(s)),
        }  # fmt: skip
        for kind, all in results.items():
            for i, result in enumerate(all):
                self.assertIs(type(result), Plain, (kind, i))
        self.assertIs(type(p), torch.Tensor)
        for result in (torch.tensor(s), s.as_subclass(torch.Tensor), torch.ones(2, dtype=s.dtype)):
            self.assertIs(type(result), torch.Tensor)
        self.assertIs(type(s.max(0)), type(p.max(0)))
        self.assertIs(type(s.shape), torch.Size)
        self.assertEqual(s.sum().item(), 6.0)

    def test_in_place_operators(self):
        s = self.s
        held = s
        s += 1
        s *= 2
        self.assertIs(s, held)
        self.assertEqual(s.tolist(), ((self.p + 1) * 2).tolist())
        s[0] = self.p[0]
        self.p[1] = s[1]
        self.assertEqual(self.p.tolist(), s.tolist())

    def test_gradients(self):
        w = self.p.clone().as_subclass(Plain).requires_grad_()
        loss = (w * 3).sum()
        self.assertIs(type(loss), Plain)
        loss.backward()
        self.assertIs(type(w.grad), torch.Tensor)
        self.assertEqual(w.grad.tolist(), torch.full((2, 3), 3.0).tolist())

        w = self.m.requires_grad_()
        told, (grad,) = seen(lambda: torch.autograd.grad((w * 3).sum(), w))
        self.assertEqual(told[-1], torch.autograd.grad)
        self.assertIs(type(grad), Marked)
        self.assertEqual(grad.tolist(), torch.full((2, 3), 3.0).tolist())

    def test_what_is_told(self):
        m, p, add = self.m, self.p, torch.Tensor.add
        told = {
            "a + p": (lambda: m + p, add), "p + a": (lambda: p + m, add), "a - 1": (lambda: m - 1, torch.Tensor.sub),
            "1 - a": (lambda: 1 - m, torch.Tensor.__rsub__), "2 / a": (lambda: 2 / m, torch.Tensor.__rdiv__),
            "a @ p": (lambda: m @ p.t(), torch.Tensor.matmul), "a < 1": (lambda: m < 1, torch.Tensor.lt),
            "a == 1": (lambda: m == 1, torch.Tensor.__eq__), "-a": (lambda: -m, torch.Tensor.neg), "a[0]": (lambda: m[0], torch.Tensor.__getitem__),
            "a.add": (lambda: m.add(1), add), "Tensor.add": (lambda: torch.Tensor.add(m, 1), add), "torch.add": (lambda: torch.add(m, 1), torch.add),
            "relu": (lambda: F.relu(m), F.relu), "cross_entropy": (lambda: F.cross_entropy(m, p), F.cross_entropy),
            "einsum": (lambda: torch.einsum("ij->i", m), torch.einsum), "shape": (lambda: m.shape, torch.Tensor.shape.__get__),
            "T": (lambda: m.T, torch.Tensor.T.__get__), "len": (lambda: len(m), torch.Tensor.__len__), "size": (lambda: m.size(), torch.Tensor.size),
            "linear": (lambda: nn.Linear(3, 2)(m), F.linear), "split": (lambda: m.split(1), torch.Tensor.split), "repr": (lambda: repr(m), torch.Tensor.__repr__),
            "list": (lambda: torch.cat([p, m]), torch.cat), "out": (lambda: torch.add(p, p, out=m), torch.add),
        }  # fmt: skip
        for name, (run, function) in told.items():
            self.assertEqual(seen(run)[0], [function], name)
        self.assertEqual(seen(lambda: torch.tensor(m))[0], [])
        self.assertEqual(torch.Tensor.__rdiv__.__name__, "__rdiv__")

    def test_what_is_carried(self):
        self.assertEqual((self.m + 1).label, "m")
        self.assertEqual(self.m.view(-1).label, "m")
        self.assertFalse(hasattr(self.s + 1, "label"))

    def test_order(self):
        """A class comes before those that it inherits from; others in the order of the arguments."""
        below = self.p.as_subclass(Below)
        below.label = "below"
        self.assertIs(type(self.m + below), Below)
        self.assertIs(type(below + self.m), Below)
        self.assertEqual(torch.add(Alike(), self.s)[1], (Alike, Plain))
        self.assertEqual(torch.add(Alike(), AlikeBelow())[1], (AlikeBelow, Alike))
        with self.assertRaises(TypeError):
            self.s + self.m
        with self.assertRaises(TypeError):
            torch.add(self.s, self.m)

    def test_super(self):
        class Own(torch.Tensor):
            def __getitem__(self, key):
                return super().__getitem__(key)

            def clone(self):
                return super().clone()

            def size(self, *dim):
                return super().size(*dim)

        own = self.p.as_subclass(Own)
        self.assertIs(type(own[0]), Own)
        self.assertIs(type(own.clone()), Own)
        self.assertEqual(own.size(1), 3)

    def test_nobody_answers(self):
        q = self.p.as_subclass(Refuses)
        for run in (lambda: torch.add(q, 1), lambda: q + 1, lambda: q.shape, lambda: F.cross_entropy(q, q), lambda: q.add(1), lambda: q[0]):
            with self.assertRaises(TypeError):
                run()
        self.assertEqual(q + Right(), "right")
        with self.assertRaisesRegex(TypeError, r"(?s)torch\.Tensor\.add.*Refuses"):
            torch.Tensor.add(q, 1)

    def test_no_tensor(self):
        d, p = Alike(), self.p
        answers = {
            torch.add: (torch.add(d, 1), torch.add(p, d)), torch.cat: (torch.cat([p, d]),), torch.mean: (torch.mean(d),), torch.std: (torch.std(d),),
            torch.einsum: (torch.einsum("i->", d),), torch.Tensor.add: (p + d, d + p, p.add(d)), torch.Tensor.__getitem__: (p[d],),
            F.cross_entropy: (F.cross_entropy(d, p),), F.linear: (nn.Linear(3, 2)(d),), torch.ones: (torch.ones(2, device=d),), torch.where: (torch.where(d, 1, 2),),
        }  # fmt: skip
        for function, found in answers.items():
            for answer in found:
                self.assertEqual(answer[0], function)
                self.assertIn(Alike, answer[1])
        self.assertEqual(torch.add(p, d, alpha=2)[3], {"alpha": 2})
        self.assertTrue(is_tensor_like(d))
        self.assertFalse(is_tensor_like(1.0))

    def test_no_tensor_and_no_class_before(self):
        code = """
import flambeau as torch
class Alike:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func
print(torch.add(Alike(), 1) is torch.add, torch.einsum("i", Alike()) is torch.einsum, torch.ones(2).add(Alike()) is torch.Tensor.add)
"""
        package = str(pathlib.Path(torch.__file__).parent.parent)
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": package})
        self.assertEqual(run.stdout, "True True True\n", run.stderr)

    def test_parameters_do_not_answer(self):
        w = nn.Parameter(self.p)
        self.assertIs(type(w + 1), torch.Tensor)
        self.assertIs(type(w + self.s), Plain)
        self.assertIs(type(w.detach()), torch.Tensor)
        self.assertIs(type(nn.Buffer(self.p) + 1), torch.Tensor)

        class Own(nn.Parameter):
            pass

        self.assertIs(type(Own(self.p) * 2), torch.Tensor)

    def test_parameters_of_a_class(self):
        module = nn.Module()
        module.weight, module.fixed = nn.Parameter(self.s), nn.Buffer(self.s)
        self.assertIs(type(module.weight), Plain)
        self.assertIsInstance(module.weight, nn.Parameter)
        self.assertIsInstance(module.fixed, nn.Buffer)
        self.assertNotIsInstance(self.s, (nn.Parameter, nn.Buffer))
        self.assertNotIsInstance(module.fixed, nn.Parameter)
        self.assertEqual([n for n, _ in module.named_parameters()], ["weight"])
        self.assertEqual(list(module.state_dict()), ["weight", "fixed"])
        self.assertTrue(module.weight.requires_grad)

    def test_copies(self):
        self.s.note = 3
        for other in (copy.copy(self.s), pickle.loads(pickle.dumps(self.s))):
            self.assertIs(type(other), Plain)
            self.assertEqual((other.note, other.tolist()), (3, self.p.tolist()))

    def test_repr(self):
        self.assertEqual(repr(self.s), "Plain([[0., 1., 2.],\n       [3., 4., 5.]])")
        self.assertEqual(str(nn.Parameter(self.p[0])), "Parameter containing:\ntensor([0., 1., 2.], requires_grad=True)")

    def test_making(self):
        self.assertIs(type(torch.Tensor._make_subclass(Plain, self.p, True)), Plain)
        self.assertTrue(torch.Tensor._make_subclass(Plain, self.p, True).requires_grad)
        self.assertIs(type(Plain([1.0, 2.0])), Plain)
        self.assertEqual(seen(lambda: torch.Tensor._make_subclass(Marked, self.m, True))[0], [])
        for run in (lambda: self.p.as_subclass(int), lambda: torch.Tensor._make_subclass(int, self.p)):
            with self.assertRaises(TypeError):
                run()

    def test_functions_are_as_any(self):
        for function in (F.cross_entropy, F.mse_loss, torch.einsum, torch.zeros, F.relu, torch.autograd.grad):
            self.assertIs(pickle.loads(pickle.dumps(function)), function)
            self.assertIs(copy.deepcopy(function), function)
        self.assertEqual(list(inspect.signature(torch.tensordot).parameters), ["a", "b", "dims", "out"])
        self.assertEqual((F.mse_loss.__name__, torch.einsum.__name__), ("mse_loss", "einsum"))
        self.assertTrue(F.mse_loss.__doc__)
        self.assertEqual({F.mse_loss: 1}[F.mse_loss], 1)

    def test_silence(self):
        with torch._C.DisableTorchFunctionSubclass():
            self.assertIs(type(self.s + 1), torch.Tensor)
            self.assertFalse(has_torch_function((self.s,)))
        with torch._C.DisableTorchFunction():
            self.assertIs(type(self.s.sum()), torch.Tensor)
        self.assertTrue(has_torch_function((self.s,)))
        self.assertFalse(has_torch_function((self.p, 1)))

    def test_functions_of_ones_own(self):
        def double(x):
            if has_torch_function((x,)):
                return handle_torch_function(double, (x,), x)
            return x * 2

        @wrap_torch_function(lambda x: (x,))
        def triple(x):
            return x * 3

        self.assertIs(type(double(self.s)), Plain)
        self.assertEqual(triple(Alike())[0], triple)
        self.assertEqual(seen(lambda: double(self.m))[0], [double])


class Dispatch(unittest.TestCase):
    def test_refused(self):
        class Inside(torch.Tensor):
            @classmethod
            def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
                return func(*args, **(kwargs or {}))

        class Not(torch.Tensor):
            __torch_dispatch__ = torch._C._disabled_torch_dispatch_impl

        with self.assertRaisesRegex(NotImplementedError, "__torch_dispatch__.*Inside"):
            torch.ones(2).as_subclass(Inside)
        self.assertIs(type(torch.ones(2).as_subclass(Not)), Not)


class Modes(unittest.TestCase):
    def test_sees_all(self):
        names = []

        class Notes(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                names.append(resolve_name(func))
                return func(*args, **(kwargs or {}))

        p = torch.ones(2)
        linear = nn.Linear(2, 2)
        with Notes():
            torch.ones(2), torch.tensor(1.0), torch.add(p, 1), p + 1, p.sum(), p.T, linear(p), torch.arange(2), torch.zeros_like(p)
        want = ["torch.ones", "torch.tensor", "torch.add", "torch.Tensor.add", "torch.Tensor.sum", "torch.Tensor.T.__get__",
                "torch.nn.functional.linear", "torch.arange", "torch.zeros_like"]  # fmt: skip
        self.assertEqual([n.replace("torch.nn.functional.", "torch.") for n in names], [n.replace("torch.nn.functional.", "torch.") for n in want])
        names.clear()
        p + 1
        self.assertEqual(names, [])

    def test_one_in_another(self):
        calls = []

        class Notes(TorchFunctionMode):
            def __init__(self, name):
                self.name = name

            def __torch_function__(self, func, types, args=(), kwargs=None):
                calls.append(self.name)
                return func(*args, **(kwargs or {}))

        with Notes("outer"), Notes("inner") as inner:
            torch.add(torch.zeros(1), 1)
            self.assertEqual(inner.name, "inner")
        self.assertEqual(calls, ["inner", "outer"] * 2)

    def test_before_classes(self):
        class Ones(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                return 1 if func == torch.add and types == (Plain,) else NotImplemented

        s = torch.zeros(2).as_subclass(Plain)
        with Ones():
            self.assertEqual(torch.add(s, 1), 1)
            self.assertEqual(torch.sub(Alike(), 1)[0], torch.sub)
            with self.assertRaises(TypeError):
                torch.sub(torch.zeros(2), 1)

    def test_error_leaves_no_mode(self):
        class Fails(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                raise KeyError("mode")

        with self.assertRaises(KeyError), Fails():
            torch.ones(1)
        self.assertEqual(torch.ones(1).tolist(), [1.0])
        with self.assertRaises(NotImplementedError), TorchFunctionMode():
            torch.ones(1)

    def test_names(self):
        for function, name in ((torch.add, "torch.add"), (torch.Tensor.add, "torch.Tensor.add"), (torch.Tensor.shape.__get__, "torch.Tensor.shape.__get__"),
                               (torch.linalg.norm, "torch.linalg.norm"), (torch.Tensor.__rsub__, "torch.Tensor.__rsub__"), (print, None)):  # fmt: skip
            self.assertEqual(resolve_name(function), name)
        self.assertTrue(is_tensor_method_or_property(torch.Tensor.add))
        self.assertTrue(is_tensor_method_or_property(torch.Tensor.shape.__get__))
        self.assertFalse(is_tensor_method_or_property(torch.add))


if __name__ == "__main__":
    unittest.main()
