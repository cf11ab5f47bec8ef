"""Where nobody else sees an operator's left operand, its result goes over it; everywhere else operands stay as they were."""

import functools
import itertools
import operator
import os
import pathlib
import subprocess
import sys
import threading
import unittest

import flambeau as torch

SIZE = 1 << 21
PACKAGE = pathlib.Path(torch.__file__).parent.parent


class Temporaries(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.a, self.b, self.c = (torch.rand(SIZE) + 1 for _ in range(3))
        self.addresses = []

    def product(self):
        product = self.a * self.b
        self.addresses.append(product.data_ptr())
        return product

    @unittest.skipIf(sys.version_info >= (3, 14), "the stack does not count what it borrows")
    @unittest.skipUnless(sys.platform == "linux", "elsewhere the calls may not be told")
    def test_the_result_goes_over_a_temporary(self):
        # In a process of its own: once a class answers for functions, operators look for it, and no operand is temporary.
        code = f"""
import flambeau as torch
a, b, c = (torch.rand({SIZE}) + 1 for _ in range(3))
def product():
    global address
    product = a * b
    address = product.data_ptr()
    return product
for operation in (lambda: product() + c, lambda: product() - c, lambda: product() * c, lambda: product() / c, lambda: product() % c):
    print(operation().data_ptr() == address)
"""
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(PACKAGE)})
        self.assertEqual(run.stdout.split(), ["True"] * 5, run.stderr)

    def test_the_result_is_the_same(self):
        product = self.a * self.b
        kept = product.clone()
        for name in ("add", "sub", "mul", "truediv", "mod"):
            apply = getattr(operator, name)
            want = apply(product, self.c)
            self.assertTrue(torch.equal(product, kept), name)
            got = {"add": lambda: self.product() + self.c, "sub": lambda: self.product() - self.c, "mul": lambda: self.product() * self.c,
                   "truediv": lambda: self.product() / self.c, "mod": lambda: self.product() % self.c}[name]()  # fmt: skip
            self.assertTrue(torch.equal(got, want), name)

    def test_what_somebody_holds_stays(self):
        def unchanged(hold, read):
            product = self.a * self.b
            want = product.clone()
            held = hold(product)
            del product
            read(held)
            kept = held() if callable(held) else held[0]
            self.assertTrue(torch.equal(kept, want))

        unchanged(lambda t: [t], lambda held: held[0] + self.c)
        unchanged(lambda t: (t.view(-1), ), lambda held: held[0].view(-1) + self.c)
        unchanged(lambda t: (t.detach(), ), lambda held: held[0].detach() + self.c)
        unchanged(lambda t: (lambda: t), lambda held: held() + self.c)
        unchanged(lambda t: functools.partial(operator.pos, t), lambda held: held.args[0] + self.c)
        local = self.a * self.b
        want = local.clone()
        for _ in range(2):
            local + self.c
        self.assertTrue(torch.equal(local, want))

    def test_compiled_code_that_holds_the_only_reference(self):
        # `accumulate` holds the last sum and gives it away as well; `reduce` and `sum` call the operator with one of theirs.
        parts = [torch.full((SIZE,), float(i)) for i in range(4)]
        sums = list(itertools.accumulate(parts))
        self.assertEqual([s[0].item() for s in sums], [0, 1, 3, 6])
        self.assertEqual(functools.reduce(operator.add, parts)[0].item(), 6)
        self.assertEqual(sum(parts)[0].item(), 6)
        self.assertEqual([p[0].item() for p in parts], [0, 1, 2, 3])
        total = list(map(operator.add, (p for p in parts), (p for p in parts)))
        self.assertEqual([t[0].item() for t in total], [0, 2, 4, 6])
        self.assertEqual([p[0].item() for p in parts], [0, 1, 2, 3])

    def test_a_foreign_caller_is_no_interpreter(self):
        import ctypes

        # Called by address, as compiled code does that holds the one reference itself.
        add = ctypes.pythonapi["PyNumber_Add"]
        add.restype, add.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object]
        product = self.product()
        want = product.clone()
        result = add(id(product), self.c)
        self.assertNotEqual(result.data_ptr(), product.data_ptr())
        self.assertTrue(torch.equal(product, want))

    def test_gradients_see_what_was_saved(self):
        a = self.a.clone().requires_grad_()
        ((a * self.b) * self.c + self.a).sum().backward()
        self.assertTrue(torch.equal(a.grad, self.b * self.c))
        a.grad = None
        ((self.a * self.b) * a).sum().backward()
        self.assertTrue(torch.equal(a.grad, self.a * self.b))

    def test_from_several_threads(self):
        wrong = []

        def work():
            for _ in range(5):
                if not torch.equal(self.a * self.b + self.c, want):
                    wrong.append(1)

        product = self.a * self.b
        want = product + self.c
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertFalse(wrong)


if __name__ == "__main__":
    unittest.main()
