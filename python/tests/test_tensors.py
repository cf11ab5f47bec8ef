"""Tensors as Python sees them: making, indexing, operators, writing in place, errors. The numbers are PyTorch's."""

import copy
import pickle
import unittest
import warnings

import flambeau as torch


class Making(unittest.TestCase):
    def test_of_data(self):
        self.assertEqual(torch.tensor([[1, 2], [3, 4]]).dtype, torch.int64)
        self.assertEqual(torch.tensor([1.0, 2]).dtype, torch.float32)
        self.assertEqual(torch.tensor([True, False]).dtype, torch.bool)
        self.assertEqual(torch.tensor([1 + 2j]).dtype, torch.complex64)
        self.assertEqual(torch.tensor([1, 2], dtype=torch.bfloat16).dtype, torch.bfloat16)
        self.assertEqual(torch.tensor(3).shape, torch.Size([]))
        with self.assertRaises(ValueError):
            torch.tensor([[1, 2], [3]])
        with self.assertRaises((TypeError, RuntimeError)):
            torch.tensor("text")

    def test_of_sizes(self):
        self.assertEqual(torch.zeros(2, 3).shape, (2, 3))
        self.assertEqual(torch.zeros((2, 3)).shape, (2, 3))
        self.assertEqual(torch.ones(size=(4,), dtype=torch.int16).tolist(), [1, 1, 1, 1])
        self.assertEqual(torch.full((2,), 2.5).tolist(), [2.5, 2.5])
        self.assertEqual(torch.arange(1, 10, 3).tolist(), [1, 4, 7])
        self.assertEqual(torch.arange(3.0).dtype, torch.float32)
        self.assertEqual(torch.eye(2, 3).tolist(), [[1, 0, 0], [0, 1, 0]])
        self.assertEqual(torch.zeros_like(torch.ones(2, dtype=torch.float64)).dtype, torch.float64)
        self.assertEqual(torch.ones(2).new_zeros(3).shape, (3,))
        with self.assertRaises(RuntimeError):
            torch.zeros(-1)

    def test_random_numbers_are_those_of_pytorch(self):
        torch.manual_seed(0)
        self.assertEqual([round(x, 4) for x in torch.rand(3).tolist()], [0.4963, 0.7682, 0.0885])
        self.assertEqual([round(x, 4) for x in torch.randn(3).tolist()], [0.3643, 0.1344, 0.1642])
        self.assertEqual(torch.randint(0, 10, (5,)).tolist(), [6, 6, 9, 8, 6])
        self.assertEqual(torch.randperm(6).tolist(), [0, 4, 1, 3, 2, 5])
        state = torch.get_rng_state()
        a = torch.rand(4)
        torch.set_rng_state(state)
        self.assertTrue(torch.equal(a, torch.rand(4)))
        g = torch.Generator().manual_seed(7)
        self.assertEqual(torch.randint(100, (3,), generator=g).tolist(), [15, 92, 21])

    def test_size(self):
        size = torch.zeros(2, 3, 4).shape
        self.assertIsInstance(size, torch.Size)
        self.assertEqual(size.numel(), 24)
        self.assertEqual(repr(size[1:]), "torch.Size([3, 4])")
        self.assertEqual(torch.zeros(2, 3).size(-1), 3)


class Indexing(unittest.TestCase):
    def setUp(self):
        self.x = torch.arange(24).reshape(2, 3, 4)

    def test_get(self):
        x = self.x
        self.assertEqual(x[1, 2, 3].item(), 23)
        self.assertEqual(x[-1, 0].tolist(), [12, 13, 14, 15])
        self.assertEqual(x[..., 1].tolist(), [[1, 5, 9], [13, 17, 21]])
        self.assertEqual(x[:, ::2, 1:3].tolist(), [[[1, 2], [9, 10]], [[13, 14], [21, 22]]])
        self.assertEqual(x[None, 0, :, None].shape, (1, 3, 1, 4))
        self.assertEqual(x[True].shape, (1, 2, 3, 4))
        self.assertEqual(x[[1, 0], [2, 1]].tolist(), [[20, 21, 22, 23], [4, 5, 6, 7]])
        self.assertEqual(x[torch.tensor([1, 0]), :, torch.tensor([3, 2])].tolist(), [[15, 19, 23], [2, 6, 10]])
        self.assertEqual(x[x % 7 == 0].tolist(), [0, 7, 14, 21])
        self.assertEqual(x[:, torch.tensor([True, False, True])].shape, (2, 2, 4))
        self.assertEqual(x[0, torch.tensor([[0, 1], [2, 0]]), 1].tolist(), [[1, 5], [9, 1]])
        self.assertEqual(x[5:].shape, (0, 3, 4))

    def test_set(self):
        x = torch.zeros(3, 4)
        x[0] = 1
        x[1, ::2] = torch.tensor([2.0, 3.0])
        x[[2, 2], [0, 3]] = torch.tensor([4.0, 5.0])
        x[x == 0] = -1
        x[..., 1] += 10
        self.assertEqual(x.tolist(), [[1, 11, 1, 1], [2, 9, 3, -1], [4, 9, -1, 5]])
        x[:, None, 0] = torch.tensor([[7.0], [8.0], [9.0]])
        self.assertEqual(x[:, 0].tolist(), [7, 8, 9])

    def test_views_share(self):
        row = self.x[0, 1]
        row.fill_(-5)
        self.assertEqual(self.x[0, 1].tolist(), [-5] * 4)
        self.assertEqual(row.data_ptr(), self.x.data_ptr() + 4 * 8)

    def test_errors(self):
        for key in (2, (0, 0, 0, 0), (0, -4), "a", 1.5, [0, 5]):
            with self.subTest(key), self.assertRaises((IndexError, TypeError)):
                self.x[key]
        with self.assertRaises(IndexError):
            self.x[torch.tensor([True, False, True])]
        with self.assertRaises(ValueError):
            self.x[::-1]
        with self.assertRaises(RuntimeError):
            self.x[0] = torch.zeros(5, dtype=torch.int64)

    def test_iteration(self):
        self.assertEqual([row.tolist() for row in torch.arange(4).reshape(2, 2)], [[0, 1], [2, 3]])
        self.assertEqual(len(self.x), 2)
        a, b = torch.tensor([1.0, 2.0])
        self.assertEqual((a.item(), b.item()), (1.0, 2.0))
        self.assertIn(3, self.x)
        self.assertNotIn(99, self.x)
        with self.assertRaises(TypeError):
            len(torch.tensor(1))
        with self.assertRaises(TypeError):
            iter(torch.tensor(1))


class Operators(unittest.TestCase):
    def test_arithmetic(self):
        x, y = torch.tensor([7, -7]), torch.tensor([2, 2])
        self.assertEqual((x + y).tolist(), [9, -5])
        self.assertEqual((x / y).tolist(), [3.5, -3.5])
        self.assertEqual((x // y).tolist(), [3, -4])
        self.assertEqual((x % y).tolist(), [1, 1])
        self.assertEqual((x**2).tolist(), [49, 49])
        self.assertEqual((-x).tolist(), [-7, 7])
        self.assertEqual(abs(x).tolist(), [7, 7])
        self.assertEqual((~x).tolist(), [-8, 6])
        self.assertEqual((x & 3).tolist(), [3, 1])
        self.assertEqual((x << 1).tolist(), [14, -14])
        self.assertEqual((torch.eye(2) @ torch.tensor([3.0, 4.0])).tolist(), [3, 4])

    def test_reflected(self):
        x = torch.tensor([1.0, 4.0])
        self.assertEqual((1 - x).tolist(), [0, -3])
        self.assertEqual((2 / x).tolist(), [2, 0.5])
        self.assertEqual((2**x).tolist(), [2, 16])
        self.assertEqual((9 // x).tolist(), [9, 2])
        self.assertEqual((9 % x).tolist(), [0, 1])
        self.assertEqual((3 > x).tolist(), [True, False])
        self.assertEqual((1 | torch.tensor([2, 5])).tolist(), [3, 5])

    def test_number_first(self):
        """Functions of two tensors take a number for the first too, as PyTorch's do."""
        x = torch.tensor([1.0, 2.0, 4.0])
        for name, expected in (
            ("add", [3.0, 4.0, 6.0]), ("sub", [1.0, 0.0, -2.0]), ("subtract", [1.0, 0.0, -2.0]), ("mul", [2.0, 4.0, 8.0]),
            ("multiply", [2.0, 4.0, 8.0]), ("div", [2.0, 1.0, 0.5]), ("divide", [2.0, 1.0, 0.5]), ("true_divide", [2.0, 1.0, 0.5]),
            ("floor_divide", [2.0, 1.0, 0.0]), ("float_power", [2.0, 4.0, 16.0]),
        ):  # fmt: skip
            result = getattr(torch, name)(2, x)
            self.assertEqual((name, result.tolist()), (name, expected))
            self.assertEqual(result.dtype, torch.float64 if name == "float_power" else torch.float32)
        self.assertEqual(torch.add(True, torch.tensor([1, 2])).tolist(), [2, 3])
        self.assertEqual(torch.add(0.5, torch.tensor([1, 2]), alpha=2).tolist(), [2.5, 4.5])
        with self.assertRaisesRegex(RuntimeError, "bool"):
            torch.sub(True, x)
        with self.assertRaises(TypeError):
            torch.eq(2, x)

    def test_promotion(self):
        i, f = torch.tensor([1]), torch.tensor([1.0])
        self.assertEqual((i + f).dtype, torch.float32)
        self.assertEqual((i + 1.5).dtype, torch.float32)
        self.assertEqual((i + True).dtype, torch.int64)
        self.assertEqual((f + torch.tensor(1.0, dtype=torch.float64)).dtype, torch.float32)
        self.assertEqual((f + 1j).dtype, torch.complex64)
        self.assertEqual(torch.promote_types(torch.float16, torch.bfloat16), torch.float32)
        self.assertEqual(torch.result_type(torch.tensor([1], dtype=torch.uint8), -1), torch.uint8)

    def test_in_place(self):
        x = torch.ones(3)
        same = x
        x += 1
        x *= torch.tensor([1.0, 2.0, 3.0])
        x.sub_(1).clamp_(max=4)
        self.assertIs(x, same)
        self.assertEqual(x.tolist(), [1, 3, 4])
        self.assertEqual(x._version, 4)
        with self.assertRaises(RuntimeError):
            torch.ones(2, dtype=torch.int64).div_(2)
        with self.assertRaises(RuntimeError):
            torch.ones(2).add_(torch.ones(3, 2))

    def test_complex_zeros_and_infinities(self):
        """The sign of a zero says on which side of a cut a number lies; quotients are rounded and end as PyTorch's do."""
        inf, nan = float("inf"), float("nan")

        def parts(z):
            return tuple(map(repr, torch.view_as_real(z).tolist()))

        for name, z, expected in (
            ("asin", 2 + 0j, (1.5707963267948966, 1.3169578969248166)), ("acos", 2 + 0j, (0.0, -1.3169578969248166)),
            ("acos", complex(2, -0.0), (0.0, 1.3169578969248166)), ("asin", complex(-2, -0.0), (-1.5707963267948966, -1.3169578969248166)),
            ("asinh", complex(-0.0, 2), (-1.3169578969248166, 1.5707963267948966)), ("acosh", complex(-2, -0.0), (1.3169578969248166, -3.141592653589793)),
            ("atan", 1 + 0j, (0.7853981633974483, 0.0)), ("atanh", complex(-0.0, -0.0), (-0.0, -0.0)),
            ("sinh", complex(inf, 0), (inf, 0.0)), ("sin", complex(0, inf), (0.0, inf)),
            ("cosh", complex(-inf, 0), (inf, -0.0)), ("exp", complex(-inf, inf), (0.0, 0.0)), ("sqrt", complex(1e308, 1e308), (1.0986841134678098e154, 4.5508986056222732e153)),
            ("reciprocal", 0j, (inf, nan)), ("reciprocal", complex(-1, -0.0), (-1.0, -0.0)),
        ):  # fmt: skip
            got = torch.view_as_real(getattr(torch, name)(torch.tensor(z, dtype=torch.complex128)))
            close = torch.isclose(got, torch.tensor(expected, dtype=torch.float64), rtol=1e-15, atol=0, equal_nan=True)
            signs = torch.signbit(got) == torch.signbit(torch.tensor(expected, dtype=torch.float64))
            self.assertTrue((close & (signs | got.isnan())).all(), (name, z, got, expected))
        for dtype in (torch.complex64, torch.complex128):
            a, b = torch.tensor([1 + 1j, 1 + 1j, 1j, 2 + 3j], dtype=dtype), torch.tensor([0, complex(inf, 1), -2j, 3e-30 + 4e30j], dtype=dtype)
            self.assertEqual(parts(a / b)[0], "[inf, inf]")
            self.assertEqual(parts(a / b)[1:3], ("[0.0, 0.0]", "[-0.5, -0.0]"))
            self.assertTrue(torch.isfinite(a / b)[3])

    def test_cat_of_views(self):
        """Parts that are rows in memory, and parts that only look like it."""
        for heads, length in ((3, 4), (12, 90)):
            base = torch.arange(2.0 * heads * 3 * length * 16).reshape(2, heads, 3, length, 16)
            views = [
                base[:, :, 1], base.permute(2, 1, 0, 3, 4)[0].transpose(0, 1), base[:, :, 0].flip(1), base[:1, :, 2].expand(2, heads, length, 16),
                base[:, :1, 2].expand(2, heads, length, 16), base.transpose(1, 3)[:, :, 0].transpose(1, 2), base[:, :, 2].transpose(2, 3).contiguous().transpose(2, 3),
            ]  # fmt: skip
            for i, a in enumerate(views):
                for b in (a, views[i - 1], a[:, :, :1]):
                    for dim in range(4) if b.shape == a.shape else (2,):
                        joined, n = torch.cat([a, b], dim), a.shape[dim]
                        self.assertTrue(torch.equal(joined.narrow(dim, 0, n), a), (heads, i, dim))
                        self.assertTrue(torch.equal(joined.narrow(dim, n, b.shape[dim]), b), (heads, i, dim))

    def test_flag_in_place(self):
        """The flag `inplace` of a function is taken from its arguments, and nothing else that is as true."""
        functional, x = torch.nn.functional, torch.ones(40)
        for name, named in (("rrelu", {}), ("alpha_dropout", {"p": 0.5}), ("dropout", {"p": 0.5})):
            for training in (True, False):
                function, results = getattr(functional, name), []
                for flag in ({}, {"inplace": True}, {"inplace": False}):
                    torch.manual_seed(0)
                    given = -x
                    results.append(function(given, training=training, **named, **flag))
                    if flag.get("inplace"):
                        self.assertEqual(results[-1].data_ptr(), given.data_ptr())
                self.assertTrue(all(torch.equal(r, results[0]) for r in results), (name, training))
                self.assertEqual(torch.equal(results[0], -x), name != "rrelu" and not training)
        self.assertTrue(torch.equal(functional.relu(-x, True), 0 * x))

    def test_out(self):
        out = torch.empty(0)
        result = torch.add(torch.ones(2), 1, out=out)
        self.assertIs(result, out)
        self.assertEqual(out.tolist(), [2, 2])
        values, indices = torch.empty(2), torch.empty(2, dtype=torch.int64)
        torch.max(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 1, out=(values, indices))
        self.assertEqual((values.tolist(), indices.tolist()), ([5, 7], [1, 0]))
        with self.assertRaises(RuntimeError):
            torch.add(torch.ones(2), 0.5, out=torch.empty(2, dtype=torch.int64))
        with self.assertRaises(RuntimeError):
            torch.add(torch.ones(2, requires_grad=True), 1, out=torch.empty(2))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.add(torch.ones(2), 1, out=torch.empty(3))
        self.assertEqual([w.category for w in caught], [UserWarning])

    def test_named_results(self):
        result = torch.tensor([3.0, 1.0, 2.0]).sort(descending=True)
        self.assertEqual(result.values.tolist(), [3, 2, 1])
        self.assertEqual(result.indices.tolist(), [0, 2, 1])
        values, _ = result
        self.assertIs(values, result[0])

    def test_methods_and_functions_agree(self):
        x = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
        self.assertEqual(torch.sum(x, dim=1).tolist(), x.sum(1).tolist())
        self.assertEqual(torch.permute(x, (1, 0)).tolist(), x.permute(1, 0).tolist())
        self.assertEqual(x.view(-1).tolist(), [1, -2, 3, 4])
        self.assertEqual(x.std().item(), torch.std(x, correction=1).item())
        self.assertAlmostEqual(x.std().item(), 2.6457512378692627, places=6)
        self.assertAlmostEqual(torch.linalg.det(x).item(), 10.0, places=5)
        self.assertEqual(torch.einsum("ij,jk->ik", x, x).tolist(), (x @ x).tolist())


class Conversions(unittest.TestCase):
    def test_numbers(self):
        t = torch.tensor(2.75)
        self.assertEqual((int(t), float(t), bool(t), complex(t)), (2, 2.75, True, 2.75 + 0j))
        self.assertEqual([10, 20, 30][torch.tensor(1)], 20)
        self.assertEqual(type(torch.tensor(2).item()), int)
        with self.assertRaises(RuntimeError):
            torch.ones(2).item()
        with self.assertRaises(RuntimeError):
            bool(torch.ones(2))

    def test_dtypes(self):
        x = torch.tensor([1.9, -1.9])
        self.assertEqual(x.long().tolist(), [1, -1])
        self.assertIs(x.to(torch.float32), x)
        self.assertIsNot(x.to(torch.float32, copy=True), x)
        self.assertEqual(x.to("cpu", torch.float64).dtype, torch.float64)
        self.assertEqual(x.type(), "torch.FloatTensor")
        self.assertEqual(x.view(torch.int32).tolist(), [1072902963, -1074580685])
        self.assertEqual((torch.finfo(torch.float32).eps, torch.iinfo(torch.int8).max), (2**-23, 127))
        self.assertEqual(repr(torch.float32), "torch.float32")
        before = torch.get_default_dtype()
        try:
            torch.set_default_dtype(torch.float64)
            self.assertEqual(torch.ones(1).dtype, torch.float64)
        finally:
            torch.set_default_dtype(before)

    def test_copies(self):
        x = torch.arange(6.0).reshape(2, 3).t().requires_grad_()
        for other in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
            self.assertTrue(torch.equal(x, other))
            self.assertTrue(other.requires_grad)
            self.assertNotEqual(other.data_ptr(), x.data_ptr())
        self.assertEqual(pickle.loads(pickle.dumps(torch.float16)), torch.float16)
        for thing in (torch.zeros(2, 3).shape, torch.device("cpu"), torch.strided, torch.channels_last, torch.sigmoid, torch.Tensor.exp,
                      torch.nn.functional.softplus):  # fmt: skip
            self.assertEqual(pickle.loads(pickle.dumps(thing)), thing)
            self.assertEqual(copy.deepcopy(thing), thing)
        self.assertEqual(pickle.loads(pickle.dumps(torch.tensor([2, 1]).sort())).values.tolist(), [1, 2])
        memo = copy.deepcopy([x, x])
        self.assertIs(memo[0], memo[1])
        with self.assertRaises(RuntimeError):
            copy.deepcopy(x * 2)

    def test_lesser_methods(self):
        x = torch.arange(6.0).reshape(2, 3) - 3
        self.assertEqual((x / 4).hardshrink().tolist(), [[-0.75, 0, 0], [0, 0, 0]])
        self.assertEqual((x / 4).hardshrink(0.25).tolist(), [[-0.75, -0.5, 0], [0, 0, 0.5]])
        narrow = x.narrow_copy(1, 1, 2)
        narrow.zero_()
        self.assertEqual(x[0].tolist(), [-3, -2, -1])
        self.assertEqual(torch.zeros(3).map2_(x[0], torch.tensor(2.0), lambda a, b, c: a + b * c).tolist(), [-6, -4, -2])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(x.t().resize(2, 3).tolist(), [[-3, 0, -2], [1, -1, 2]])
            self.assertEqual(x.resize_as(torch.zeros(6)).tolist(), [-3, -2, -1, 0, 1, 2])
            with self.assertRaises(RuntimeError):
                x.resize([3, 2])
        self.assertIn("non-inplace resize is deprecated", str(caught[0].message))
        self.assertEqual(torch.zeros(2, 3).module_load(x).tolist(), x.tolist())
        self.assertEqual(x.module_load(x + 1, assign=True).tolist(), (x + 1).tolist())
        self.assertEqual((x.sparse_dim(), x.dense_dim(), x.is_distributed()), (0, 2, False))
        self.assertEqual(x.const_data_ptr(), x.data_ptr())

    def test_strides(self):
        x = torch.arange(6).reshape(2, 3)
        self.assertEqual(x.t().stride(), (1, 3))
        self.assertFalse(x.t().is_contiguous())
        self.assertTrue(x.t().contiguous().is_contiguous())
        with self.assertRaises(RuntimeError):
            x.t().view(-1)
        self.assertEqual(x.t().reshape(-1).tolist(), [0, 3, 1, 4, 2, 5])
        nchw = torch.zeros(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
        self.assertEqual(nchw.stride(), (60, 1, 15, 3))

    def test_methods_of_the_class(self):
        x = torch.arange(6)
        self.assertEqual(torch.Tensor.view(x, 2, 3).shape, (2, 3))
        self.assertEqual(torch.Tensor.permute(x.view(2, 3), 1, 0).shape, (3, 2))
        self.assertEqual(torch.Tensor.reshape(x, (3, 2)).shape, (3, 2))
        self.assertEqual(torch.Tensor.add_(x, 1).tolist(), [1, 2, 3, 4, 5, 6])
        with self.assertRaises(TypeError):
            torch.Tensor.add()

    def test_view_as_dtype(self):
        x = torch.arange(6.0).reshape(2, 3)
        bits = x.view(torch.int32)
        self.assertEqual((bits.dtype, bits[0, 1].item(), tuple(bits.shape)), (torch.int32, 0x3F800000, (2, 3)))
        bits[0, 0] = 0x40000000
        self.assertEqual(x[0, 0].item(), 2.0)
        self.assertIsNone(bits._base)
        self.assertEqual(tuple(x.view(dtype=torch.uint8).shape), (2, 12))
        self.assertEqual(tuple(x.reshape(3, 2).view(torch.float64).shape), (3, 1))
        self.assertFalse(x.clone().requires_grad_().view(torch.int32).requires_grad)
        self.assertEqual(tuple(x.view(size=(3, 2)).shape), (3, 2))
        for wrong, text in ((lambda: x.view(torch.float64), "divisible by 2"), (lambda: x.t().view(torch.int16), r"stride\(-1\) must be 1"),
                            (lambda: x.sum().view(torch.int16), "cannot be 0")):  # fmt: skip
            with self.assertRaisesRegex(RuntimeError, text):
                wrong()
        self.assertEqual(x.sum().view(torch.int32).dtype, torch.int32)


class Errors(unittest.TestCase):
    def test_sizes_one_by_one(self):
        with self.assertRaisesRegex(TypeError, "argument 'dims' .*must be tuple of ints.*float"):
            torch.ones(2, 3).permute(0, 1.5)

    def test_classes(self):
        x = torch.ones(2, 3)
        for kind, call in (
            (RuntimeError, lambda: x + torch.ones(4)),
            (RuntimeError, lambda: x @ x),
            (RuntimeError, lambda: x.view(5)),
            (IndexError, lambda: x.sum(5)),
            (IndexError, lambda: x.unsqueeze(4)),
            (TypeError, lambda: torch.add(x)),
            (TypeError, lambda: torch.add(x, "text")),
            (TypeError, lambda: x.sum(nothing=1)),
            (TypeError, lambda: x + None),
            (ValueError, lambda: torch.nn.functional.dropout(x, p=2.0)),
            (ValueError, lambda: torch.cat([])),
            (RuntimeError, lambda: torch.linalg.inv(torch.zeros(2, 2))),
            (torch.linalg.LinAlgError, lambda: torch.linalg.inv(torch.zeros(2, 2))),
        ):
            with self.subTest(kind=kind), self.assertRaises(kind):
                call()

    def test_messages(self):
        with self.assertRaisesRegex(RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1"):
            torch.ones(2, 3) + torch.ones(4)
        with self.assertRaisesRegex(RuntimeError, "mat1 and mat2 shapes cannot be multiplied"):
            torch.ones(2, 3) @ torch.ones(2, 3)
        with self.assertRaisesRegex(RuntimeError, r"shape '\[5\]' is invalid for input of size 6"):
            torch.ones(2, 3).view(5)

    def test_bools_of_any_byte(self):
        x = torch.tensor([0, 1, 2, 255], dtype=torch.uint8).view(torch.bool)
        self.assertEqual(x.tolist(), [False, True, True, True])
        self.assertEqual((~x).tolist(), [True, False, False, False])
        self.assertEqual((x ^ x.new_ones(4)).tolist(), [True, False, False, False])
        self.assertEqual((x.sum().item(), x.int().tolist(), torch.where(x, 1, 0).tolist()), (3, [0, 1, 1, 1], [0, 1, 1, 1]))
        mask = torch.tensor([True, False])
        mask.view(torch.uint8).fill_(7)
        self.assertEqual((mask.tolist(), mask.sum().item()), ([True, True], 2))


if __name__ == "__main__":
    unittest.main()
