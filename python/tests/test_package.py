"""The package as a whole: what is lacking says so, scripts for PyTorch run, importing is quick, the stubs are up to date."""

import importlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import flambeau as torch

PYTHON = pathlib.Path(__file__).resolve().parents[1]


def run(*arguments, **env):
    """A fresh Python with this package."""
    path = os.pathsep.join([str(pathlib.Path(torch.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path} | env)


class Lacking(unittest.TestCase):
    def test_names(self):
        for call in (
            lambda: torch.no_such_function,
            lambda: torch.nn.NoSuchModule,
            lambda: torch.nn.functional.no_such_function,
            lambda: torch.linalg.no_such_function,
            lambda: torch.special.no_such_function,
            lambda: torch.fft.no_such_function,
            lambda: torch.distributions.NoSuchDistribution,
            lambda: torch.utils.no_such_module,
            lambda: torch.autograd.graph.no_such_function,
            lambda: torch.cuda.no_such_function,
            lambda: torch.nn.utils.no_such_function,
            lambda: torch.zeros(2).to_sparse_csr(),
            lambda: torch.Tensor.int_repr,
            lambda: torch.onnx,
        ):
            with self.assertRaisesRegex(NotImplementedError, r"torch\.\S+ is not in Flambeau yet"):
                call()
        self.assertFalse(hasattr(torch, "no_such_function"))
        self.assertFalse(hasattr(torch.zeros(2), "to_sparse_csr"))
        with self.assertRaises(ImportError):
            exec("from flambeau.func import no_such_function")
        self.assertIsNone(getattr(torch.nn, "NoSuchModule", None))
        with self.assertRaises(NotImplementedError):
            torch.zeros(2, layout=torch.sparse_csr)

    def test_devices(self):
        self.assertFalse(torch.cuda.is_available())
        self.assertEqual(torch.cuda.device_count(), 0)
        self.assertFalse(torch.backends.mps.is_available())
        with self.assertRaises((RuntimeError, AssertionError)):
            torch.ones(1).cuda()
        with self.assertRaises((RuntimeError, AssertionError)):
            torch.zeros(1, device="cuda")
        self.assertEqual(torch.ones(1).to("cpu").device, torch.device("cpu"))

    def test_submodules(self):
        for name in ("torch.nn.functional", "torch.optim.lr_scheduler", "torch.utils.data", "torch.autograd", "torch.distributions"):
            importlib.import_module(name.replace("torch", "flambeau", 1))


class Scripts(unittest.TestCase):
    def run_script(self, text, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "script.py"
            script.write_text(text)
            (pathlib.Path(folder) / "beside.py").write_text("import torch\nanswer = torch.tensor(42)\n")
            return run("-m", "flambeau", str(script), *arguments)

    def test_a_script_for_pytorch(self):
        result = self.run_script(
            "import sys\n"
            "import torch, torch.nn as nn\n"
            "import torch.nn.functional as F\n"
            "from torch.utils.data import DataLoader\n"
            "from torch.optim.lr_scheduler import StepLR\n"
            "import beside\n"
            "print(__name__, sys.argv[1:], beside.answer.item(), torch is sys.modules['torch'], F.relu is nn.functional.relu)\n"
            "print(torch.__name__, type(torch.ones(1)), torch.float32)\n",
            "--epochs", "3",
        )  # fmt: skip
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.stdout, "__main__ ['--epochs', '3'] 42 True True\nflambeau <class 'torch.Tensor'> torch.float32\n")

    def test_what_is_lacking(self):
        result = self.run_script("import torch.no_such_module\n")
        self.assertIn("NotImplementedError: torch.no_such_module is not in Flambeau yet", result.stderr)
        self.assertEqual(result.returncode, 1)
        result = self.run_script("import torch\ntry:\n    torch.no_such_function\nexcept NotImplementedError as e:\n    print(e)\n")
        self.assertEqual(result.stdout, "torch.no_such_function is not in Flambeau yet\n")

    def test_exit_codes(self):
        self.assertEqual(self.run_script("import sys\nsys.exit(7)\n").returncode, 7)
        self.assertEqual(run("-m", "flambeau").returncode, 2)


class Importing(unittest.TestCase):
    def test_only_what_is_needed(self):
        result = run("-c", "import sys, flambeau; print(*sorted(m for m in sys.modules if m.startswith(('flambeau', 'numpy', 'ctypes', 'inspect'))))")
        names = ["_C", "_creation", "_factory", "_functions", "_grad_mode", "_missing", "_overrides", "_subclasses", "_tensor", "_tensor_random", "_types"]
        self.assertEqual(result.stdout.split(), ["flambeau", *(f"flambeau.{n}" for n in names)])

    def test_time(self):
        # As pip leaves a package: compiled.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder.name}
        run("-c", "import flambeau", **compiled)
        times = []
        for _ in range(5):
            lines = run("-X", "importtime", "-c", "import flambeau", **compiled).stderr.splitlines()
            times.append(int(next(line for line in lines if line.endswith("| flambeau")).split("|")[1]))
        self.assertLess(min(times), 60_000, "microseconds")


class Stubs(unittest.TestCase):
    def test_up_to_date(self):
        # In a process in which no class answers for functions: `Tensor` is as it was compiled there.
        result = run(str(PYTHON / "stubs.py"), "--check")
        self.assertEqual(result.stdout, "stale: none\n", f"run python/stubs.py\n{result.stderr}")
        self.assertTrue((PYTHON / "flambeau" / "py.typed").exists())

    def test_docs_and_signatures(self):
        self.assertIn("input + other", torch.add.__doc__)
        self.assertEqual(torch.softmax.__name__, "softmax")


if __name__ == "__main__":
    unittest.main()
