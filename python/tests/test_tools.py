"""What scripts use around networks: pruning, the kernels of attention, checkpoints, switches of the whole program. The numbers are
those that PyTorch 2.15 computed."""

import copy
import pickle
import threading
import unittest
import warnings
import weakref

import flambeau as torch
import flambeau.nn.functional as F
from flambeau import nn
from flambeau.nn.attention import SDPBackend, sdpa_kernel
from flambeau.nn.attention.bias import CausalBias, CausalVariant, causal_lower_right, causal_upper_left
from flambeau.nn.utils import prune
from flambeau.utils import checkpoint as checkpoints
from flambeau.utils.checkpoint import checkpoint, checkpoint_sequential

WEIGHT = [[0.5, -2.0, 0.1], [3.0, -0.2, 1.0], [-1.5, 0.3, 0.7]]


def linear(factor=1.0):
    layer = nn.Linear(3, 3)
    layer.weight.data = torch.tensor(WEIGHT) * factor
    return layer


def zeros(module):
    return module.weight_mask.int().tolist()


class Pruning(unittest.TestCase):
    def test_one_after_another(self):
        layer = nn.Linear(4, 3)
        torch.manual_seed(3)
        layer.reset_parameters()
        torch.manual_seed(7)
        self.assertIs(prune.random_unstructured(layer, "weight", 0.4), layer)
        self.assertEqual(zeros(layer), [[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 1]])
        prune.random_structured(layer, "weight", 1, 1)
        self.assertEqual(zeros(layer), [[1, 0, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]])
        prune.l1_unstructured(layer, "weight", 2)
        self.assertEqual(zeros(layer), [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        self.assertEqual(list(layer.state_dict()), ["bias", "weight_orig", "weight_mask"])
        (hook,) = layer._forward_pre_hooks.values()
        self.assertEqual([type(m) for m in hook], [prune.RandomUnstructured, prune.RandomStructured, prune.L1Unstructured])
        layer(torch.ones(2, 4)).sum().backward()
        self.assertEqual(layer.weight_orig.grad.tolist(), (2 * layer.weight_mask).tolist())
        with torch.no_grad():
            layer.weight_orig.fill_(5.0)
        layer(torch.ones(4))
        self.assertEqual(layer.weight.tolist(), (5 * layer.weight_mask).tolist())
        self.assertTrue(prune.is_pruned(nn.Sequential(layer)))
        prune.remove(layer, "weight")
        self.assertEqual(list(layer.state_dict()), ["bias", "weight"])
        self.assertFalse(prune.is_pruned(layer))
        with self.assertRaisesRegex(ValueError, "has to be pruned"):
            prune.remove(layer, "weight")

    def test_norms(self):
        for n, dim, mask in (
            (1, 0, [[1, 1, 1], [1, 1, 1], [0, 0, 0]]), (2, 1, [[1, 1, 0], [1, 1, 0], [1, 1, 0]]),
            (float("inf"), 0, [[1, 1, 1], [1, 1, 1], [0, 0, 0]]), (float("-inf"), -1, [[1, 1, 0], [1, 1, 0], [1, 1, 0]]),
        ):  # fmt: skip
            self.assertEqual(zeros(prune.ln_structured(linear(), "weight", 0.4, n, dim)), mask)

    def test_several_modules(self):
        a, b = linear(), linear(2.0)
        prune.global_unstructured([(a, "weight"), (b, "weight")], prune.L1Unstructured, amount=0.5)
        self.assertEqual(zeros(a), [[0, 1, 0], [1, 0, 0], [1, 0, 0]])
        self.assertEqual(zeros(b), [[1, 1, 0], [1, 0, 1], [1, 0, 1]])
        with self.assertRaisesRegex(TypeError, "Only .unstructured."):
            prune.global_unstructured([(a, "weight")], prune.LnStructured, amount=1, n=1)

    def test_masks(self):
        layer = prune.custom_from_mask(prune.identity(linear(), "weight"), "weight", torch.ones(3, 3).tril())
        self.assertEqual(zeros(layer), [[1, 0, 0], [1, 1, 0], [1, 1, 1]])
        self.assertEqual(prune.L1Unstructured(2).prune(torch.tensor([3.0, 1.0, 2.0, 5.0])).tolist(), [3.0, 0.0, 0.0, 5.0])

    def test_errors(self):
        for amount, kind in ((-1, ValueError), (1.5, ValueError), ("a", TypeError), (10, ValueError)):
            layer = linear()
            with self.assertRaises(kind):
                prune.random_unstructured(layer, "weight", amount)
            self.assertEqual(set(layer.state_dict()), {"weight", "bias"})
        with self.assertRaisesRegex(ValueError, "multidimensional"):
            prune.random_structured(linear(), "bias", 1, 0)
        with self.assertRaises(IndexError):
            prune.ln_structured(linear(), "weight", 1, 1, 2)
        with self.assertRaises(AssertionError):
            prune.custom_from_mask(linear(), "weight", torch.ones(2))
        with self.assertRaises(TypeError):
            prune.BasePruningMethod()


class Attention(unittest.TestCase):
    def setUp(self):
        self.q = torch.linspace(-1, 1, 24).reshape(1, 2, 3, 4)
        self.k = torch.linspace(1, -2, 40).reshape(1, 2, 5, 4).sin()
        self.v = torch.linspace(0, 3, 40).reshape(1, 2, 5, 4).cos()

    def attend(self, *args, **kwargs):
        return F.scaled_dot_product_attention(self.q, self.k, self.v, *args, **kwargs)

    def test_biases(self):
        bias = causal_lower_right(3, 5)
        expected = [[-0.25242600, -0.32354140, -0.39274329, -0.45962241], [-0.34502196, -0.41125530, -0.47505629, -0.53604782],
                    [-0.41647345, -0.47668153, -0.53407037, -0.58830070]]  # fmt: skip
        torch.testing.assert_close(self.attend(bias)[0, 1], torch.tensor(expected))
        torch.testing.assert_close(self.attend(causal_upper_left(3, 5)), self.attend(is_causal=True))
        self.assertEqual(repr(bias), repr(torch.ones(3, 5, dtype=torch.bool).tril(2)))
        for other in (bias, copy.deepcopy(bias), pickle.loads(pickle.dumps(bias))):
            self.assertEqual((other.variant, other.seq_len_q, other.seq_len_kv), (CausalVariant.LOWER_RIGHT, 3, 5))
        with self.assertRaises(ValueError):
            self.attend(bias, is_causal=True)
        for make in (lambda: causal_upper_left(3), lambda: CausalBias(1, 2, 3)):
            with self.assertRaises(AssertionError):
                make()
        with self.assertWarnsRegex(UserWarning, "will produce NaNs"):
            causal_lower_right(5, 3)

    def test_kernels(self):
        expected = [[1.0, 0.99704289, 0.98818898, 0.97349072], [0.97378421, 0.95791316, 0.93637669, 0.90930235],
                    [0.91784418, 0.89132547, 0.85953522, 0.82266146]]  # fmt: skip
        for kernels in (SDPBackend.MATH, SDPBackend.FLASH_ATTENTION, [SDPBackend.CUDNN_ATTENTION, SDPBackend.MATH]):
            with sdpa_kernel(kernels):
                torch.testing.assert_close(self.attend(is_causal=True)[0, 0], torch.tensor(expected))
        self.q.requires_grad_()
        for options in (
            {"attn_mask": torch.randn(3, 5) > 0}, {"attn_mask": torch.randn(1, 5)}, {"scale": -0.3}, {"attn_mask": torch.zeros(3, 5).bool()},
        ):  # fmt: skip
            found = []
            for kernels in (SDPBackend.MATH, SDPBackend.FLASH_ATTENTION):
                with sdpa_kernel(kernels):
                    y = self.attend(**options)
                    found.append((y, *torch.autograd.grad(y.square().sum(), self.q)))
            torch.testing.assert_close(*found)

    def test_none_can(self):
        for kernels in (SDPBackend.EFFICIENT_ATTENTION, SDPBackend.ERROR, []):
            with sdpa_kernel(kernels), self.assertRaisesRegex(RuntimeError, "No viable backend"):
                self.attend()
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for options in ({"dropout_p": 0.1}, {"attn_mask": torch.zeros(2, 3, 5)}):
                with self.assertRaisesRegex(RuntimeError, "No available kernel"):
                    self.attend(**options)
            with self.assertRaisesRegex(RuntimeError, "No available kernel"):
                F.scaled_dot_product_attention(self.q[0, 0], self.k[0, 0], self.v[0, 0])
        with self.assertRaises(AssertionError):
            sdpa_kernel("math").__enter__()
        torch.backends.cuda.enable_flash_sdp(False)
        self.assertFalse(torch.backends.cuda.flash_sdp_enabled())
        torch.backends.cuda.enable_flash_sdp(True)
        self.assertEqual(self.attend(dropout_p=0.1).shape, self.attend().shape)
        with self.assertRaisesRegex(NotImplementedError, "not in Flambeau yet"):
            nn.attention.flex_attention


class Checkpoints(unittest.TestCase):
    def setUp(self):
        self.x = torch.linspace(-1, 1, 6, requires_grad=True)
        self.runs = [0, 0]

    def part(self, x):
        self.runs[0] += 1
        y = F.dropout(x.sin(), 0.5).exp() * x
        self.runs[1] += 1
        return y

    def test_runs_again(self):
        for options, runs in (
            ({"use_reentrant": False}, [2, 1]), ({"use_reentrant": False, "early_stop": False}, [2, 2]), ({"use_reentrant": True}, [2, 2]),
            ({"use_reentrant": False, "debug": True}, [2, 1]),
        ):  # fmt: skip
            self.x.grad, self.runs[:] = None, [0, 0]
            torch.manual_seed(2)
            checkpoint(self.part, self.x, **options).sum().backward()
            torch.testing.assert_close(self.x.grad, torch.tensor([1.0, 0.00310242, 1.0, 1.0, 1.0, 1.0]))
            self.assertEqual(self.runs, runs)
        with checkpoints.set_checkpoint_early_stop(False):
            y = checkpoint(self.part, self.x, use_reentrant=False).sum()
        y.backward(retain_graph=True)
        y.backward()
        self.assertEqual(self.runs, [5, 4])

    def test_keeps_nothing(self):
        made = []

        def part(x):
            y = x * 2
            made.append(weakref.ref(y))
            return y.sin().cos()

        def twice(y):
            (g,) = torch.autograd.grad(y.sum(), self.x, create_graph=True)
            return torch.autograd.grad(g.sum(), self.x)

        y = checkpoint(part, self.x, use_reentrant=False)
        self.assertIsNone(made[0]())
        torch.testing.assert_close(twice(y), twice(part(self.x)))

    def test_nested(self):
        runs = []

        def inner(x):
            runs.append("inner")
            return x.sin().cos()

        def outer(x):
            runs.append("outer")
            return checkpoint(inner, x * 2, use_reentrant=False).exp()

        checkpoint(outer, self.x, use_reentrant=False).sum().backward()
        self.assertEqual((runs.count("outer"), runs.count("inner")), (2, 3))
        plain = self.x.detach().requires_grad_()
        (plain * 2).sin().cos().exp().sum().backward()
        torch.testing.assert_close(self.x.grad, plain.grad)

    def test_changes_are_errors(self):
        runs = [0]

        def changing(*forms):
            def part(x):
                runs[0] += 1
                return forms[runs[0] % 2](x)

            return part

        def fewer(x):
            return x.sin()

        def more(x):
            return x.sin().cos().exp()

        def longer(x):
            return x.repeat(2).sin().cos().exp().sum() + x

        for forms, options, text in (
            ((fewer, more), {}, "A different number of tensors"), ((more, fewer), {"early_stop": False}, "save more tensors"),
            ((longer, more), {}, "different metadata"), ((fewer, more), {"debug": True}, "test_tools.py:"),
        ):  # fmt: skip
            runs[0] = 0
            with self.assertRaisesRegex(checkpoints.CheckpointError, text):
                checkpoint(changing(*forms), self.x, use_reentrant=False, **options).sum().backward()
        z = self.x.detach().clone()
        y = checkpoint(lambda a, b: (a * b).sin(), z, self.x, use_reentrant=False)
        z.add_(1)
        with self.assertRaisesRegex(RuntimeError, "modified by an inplace operation"):
            y.sum().backward()

    def test_contexts(self):
        log = []

        class Note:
            def __init__(self, name):
                self.name = name

            def __enter__(self):
                log.append(self.name)

            def __exit__(self, *_):
                log.append(f"end {self.name}")

        checkpoint(self.part, self.x, use_reentrant=False, context_fn=lambda: (Note("first"), Note("again"))).sum().backward()
        self.assertEqual(log, ["first", "end first", "again", "end again"])
        dtypes = []

        def product(x):
            y = x.outer(x) @ x
            dtypes.append(y.dtype)
            return y

        for reentrant in (True, False):
            with torch.autocast("cpu", torch.bfloat16):
                y = checkpoint(product, self.x, use_reentrant=reentrant, early_stop=False)
            y.sum().backward()
        self.assertEqual(dtypes, [torch.bfloat16] * 4)

    def test_arguments(self):
        for call in (
            lambda: checkpoint(self.part, self.x, use_reentrant=True, debug=True),
            lambda: checkpoint(self.part, self.x, use_reentrant=True, more=1),
            lambda: checkpoint(self.part, self.x, use_reentrant=False, determinism_check="some"),
            lambda: checkpoint(self.part, self.x, use_reentrant=False, debug=True, context_fn=lambda: None),
        ):  # fmt: skip
            with self.assertRaises(ValueError):
                call()
        with self.assertWarnsRegex(UserWarning, "use_reentrant"):
            checkpoint(self.part, self.x)
        with self.assertWarnsRegex(UserWarning, "Gradients will be None"):
            checkpoint(self.part, self.x.detach(), use_reentrant=True)
        with self.assertRaisesRegex(RuntimeError, "incompatible"):
            torch.autograd.grad(checkpoint(self.part, self.x, use_reentrant=True).sum(), self.x)
        with self.assertRaises(NotImplementedError):
            checkpoints.create_selective_checkpoint_contexts
        self.assertEqual([t.requires_grad for t in checkpoints.detach_variable((self.x, self.x.detach()))], [True, False])
        layers = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6), nn.Tanh())
        both = layers(self.x), checkpoint_sequential(layers, 2, self.x, use_reentrant=False)
        torch.testing.assert_close(*(torch.autograd.grad(y.sum(), self.x)[0] for y in both))


class Switches(unittest.TestCase):
    def test_autocast(self):
        a = torch.ones(2, 2)
        torch.set_autocast_enabled("cpu", True)
        torch.set_autocast_dtype("cpu", torch.float16)
        try:
            self.assertIs((a @ a).dtype, torch.float16)
            self.assertEqual((torch.is_autocast_enabled(), torch.is_autocast_enabled("cpu")), (False, True))
            with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
                self.assertIs((a @ a).dtype, torch.bfloat16)
                self.assertIs(torch.get_autocast_dtype("cpu"), torch.bfloat16)
                self.assertFalse(torch.is_autocast_cache_enabled())
                self.assertEqual((torch.autocast_increment_nesting(), torch.autocast_decrement_nesting()), (2, 1))
            self.assertIs((a @ a).dtype, torch.float16)
            self.assertTrue(torch.is_autocast_cache_enabled())
            there = []
            thread = threading.Thread(target=lambda: there.append((torch.is_autocast_enabled("cpu"), (a @ a).dtype)))
            thread.start()
            thread.join()
            self.assertEqual(there, [(False, torch.float32)])
        finally:
            torch.set_autocast_dtype("cpu", torch.bfloat16)
            torch.set_autocast_enabled("cpu", False)
        self.assertIs((a @ a).dtype, torch.float32)
        with self.assertWarnsRegex(DeprecationWarning, "torch.get_autocast_dtype"):
            self.assertIs(torch.get_autocast_gpu_dtype(), torch.float16)
        self.assertIs(torch.GradScaler, torch.amp.GradScaler)
        with self.assertRaises(TypeError):
            torch.set_autocast_dtype("cpu", 3)

    def test_determinism(self):
        for mode, number, state in (("warn", 1, (True, True)), (2, 2, (True, False)), ("default", 0, (False, False))):
            torch.set_deterministic_debug_mode(mode)
            self.assertEqual(torch.get_deterministic_debug_mode(), number)
            self.assertEqual((torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()), state)
        with self.assertRaises(RuntimeError):
            torch.set_deterministic_debug_mode(3)

    def test_anomalies(self):
        def state():
            return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()

        def nan():
            x = torch.zeros(1, requires_grad=True)
            (x.sqrt() * 0).sum().backward()

        self.assertEqual(state(), (False, True))
        torch.set_anomaly_enabled(True)
        with self.assertRaisesRegex(RuntimeError, "nan"):
            nan()
        with torch.autograd.set_detect_anomaly(False):
            nan()
        self.assertEqual(state(), (True, True))
        torch.autograd.set_detect_anomaly(False)
        with torch.autograd.set_detect_anomaly(True, check_nan=False):
            self.assertEqual(state(), (True, False))
            nan()
        self.assertEqual(state(), (False, True))
        self.assertTrue(torch.is_grad_enabled())

    def test_others(self):
        self.assertIs(torch.get_device_module(), torch.cpu)
        self.assertIs(torch.get_device_module("cuda:1"), torch.cuda)
        with self.assertRaises(RuntimeError):
            torch.get_device_module("meta")
        with torch.autograd.set_multithreading_enabled(False):
            self.assertFalse(torch.autograd.is_multithreading_enabled())
        self.assertTrue(torch.autograd.is_multithreading_enabled())
        self.assertEqual((torch.has_mkl, torch.has_spectral), (False, True))
        self.assertIsNone(torch.random.thread_safe_generator())
        torch.set_warn_always(False)
        self.assertFalse(torch.is_warn_always_enabled())

    def test_numbers(self):
        self.assertEqual(repr((torch.sym_max(1, 2.0), torch.sym_min(1, 2.0), torch.sym_max(1, 2))), "(2.0, 1.0, 2)")
        self.assertEqual((torch.sym_int(-3.7), torch.sym_float(3), torch.sym_not(0), torch.sym_sqrt(9)), (-3, 3.0, True, 3.0))
        self.assertEqual((torch.sym_sum([1, 2]), torch.sym_sum(1, 2.5), torch.sym_ite(True, 1, 2)), (3, 3.5, 1))
        for call in (lambda: torch.sym_max("a", 1), lambda: torch.sym_ite(True, 1, 2.0), lambda: torch.sym_max(torch.tensor(1), 2)):
            with self.assertRaises(AssertionError):
                call()


class Tensors(unittest.TestCase):
    def test_storages(self):
        s = torch.FloatStorage([1, 2, 3])
        self.assertEqual((s.tolist(), s.dtype, s.type(), s.nbytes()), ([1.0, 2.0, 3.0], torch.float32, "torch.FloatStorage", 12))
        self.assertEqual((len(torch.LongStorage(4)), torch.BoolStorage([1, 0, 3]).tolist()), (4, [True, False, True]))
        self.assertIsInstance(torch.ones(2).storage(), torch.FloatStorage)
        self.assertNotIsInstance(torch.ones(2).double().storage(), torch.FloatStorage)
        self.assertIsInstance(s.int(), torch.IntStorage)
        self.assertEqual(torch.FloatTensor(s).data_ptr(), s.data_ptr())
        self.assertEqual(torch.FloatStorage.from_buffer(b"\x3f\x80\0\0", "big").tolist(), [1.0])
        self.assertEqual(torch.ShortStorage(wrap_storage=s.untyped()).size(), 6)
        self.assertEqual(repr(torch.DoubleStorage), "<class 'torch.DoubleStorage'>")
        with self.assertRaises(TypeError):
            torch.FloatStorage("abc")

    def test_swap(self):
        a, b = nn.Parameter(torch.ones(2)), torch.zeros(3, dtype=torch.int64)
        a.note, a.grad = "a", torch.full((2,), 7.0)
        torch.utils.swap_tensors(a, b)
        self.assertEqual((type(a), a.tolist(), a.grad, a.requires_grad), (torch.Tensor, [0, 0, 0], None, False))
        self.assertEqual((type(b), b.tolist(), b.grad.tolist(), b.note), (nn.Parameter, [1.0, 1.0], [7.0, 7.0], "a"))
        kept = weakref.ref(a)
        with self.assertRaisesRegex(RuntimeError, "weakref"):
            torch.utils.swap_tensors(kept(), b)

    def test_batch_norms(self):
        net = nn.Sequential(nn.BatchNorm1d(3), nn.Sequential(nn.BatchNorm2d(2), nn.InstanceNorm1d(3, track_running_stats=True)))
        self.assertIs(torch.func.replace_all_batch_norm_modules_(net), net)
        self.assertEqual(len(net.state_dict()), 7)
        self.assertFalse(net[0].track_running_stats)

    def test_older_comparison(self):
        with self.assertWarns(FutureWarning):
            torch.testing.assert_allclose([1.0, float("nan")], [1.00001, float("nan")])
        with self.assertWarns(FutureWarning), self.assertRaisesRegex(AssertionError, "not close"):
            torch.testing.assert_allclose(1.0, 1.1)
        with self.assertRaises(TypeError):
            torch.utils.set_module(Tensors, 3)


if __name__ == "__main__":
    unittest.main()
