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

    def test_inference_tensors(self):
        n, r = torch.ones(3), torch.ones(3, requires_grad=True)
        with torch.inference_mode():
            t, made = torch.ones(3), torch.nn.Linear(3, 3)
            self.assertTrue(made.weight.requires_grad and not made(t).requires_grad)
            t.add_(1)
            self.assertFalse(n.view(3, 1).is_inference() or n.detach().is_inference())
            n.add_(1)
        self.assertTrue(all(x.is_inference() for x in (t, t.view(3, 1), t.detach(), t.data, made.weight)))
        self.assertFalse(any(x.is_inference() for x in (t.clone(), t + n, t + r, n.copy_(t))))
        writes = [lambda: t.add_(1), lambda: t.copy_(n), lambda: t.zero_(), lambda: t.normal_(), lambda: torch.add(n, n, out=t),
                  lambda: t.__setitem__(0, 5.0), lambda: t.clamp_(0, 1), lambda: t.scatter_(0, torch.tensor([0]), n)]  # fmt: skip
        for write in writes:
            for mode in (torch.enable_grad, torch.no_grad):
                with mode(), self.assertRaisesRegex(RuntimeError, "Inplace update to inference tensor outside InferenceMode"):
                    write()
        for save in (lambda: t * r, lambda: torch.nn.functional.linear(r, t.view(1, 3))):
            with self.assertRaisesRegex(RuntimeError, "Inference tensors cannot be saved for backward"):
                save()
        with torch.no_grad():
            self.assertEqual((t * r).tolist(), [2, 2, 2])
        for make in (lambda: torch.nn.Parameter(t), lambda: t.detach().requires_grad_(True)):
            with self.assertRaisesRegex(RuntimeError, "Setting requires_grad=True on inference tensor"):
                make()
        with self.assertRaisesRegex(RuntimeError, "do not track version counter"):
            t._version

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

    def test_rearrange(self):
        rearrange = torch.func.rearrange
        x = torch.arange(24).reshape(2, 3, 4)
        for pattern, lengths, expected in (
            ("a b c -> c b a", {}, x.permute(2, 1, 0)),
            ("a b c -> b (a c)", {}, x.permute(1, 0, 2).reshape(3, 8)),
            ("a b (c d) -> (a c) d b", {"d": 2}, x.reshape(2, 3, 2, 2).permute(0, 2, 3, 1).reshape(4, 2, 3)),
            ("a ... -> ... a", {}, x.permute(1, 2, 0)),
            ("a ... -> a (...)", {}, x.reshape(2, 12)),
            ("... c -> 1 c () (...)", {}, x.permute(2, 0, 1).reshape(1, 4, 1, 6)),
            ("a b (c 1) -> a b c", {}, x),
        ):
            got = rearrange(x, pattern, **lengths)
            self.assertEqual((got.shape, got.tolist()), (expected.shape, expected.tolist()), pattern)
        self.assertEqual(rearrange([x, x + 24], "n a b c -> (n a) b c").flatten().tolist(), list(range(48)))
        self.assertEqual(rearrange(torch.zeros(0, 3), "(a b) c -> a b c", a=2).shape, (2, 0, 3))
        y = torch.randn(4, 6, requires_grad=True)
        (rearrange(y, "(a b) c -> b (c a)", a=2) ** 2).sum().backward()
        self.assertEqual(y.grad.tolist(), (2 * y).tolist())
        for pattern, lengths in (
            ("a b c", {}), ("a -> b -> c", {}), ("a b -> a b", {}), ("a b c d -> a b c d", {}), ("a b c -> a b", {}),
            ("a a c -> a c", {}), ("((a b) c) -> a b c", {}), ("(a b c -> a b c", {}), ("a) b c -> a b c", {}), ("a b 4 -> a b 4", {}),
            ("_a b c -> b c _a", {}), ("a b .. -> a b ..", {}), ("(a ...) -> a ...", {}), ("a b c -> a b c ...", {}), ("a-b c -> c", {}),
            ("a b (c d) -> a b c d", {}), ("a b (c d) -> a b c d", {"d": 3}), ("a b c -> a b c", {"b": 4}), ("a b c -> a b c", {"z": 1}),
            ("1 ... -> ...", {}),
        ):  # fmt: skip
            with self.assertRaises(ValueError, msg=pattern):
                rearrange(x, pattern, **lengths)
        with self.assertRaises(TypeError):
            rearrange(x, "a b (c d) -> a b c d", d=2.0)

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

class Hooks(unittest.TestCase):
    def setUp(self):
        self.a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        self.b = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)

    def test_saved_tensors_are_packed_and_unpacked(self):
        seen = []

        def pack(x):
            seen.append(x.requires_grad)
            return x.numpy().copy()

        with torch.autograd.graph.saved_tensors_hooks(pack, torch.from_numpy):
            y = self.a * self.b
        self.assertEqual(seen, [True, True])
        (first,) = torch.autograd.grad(y.exp().sum(), self.a, create_graph=True)
        for got, want in zip(first.tolist(), [2.1839e02, 1.1013e05, 3.9396e08]):
            self.assertAlmostEqual(got / want, 1, places=4)
        for found, wants in zip(
            torch.autograd.grad(first.sum(), [self.a, self.b]),
            [[8.7357e02, 5.5066e05, 2.3638e09], [2.7299e02, 2.4229e05, 1.2475e09]],
        ):
            for got, want in zip(found.tolist(), wants):
                self.assertAlmostEqual(got / want, 1, places=4)
        with torch.autograd.graph.saved_tensors_hooks(lambda x: x * 4, lambda x: x):
            y = (self.a**2).sum()
        self.assertEqual(torch.autograd.grad(y, self.a)[0].tolist(), [8, 16, 24])
        with torch.autograd.graph.save_on_cpu():
            y = (self.a * self.b).sum()
        self.assertEqual(torch.autograd.grad(y, self.a)[0].tolist(), [4, 5, 6])

    def test_saved_tensors_of_functions_are_packed(self):
        class Product(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, w):
                result = x * w
                ctx.save_for_backward(x, w, result)
                return result

            @staticmethod
            def backward(ctx, g):
                x, w, result = ctx.saved_tensors
                return g * w + 0 * result, g * x

        packed = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x: packed.append(1) or x.clone(), lambda x: x):
            y = Product.apply(self.a, self.b)
        self.assertGreaterEqual(len(packed), 2)
        (first,) = torch.autograd.grad(y.sum(), self.a, create_graph=True)
        self.assertEqual(first.tolist(), [4, 5, 6])
        self.assertEqual(torch.autograd.grad(first.sum(), self.b)[0].tolist(), [1, 1, 1])

    def test_hooks_that_fail(self):
        hooks = torch.autograd.graph.saved_tensors_hooks
        with hooks(lambda x: x, lambda x: 5):
            y = (self.a * self.b).sum()
        with self.assertRaisesRegex(TypeError, "expected to be a Tensor but got result of type int"):
            y.backward()
        with self.assertRaises(ZeroDivisionError), hooks(lambda x: 1 / 0, lambda x: x):
            self.a * self.b
        with self.assertRaisesRegex(RuntimeError, "modifying its input in place"), hooks(lambda x: x.add_(1), lambda x: x):
            self.a.detach() * self.b
        with torch.autograd.graph.disable_saved_tensors_hooks("not now"):
            with self.assertRaisesRegex(RuntimeError, "not now"), hooks(lambda x: x, lambda x: x):
                pass
        self.assertTrue((self.a * self.b).requires_grad)

    def test_hooks_of_nodes(self):
        product = self.a * self.b
        node, total = product.grad_fn, product.sum()
        seen = []

        def post(inputs, outputs):
            seen.append((inputs[0].tolist(), outputs[0].tolist()))
            return inputs[0] * 2, inputs[1]

        handles = [node.register_hook(post), node.register_prehook(lambda outputs: (outputs[0] * 10,))]
        total.backward(retain_graph=True)
        self.assertEqual(seen, [([40, 50, 60], [10, 10, 10])])
        self.assertEqual((self.a.grad.tolist(), self.b.grad.tolist()), ([80, 100, 120], [10, 20, 30]))
        for handle in handles:
            handle.remove()
        leaf = node.next_functions[0][0]
        self.assertEqual(leaf.name(), "torch::autograd::AccumulateGrad")
        self.a.grad = self.b.grad = None
        leaf.register_hook(lambda *given: seen.append(given))
        total.backward(retain_graph=True)
        self.assertEqual(self.a.grad.tolist(), [4, 5, 6])
        inputs, outputs = seen[1]
        self.assertEqual((inputs, outputs[0].tolist()), ((), [4, 5, 6]))
        node.register_hook(lambda inputs, outputs: inputs[:1])
        with self.assertRaisesRegex(RuntimeError, "incorrect number of values"):
            total.backward()


if __name__ == "__main__":
    unittest.main()
