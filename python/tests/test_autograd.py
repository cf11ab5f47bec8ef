"""Gradients from Python. The numbers are PyTorch's."""

import gc
import unittest
import weakref

import flambeau as torch


class Backward(unittest.TestCase):
    def test_gradients(self):
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        w = torch.tensor([0.5, -0.5], requires_grad=True)
        loss = ((x @ w).exp() + x.sum(1).log()).sum()
        loss.backward()
        self.assertAlmostEqual(loss.item(), 4.257583618164062, places=5)
        for got, want in zip(w.grad.tolist(), [2.4261226654052734, 3.63918399810791]):
            self.assertAlmostEqual(got, want, places=5)
        self.assertAlmostEqual(x.grad[1, 0].item(), 0.4461224377155304, places=6)
        with self.assertRaisesRegex(RuntimeError, "second time"):
            loss.backward()

    def test_accumulates(self):
        x = torch.ones(2, requires_grad=True)
        for _ in range(3):
            (x * 2).sum().backward()
        self.assertEqual(x.grad.tolist(), [6, 6])
        x.grad = None
        self.assertIsNone(x.grad)

    def test_grad(self):
        x = torch.tensor(2.0, requires_grad=True)
        (first,) = torch.autograd.grad(x**3, x, create_graph=True)
        (second,) = torch.autograd.grad(first, x, create_graph=True)
        (third,) = torch.autograd.grad(second, x)
        self.assertEqual((first.item(), second.item(), third.item()), (12, 12, 6))
        y = torch.tensor(1.0, requires_grad=True)
        self.assertEqual(torch.autograd.grad(x * 2, [x, y], allow_unused=True)[1], None)
        with self.assertRaises(RuntimeError):
            torch.autograd.grad(x * 2, [x, y])
        with self.assertRaises(RuntimeError):
            torch.autograd.grad(torch.ones(2, requires_grad=True) * 2, x)

    def test_modes(self):
        x = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            self.assertFalse((x * 2).requires_grad)
            with torch.enable_grad():
                self.assertTrue((x * 2).requires_grad)
        self.assertTrue(torch.is_grad_enabled())

        @torch.no_grad()
        def frozen():
            return x * 2

        @torch.no_grad
        def generator():
            yield (x * 2).requires_grad

        self.assertFalse(frozen().requires_grad)
        self.assertEqual(list(generator()), [False])
        with torch.inference_mode():
            self.assertFalse((x * 2).requires_grad)
        with self.assertRaises(RuntimeError):
            x.add_(1)
        with self.assertRaises(RuntimeError):
            torch.ones(2, dtype=torch.int64, requires_grad=True)

    def test_writes_are_noticed(self):
        x = torch.ones(2, requires_grad=True)
        y = x.exp()
        y.add_(1)
        with self.assertRaisesRegex(RuntimeError, "modified by an inplace operation"):
            y.sum().backward()

    def test_hooks(self):
        x = torch.ones(2, requires_grad=True)
        y = x * 3
        seen = []
        y.register_hook(lambda g: seen.append(g.tolist()))
        handle = x.register_hook(lambda g: g * 10)
        y.retain_grad()
        y.sum().backward()
        self.assertEqual((seen, x.grad.tolist(), y.grad.tolist()), ([[1, 1]], [30, 30], [1, 1]))
        handle.remove()
        x.grad = None
        (x * 3).sum().backward()
        self.assertEqual(x.grad.tolist(), [3, 3])
        x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.sum().item()))
        (x * 3).sum().backward()
        self.assertEqual(seen[-1], 12)

    def test_an_exception_in_a_hook_comes_through(self):
        x = torch.ones(2, requires_grad=True)
        x.register_hook(lambda g: 1 / 0)
        with self.assertRaises(ZeroDivisionError):
            x.sum().backward()

    def test_graph(self):
        x = torch.ones(2, requires_grad=True)
        y = (x * 2).sum()
        self.assertEqual(y.grad_fn.name(), "SumBackward0")
        self.assertEqual(y.grad_fn.next_functions[0][0].name(), "MulBackward0")
        self.assertTrue(x.is_leaf)
        self.assertFalse(y.is_leaf)
        self.assertFalse(y.detach().requires_grad)
        deep = x
        for _ in range(50_000):
            deep = deep + 1
        deep.sum().backward()
        self.assertEqual(x.grad.tolist(), [1, 1])


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x**3 * factor

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 3 * x**2 * ctx.factor, None


class Parts(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.floor(), x - x.floor()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(output[0])

    @staticmethod
    def backward(ctx, whole, part):
        return part


class Functions(unittest.TestCase):
    def test_apply(self):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = Cube.apply(x, 2)
        self.assertEqual(y.tolist(), [2, 16])
        self.assertEqual(y.grad_fn.name(), "CubeBackward")
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        self.assertEqual(g.tolist(), [6, 24])
        (g,) = torch.autograd.grad(g.sum(), x)
        self.assertEqual(g.tolist(), [12, 24])
        self.assertFalse(Cube.apply(x.detach(), 2).requires_grad)

    def test_several_outputs(self):
        x = torch.tensor([1.25, 2.5], requires_grad=True)
        whole, part = Parts.apply(x)
        self.assertEqual((whole.requires_grad, part.requires_grad), (False, True))
        (part * 2).sum().backward()
        self.assertEqual(x.grad.tolist(), [2, 2])

    def test_wrong_numbers_of_gradients(self):
        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 1

            @staticmethod
            def backward(ctx, g):
                return g, g

        with self.assertRaises(RuntimeError):
            Wrong.apply(torch.ones(1, requires_grad=True)).sum().backward()

    def test_nothing_is_kept_alive(self):
        x = torch.ones(3, requires_grad=True)
        y = Cube.apply(x, 1)
        gone = weakref.ref(y)
        del y
        gc.collect()
        self.assertIsNone(gone())

    def test_gradcheck(self):
        x = torch.tensor([0.3, 1.1], dtype=torch.float64, requires_grad=True)
        self.assertTrue(torch.autograd.gradcheck(lambda x: Cube.apply(x, 2), x))
        self.assertTrue(torch.autograd.gradgradcheck(lambda x: Cube.apply(x, 2), x))
        z = torch.tensor([[0.3 + 1j, 1.1 - 0.5j], [2j, 1.0]], dtype=torch.complex128).t().requires_grad_()
        self.assertTrue(torch.autograd.gradcheck(lambda z: (z * z.conj() + z.exp(), z.abs()), z))

        class Wrong(Cube):
            @staticmethod
            def backward(ctx, grad):
                return grad * 3, None

        with self.assertRaises(RuntimeError):
            torch.autograd.gradcheck(lambda x: Wrong.apply(x, 2), x)


class Functional(unittest.TestCase):
    def test_jacobian_and_hessian(self):
        x = torch.tensor([1.0, 2.0])
        self.assertEqual(torch.autograd.functional.jacobian(lambda x: x**2, x).tolist(), [[2, 0], [0, 4]])
        self.assertEqual(torch.autograd.functional.hessian(lambda x: (x**3).sum(), x).tolist(), [[6, 0], [0, 12]])

    def test_func(self):
        x = torch.tensor([1.0, 2.0])
        self.assertEqual(torch.func.grad(lambda x: (x**2).sum())(x).tolist(), [2, 4])
        self.assertEqual(torch.func.vmap(lambda a, b: a @ b)(torch.eye(2), torch.ones(2, 2)).tolist(), [1, 1])
        value, pull = torch.func.vjp(lambda x: x * 3, x)
        self.assertEqual(pull(torch.ones(2))[0].tolist(), [3, 3])

    def test_checkpoint(self):
        from flambeau.utils.checkpoint import checkpoint

        x = torch.ones(2, requires_grad=True)
        runs = []
        checkpoint(lambda x: (runs.append(1), x.exp() * x)[1], x, use_reentrant=False).sum().backward()
        self.assertEqual(len(runs), 2)
        self.assertAlmostEqual(x.grad[0].item(), 5.436563491821289, places=5)


if __name__ == "__main__":
    unittest.main()
