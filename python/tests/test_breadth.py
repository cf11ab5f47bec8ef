"""What PyTorch's own examples found missing: comparing for tests, storages, tensor types, smaller functions. The numbers and
messages are PyTorch's."""

import unittest
import warnings

import flambeau as torch
from flambeau import nn
from flambeau.testing import assert_close, make_tensor


class Comparing(unittest.TestCase):
    def refused(self, lines, *args, kind=AssertionError, **kwargs):
        with self.assertRaises(kind) as caught:
            assert_close(*args, **kwargs)
        self.assertEqual(str(caught.exception).split("\n"), lines)

    def test_tensors(self):
        t = torch.tensor
        assert_close(t([1.0, 2, 3]), t([1.0000001, 2, 3]))
        assert_close(t([float("nan")]), t([float("nan")]), equal_nan=True)
        self.refused(["Tensor-likes are not close!", "", "Mismatched elements: 1 / 3 (33.3%)",
                      "Greatest absolute difference: 1.0 at index (2,) (up to 1e-05 allowed)",
                      "Greatest relative difference: 0.25 at index (2,) (up to 1.3e-06 allowed)"], t([1.0, 2, 3]), t([1.0, 2, 4]))  # fmt: skip
        self.refused(["Tensor-likes are not equal!", "", "Mismatched elements: 1 / 3 (33.3%)", "Greatest absolute difference: 1 at index (2,)",
                      "Greatest relative difference: 0.25 at index (2,)"], t([1, 2, 3]), t([1, 2, 4]))  # fmt: skip
        self.refused(["The values for attribute 'shape' do not match: torch.Size([2]) != torch.Size([3])."], t([1.0, 2]), t([1.0, 2, 3]))
        self.refused(["The values for attribute 'dtype' do not match: torch.int64 != torch.float32."], t([1, 2]), t([1.0, 2]))
        assert_close(t([1, 2]), t([1.0, 2]), check_dtype=False)
        self.refused(["The values for attribute 'stride()' do not match: (1, 2) != (2, 1)."], torch.ones(2, 2).t(), torch.ones(2, 2), check_stride=True)

    def test_all_else(self):
        self.refused(["Scalars are not equal!", "", "Expected 2 but got 1.", "Absolute difference: 1", "Relative difference: 0.5"], 1, 2)
        self.refused(["The (d)types do not match: <class 'float'> != <class 'int'>."], 1.0, 1)
        self.refused(["Booleans mismatch: True is not False"], True, False)
        self.refused(["The length of the sequences mismatch: 2 != 1"], [1, 2], [1])
        self.refused(["The keys of the mappings do not match:", "Missing keys in the actual mapping: ['b']", "Additional keys in the actual mapping: ['a']"], {"a": 1}, {"b": 1})
        self.refused(["Scalars are not close!", "", "Expected 3.0 but got 2.0.", "Absolute difference: 1.0 (up to 1e-07 allowed)",
                      "Relative difference: 0.3333333333333333 (up to 1e-07 allowed)", "", "The failure occurred for item [0][1][0]"], [[1.0, [2.0]]], [[1.0, [3.0]]])  # fmt: skip
        self.refused(["hello"], 1, 2, msg="hello")
        self.refused(["Both 'rtol' and 'atol' must be either specified or omitted, but got no atol."], 1, 2, rtol=1, kind=ValueError)
        self.refused(["No comparison pair was able to handle inputs of type <class 'str'> and <class 'str'>."], "a", "a", kind=TypeError)

    def test_inputs(self):
        torch.manual_seed(3)
        self.assertEqual(make_tensor((3,), dtype=torch.float32, device="cpu").tolist(), [-8.923256874084473, -7.0997514724731445, -3.8548355102539062])
        self.assertEqual(make_tensor(2, 2, dtype=torch.int64, device="cpu").tolist(), [[3, -7], [6, -5]])
        self.assertEqual(make_tensor((3, 4), dtype=torch.float64, noncontiguous=True).stride(), (8, 2))
        with self.assertRaisesRegex(ValueError, "`low` must be less than `high`, but got 3 >= 2"):
            make_tensor(2, dtype=torch.int32, low=3, high=2)


class Memory(unittest.TestCase):
    def test_storages(self):
        x = torch.arange(6.0).view(2, 3)[1]
        s = x.untyped_storage()
        self.assertEqual((len(s), s.nbytes(), s.data_ptr()), (24, 24, x.data_ptr() - 12))
        self.assertEqual(x.storage().tolist(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
        x.storage()[3] = 9.0
        self.assertEqual(x.tolist(), [9.0, 4.0, 5.0])
        self.assertEqual(x.view(3, 1).untyped_storage(), s)
        self.assertNotEqual(x.clone().untyped_storage(), s)
        self.assertTrue(torch.is_storage(s) and torch.is_storage(x.storage()) and not torch.is_storage(x))

    def test_types_of_tensors(self):
        self.assertEqual(torch.FloatTensor([1, 2]).tolist(), [1.0, 2.0])
        self.assertEqual((torch.LongTensor(2, 3).shape, torch.LongTensor(2, 3).dtype), (torch.Size([2, 3]), torch.int64))
        self.assertTrue(isinstance(torch.ones(1), torch.FloatTensor) and not isinstance(torch.ones(1), torch.DoubleTensor))
        self.assertEqual(torch.ones(2).type(torch.LongTensor).dtype, torch.int64)
        self.assertEqual(repr(torch.HalfTensor), "<class 'torch.HalfTensor'>")
        with self.assertRaises(TypeError):
            torch.FloatTensor(torch.tensor([1]))


class Functions(unittest.TestCase):
    def test_every_signature_can_be_read(self):
        tables = torch._functions._tables()
        functions = [f for table in tables.values() for f in table.values() if isinstance(f, type(torch.add))]
        self.assertGreater(len(functions), 1000)
        for f in functions:
            # An argument that none has: whatever else is wrong with a signature is another error.
            with self.assertRaisesRegex(TypeError, "no_such_argument|invalid combination", msg=f.__name__):
                f(no_such_argument=0)

    def test_values(self):
        a = torch.zeros(5, 2)
        a.fill_diagonal_(5, wrap=True)
        self.assertEqual(a.tolist(), [[5, 0], [0, 5], [0, 0], [5, 0], [0, 5]])
        self.assertEqual(torch.vander(torch.tensor([1, 2, 3])).tolist(), [[1, 1, 1], [4, 2, 1], [9, 3, 1]])
        z = torch.tensor([[1 + 2j, 3 + 4j]])
        self.assertEqual(z.adjoint().tolist(), [[1 - 2j], [3 - 4j]])
        self.assertEqual(torch.adjoint(z).tolist(), z.mH.tolist())
        self.assertEqual(torch.special.erf(torch.tensor([0.0])).tolist(), [0.0])
        self.assertIs(torch.special.gammaln, torch.lgamma)
        self.assertEqual(torch.bitwise_and(3, torch.tensor([1, 2, 6])).tolist(), [1, 2, 2])
        self.assertEqual(torch.xlogy(2, torch.tensor([1.0])).tolist(), [0.0])
        self.assertEqual(torch.float_power(2, torch.tensor([3])).tolist(), [8.0])
        drop = nn.Dropout1d(0.5)(torch.ones(4, 6))
        self.assertTrue(all(row.min() == row.max() for row in drop))
        e = torch.linalg.slogdet(torch.eye(2))
        self.assertEqual((type(e).__name__, type(torch.slogdet(torch.eye(2))).__name__), ("linalg_slogdet", "slogdet"))

    def test_trunc_normal(self):
        w = torch.empty(50)
        for bounds, first, after in (
            ((-2, 2), [-1.5255959033966064, -0.7502318024635315, -0.6539809107780457, -1.6094847917556763], 0.9314301013946533),
            ((3, 5), [3.2058358192443848, 3.260573148727417, 3.234821319580078, 3.1972827911376953], 0.6265929341316223),
        ):
            torch.manual_seed(1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that the mean is far from the bounds
                nn.init.trunc_normal_(w, 0, 1, *bounds)
            self.assertEqual((w[:4].tolist(), torch.rand(1).item()), (first, after))

    def test_checkpoint_decorates(self):
        from flambeau.utils.checkpoint import checkpoint

        @checkpoint(use_reentrant=False)
        def double(x):
            return x.exp() * 2

        x = torch.zeros(2, requires_grad=True)
        double(x).sum().backward()
        self.assertEqual((x.grad.tolist(), double.__name__), ([2.0, 2.0], "double"))

    def test_sparse_products_reach_what_is_given(self):
        a = torch.tensor([[1.0, 0, 2], [0, 3, 0]]).to_sparse_coo().requires_grad_()
        torch.sparse.mm(a, torch.ones(3, 2)).sum().backward()
        self.assertEqual(a.grad.to_dense().tolist(), [[2, 0, 2], [0, 2, 0]])
        self.assertEqual(torch.ones(2, 3).sparse_mask(a.detach()).to_dense().tolist(), [[1, 0, 1], [0, 1, 0]])


class Calls(unittest.TestCase):
    def test_forwards_that_are_functions(self):
        layer = nn.Linear(2, 3)
        x = torch.ones(1, 2)
        want = layer(x).tolist()
        self.assertEqual(layer(input=x).tolist(), want)
        self.assertEqual(nn.Linear.forward(layer, x).tolist(), want)
        for args, kwargs, text in (
            ((), {}, r"Linear.forward\(\) missing 1 required positional argument: 'input'"),
            ((1, 2), {}, r"Linear.forward\(\) takes 2 positional arguments but 3 were given"),
            ((), {"x": 1}, r"Linear.forward\(\) got an unexpected keyword argument 'x'"),
            ((x,), {"input": x}, r"Linear.forward\(\) got multiple values for argument 'input'"),
        ):
            with self.assertRaisesRegex(TypeError, text):
                layer(*args, **kwargs)
        layer.forward = lambda x: "set on the module"
        self.assertEqual(layer(x), "set on the module")

    def test_classes_of_modules(self):
        class Doubled:
            def forward(self, x):
                return super().forward(x) * 2

        class DoubledLinear(Doubled, nn.Linear):
            pass

        layer, x = nn.Linear(2, 3), torch.ones(1, 2)
        want = (layer(x) * 2).tolist()
        layer.__class__ = DoubledLinear
        self.assertEqual(layer(x).tolist(), want)

        class Counted(nn.Module):
            calls = 0

            def __call__(self, *args):
                type(self).calls += 1
                return super().__call__(*args)

            def forward(self, x):
                return x

        self.assertEqual((nn.Sequential(Counted(), Counted())(7), Counted.calls), (7, 2))
        with self.assertRaisesRegex(AttributeError, r"cannot call Bare before Module.__init__\(\) call"):
            type("Bare", (nn.Module,), {"__init__": lambda self: None})()(1)


if __name__ == "__main__":
    unittest.main()
