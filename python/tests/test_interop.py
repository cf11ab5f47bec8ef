"""Memory that is shared with other libraries: NumPy's arrays, DLPack, buffers."""

import array
import gc
import unittest
import weakref

import numpy

import flambeau as torch
from flambeau.utils import dlpack

DTYPES = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64,
          torch.complex64, torch.complex128)  # fmt: skip


class Arrays(unittest.TestCase):
    def test_both_ways_without_a_copy(self):
        a = numpy.arange(12, dtype=numpy.float32).reshape(3, 4)
        for t in (torch.from_numpy(a), torch.as_tensor(a), torch.asarray(a), torch.from_numpy(a.T).t()):
            t[0, 0] = 100 + t[0, 0]
            self.assertEqual(t.numpy()[0, 0], a[0, 0])
            self.assertEqual(t.numpy().ctypes.data, a.ctypes.data)
        self.assertEqual(a[0, 0], 400)
        b = numpy.asarray(torch.arange(6).reshape(2, 3).t())
        self.assertEqual((b.shape, b.dtype, b.strides), ((3, 2), numpy.int64, (8, 24)))
        self.assertNotEqual(torch.tensor(a).data_ptr(), a.ctypes.data)

    def test_dtypes(self):
        for dtype in DTYPES:
            t = torch.tensor([0, 1, 1]).to(dtype)
            self.assertEqual(torch.from_numpy(t.numpy()).dtype, dtype)
            self.assertTrue(torch.equal(torch.from_numpy(t.numpy()), t))
        with self.assertRaises(TypeError):
            torch.ones(1, dtype=torch.bfloat16).numpy()
        with self.assertRaises(TypeError):
            torch.from_numpy(numpy.array(["text"]))
        with self.assertRaises(TypeError):
            torch.from_numpy([1, 2])
        with self.assertRaises(ValueError):
            torch.from_numpy(numpy.arange(4)[::-1])

    def test_lifetimes(self):
        class Array(numpy.ndarray):
            pass

        a = numpy.arange(3.0).view(Array)
        gone = weakref.ref(a)
        t = torch.from_numpy(a)[1:]
        del a
        gc.collect()
        self.assertIsNotNone(gone())
        self.assertEqual(t.tolist(), [1, 2])
        del t
        gc.collect()
        self.assertIsNone(gone())
        b = torch.arange(1000).numpy()
        gc.collect()
        self.assertEqual(b.sum(), 499500)

    def test_gradients_are_asked_for(self):
        x = torch.ones(2, requires_grad=True)
        with self.assertRaisesRegex(RuntimeError, "detach"):
            x.numpy()
        self.assertEqual(x.numpy(force=True).tolist(), [1, 1])

    def test_numpy_functions(self):
        x = torch.tensor([0.0, 4.0])
        self.assertEqual(numpy.sqrt(x).tolist(), [0, 2])
        self.assertEqual(numpy.array(x, dtype=numpy.int32).tolist(), [0, 4])
        self.assertEqual((x * numpy.float32(2)).tolist(), [0, 8])
        self.assertEqual((numpy.float32(2) * x).tolist(), [0, 8])
        self.assertEqual(torch.tensor(numpy.int64(3)).dtype, torch.int64)


class DLPack(unittest.TestCase):
    def test_to_numpy(self):
        for dtype in DTYPES:
            t = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(dtype).t()
            a = numpy.from_dlpack(t)
            self.assertEqual(a.ctypes.data, t.data_ptr())
            self.assertEqual(a.shape, (3, 2))
            self.assertEqual(a.tolist(), t.tolist())
        t = torch.zeros(4)
        numpy.from_dlpack(t)[1] = 7
        self.assertEqual(t.tolist(), [0, 7, 0, 0])
        self.assertEqual(t.__dlpack_device__(), (1, 0))

    def test_from_numpy(self):
        a = numpy.arange(24, dtype=numpy.int32).reshape(4, 6)
        for part in (a, a[1:3, ::2], a.T, a[:0], a[2, 3]):
            t = torch.from_dlpack(numpy.asarray(part))
            self.assertEqual(t.tolist(), part.tolist())
            self.assertEqual(t.shape, part.shape)
        t = torch.from_dlpack(a)
        t[0, 0] = 99
        self.assertEqual(a[0, 0], 99)
        copied = torch.from_dlpack(a, copy=True)
        copied[0, 0] = 1
        self.assertEqual(a[0, 0], 99)

    def test_among_themselves(self):
        x = torch.arange(6.0).reshape(2, 3)
        for y in (torch.from_dlpack(x), dlpack.from_dlpack(dlpack.to_dlpack(x.t())).t()):
            self.assertEqual(y.data_ptr(), x.data_ptr())
            self.assertEqual(y.stride(), x.stride())
        self.assertNotEqual(torch.from_dlpack(x, copy=True).data_ptr(), x.data_ptr())
        half = torch.tensor([1.5, 2.5], dtype=torch.bfloat16)
        self.assertEqual(torch.from_dlpack(half).dtype, torch.bfloat16)
        self.assertEqual(torch.from_dlpack(torch.tensor(3)).item(), 3)
        self.assertEqual(torch.from_dlpack(torch.zeros(0, 3)).shape, (0, 3))

    def test_read_only(self):
        a = numpy.arange(3)
        a.flags.writeable = False
        t = torch.from_dlpack(a)
        self.assertEqual(t.tolist(), [0, 1, 2])
        with self.assertRaises(RuntimeError):
            t.add_(1)
        with self.assertRaises(BufferError):
            t.__dlpack__()
        self.assertFalse(numpy.from_dlpack(t).flags.writeable)

    def test_lifetimes(self):
        class Array(numpy.ndarray):
            pass

        a = numpy.arange(3.0).view(Array)
        gone = weakref.ref(a)
        t = torch.from_dlpack(a)
        del a
        self.assertEqual(t.sum().item(), 3)
        del t
        gc.collect()
        self.assertIsNone(gone())
        a = numpy.from_dlpack(torch.arange(1000))
        gc.collect()
        self.assertEqual(a.sum(), 499500)
        # Capsules that nobody took free what they hold; so do tensors from them.
        for _ in range(100):
            torch.zeros(1 << 20).__dlpack__()
            torch.zeros(1 << 20).__dlpack__(max_version=(1, 0))
            torch.from_dlpack(torch.zeros(1 << 20))

    def test_refusals(self):
        capsule = torch.ones(2).__dlpack__()
        torch.from_dlpack(capsule)
        with self.assertRaisesRegex(RuntimeError, "only once"):
            torch.from_dlpack(capsule)
        with self.assertRaises(BufferError):
            torch.ones(2, requires_grad=True).__dlpack__()
        with self.assertRaises(RuntimeError):
            torch.from_dlpack([1, 2])
        with self.assertRaises(RuntimeError):
            torch.from_dlpack(numpy.arange(4)[::-1])


class Buffers(unittest.TestCase):
    def test_shared(self):
        held = bytearray(b"\x01\x00\x02\x00\x03\x00")
        t = torch.frombuffer(held, dtype=torch.int16, offset=2)
        self.assertEqual(t.tolist(), [2, 3])
        t[0] = 9
        self.assertEqual(held[2], 9)
        numbers = array.array("f", [1.5, 2.5, 3.5])
        self.assertEqual(torch.frombuffer(numbers, dtype=torch.float32, count=2).tolist(), [1.5, 2.5])
        self.assertEqual(torch.frombuffer(b"abc", dtype=torch.uint8).tolist(), [97, 98, 99])

    def test_refusals(self):
        for buffer, options in ((b"", {}), (b"abc", {}), (b"abcd", {"offset": 4}), (b"abcd", {"count": 3}), (b"abcd", {"count": 0}), (7, {})):
            with self.subTest(buffer, **options), self.assertRaises(ValueError):
                torch.frombuffer(buffer, dtype=torch.int16, **options)


if __name__ == "__main__":
    unittest.main()
