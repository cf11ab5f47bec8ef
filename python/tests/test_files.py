"""Files: PyTorch's format there and back, and the refusal of files that would run something."""

import io
import json
import os
import pathlib
import pickle
import tempfile
import unittest
import zipfile

import flambeau as torch

ATTACKS = pathlib.Path(__file__).resolve().parents[2] / "crates" / "io" / "tests" / "attacks"


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_there_and_back(self):
        x = torch.arange(6.0).reshape(2, 3)
        held = {
            "x": x, "row": x[1], "half": torch.ones(2, dtype=torch.bfloat16), "empty": torch.zeros(0, 2), "numbers": [1, 2.5, True, None, "text"],
            "pair": (torch.tensor(3), {"a": 1}), "parameter": torch.nn.Parameter(torch.ones(2)), "dtype": torch.float16, "bytes": b"ab",
        }  # fmt: skip
        path = self.folder / "file.pt"
        torch.save(held, path)
        got = torch.load(path)
        self.assertEqual(list(got), list(held))
        self.assertTrue(torch.equal(got["x"], x))
        self.assertEqual(got["numbers"], held["numbers"])
        self.assertEqual((got["pair"][0].item(), got["pair"][1]), (3, {"a": 1}))
        self.assertEqual((got["half"].dtype, got["empty"].shape, got["dtype"]), (torch.bfloat16, (0, 2), torch.float16))
        self.assertTrue(got["parameter"].requires_grad)
        # What shared memory still does.
        got["x"][1, 0] = -1
        self.assertEqual(got["row"][0].item(), -1)

    def test_files_as_memory(self):
        path = str(self.folder / "numbers")
        x = torch.from_file(path, True, 4, dtype=torch.float64)
        self.assertEqual((x.tolist(), os.path.getsize(path)), ([0] * 4, 32))
        x.copy_(torch.tensor([1.0, 2, 3, 4]))
        private = torch.from_file(path, size=3, dtype=torch.float64, requires_grad=True)
        self.assertEqual((private.tolist(), private.requires_grad), ([1, 2, 3], True))
        private.data[0] = 9
        self.assertEqual(torch.from_file(path, shared=False, size=4, dtype=torch.float64).tolist(), [1, 2, 3, 4])
        self.assertEqual(torch.from_file(path, True, 5, dtype=torch.float64).tolist(), [1, 2, 3, 4, 0])
        self.assertEqual(torch.from_file(path, size=2).dtype, torch.float32)
        self.assertEqual(torch.from_file(path).shape, (0,))
        for name, size, message in (
            (path, 11, "is smaller than the required mapping size <44>"),
            (path + "2", 1, "unable to open file .* in read-only mode"),
            (str(self.folder), 1, "unable to map 4 bytes"),
            (path, -1, "must not be negative"),
        ):
            with self.assertRaisesRegex(RuntimeError, message):
                torch.from_file(name, False, size)

    def test_what_is_shared_stays_shared(self):
        path = self.folder / "file.pt"
        inner = [torch.ones(2)]
        for _ in range(16):
            inner = [inner, inner]
        torch.save({"a": inner, "b": inner, "c": [[], []]}, path)
        self.assertLess(path.stat().st_size, 10_000)
        got = torch.load(path)
        self.assertIs(got["a"], got["b"])
        self.assertIs(got["a"][0], got["a"][1])
        self.assertIsNot(got["c"][0], got["c"][1])
        circle = []
        circle.append(circle)
        with self.assertRaises(ValueError):
            torch.save(circle, path)

    def test_models_and_optimizers(self):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        optimizer = torch.optim.Adam(net.parameters())
        net(torch.ones(4, 2)).sum().backward()
        optimizer.step()
        buffer = io.BytesIO()
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, buffer)
        buffer.seek(0)
        state = torch.load(buffer, weights_only=True, map_location="cpu")
        other = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        other.load_state_dict(state["net"])
        again = torch.optim.Adam(other.parameters())
        again.load_state_dict(state["optimizer"])
        self.assertTrue(torch.equal(other[0].weight, net[0].weight))
        self.assertEqual(again.state_dict()["state"][0]["step"].item(), 1)

    def test_what_is_no_data_is_not_written(self):
        path = self.folder / "file.pt"
        for thing in (lambda: 1, object(), open):
            with self.subTest(thing), self.assertRaises((TypeError, RuntimeError, NotImplementedError)):
                torch.save({"thing": thing}, path)
            self.assertFalse(path.exists())

    def refuses(self, data, canary):
        path = self.folder / "bad.pt"
        path.write_bytes(data)
        for options in ({}, {"weights_only": True}):
            with self.assertRaises(Exception) as caught:
                torch.load(path, **options)
            self.assertNotIsInstance(caught.exception, (SystemError, MemoryError))
        self.assertFalse(canary.exists())

    def test_pickles_that_run_something(self):
        canary = self.folder / "canary"

        class Shell:
            def __reduce__(self):
                return os.system, (f"touch {canary}",)

        class Code:
            def __reduce__(self):
                return eval, (f"open({str(canary)!r}, 'w').close()",)

        for attack in (Shell(), Code(), {"w": [Shell()]}):
            data = pickle.dumps(attack)
            self.refuses(data, canary)
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                archive.writestr("archive/data.pkl", data)
                archive.writestr("archive/version", "3\n")
            self.refuses(buffer.getvalue(), canary)
        pickle.loads(pickle.dumps(Code()))
        self.assertTrue(canary.exists(), "the attack is none")

    def test_weights_only_cannot_be_switched_off(self):
        canary = self.folder / "canary"

        class Code:
            def __reduce__(self):
                return eval, (f"open({str(canary)!r}, 'w').close()",)

        path = self.folder / "bad.pt"
        path.write_bytes(pickle.dumps(Code()))
        with self.assertWarnsRegex(UserWarning, "weights_only"), self.assertRaises(Exception):
            torch.load(path, weights_only=False)
        self.assertFalse(canary.exists())

    def test_the_attacks_of_the_library(self):
        here = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, here)
        attacks = json.loads((ATTACKS / "attacks.json").read_text())
        self.assertGreater(len(attacks), 200)
        for attack in attacks:
            with self.subTest(attack["file"]):
                try:
                    torch.load(ATTACKS / attack["file"])
                    refused = False
                except (RuntimeError, ValueError, NotImplementedError, OSError):
                    refused = True
                # Lists that hold others many times over are shared here as in the file, and take no more room.
                harmless = attack["message"] is None or attack["file"] == "laughs.pt"
                self.assertTrue(refused or harmless, attack["tries"])
        self.assertEqual(os.listdir(self.folder), [])

    def test_missing_and_broken(self):
        with self.assertRaises(FileNotFoundError):
            torch.load(self.folder / "nothing.pt")
        torch.save({"x": torch.ones(100)}, self.folder / "file.pt")
        data = (self.folder / "file.pt").read_bytes()
        (self.folder / "cut.pt").write_bytes(data[: len(data) // 2])
        with self.assertRaises(RuntimeError):
            torch.load(self.folder / "cut.pt")


if __name__ == "__main__":
    unittest.main()
