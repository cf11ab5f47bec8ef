"""What is printed of tensors is what PyTorch prints, character for character."""

import json
import pathlib
import sys
import unittest

import flambeau

CONFORMANCE = pathlib.Path(__file__).resolve().parents[2] / "conformance"
sys.path.insert(0, str(CONFORMANCE))

import repr_goldens  # noqa: E402


class Repr(unittest.TestCase):
    def test_as_in_pytorch(self):
        cases = json.loads((CONFORMANCE / "repr.json").read_text())
        self.assertEqual([{k: v for k, v in c.items() if k != "text"} for c in cases], repr_goldens.cases(), "make repr.json anew")
        self.assertGreaterEqual(len(cases), 200)
        for case in cases:
            with self.subTest(case["make"], options=case.get("options"), default=case.get("default")):
                self.assertEqual(repr_goldens.text_of(flambeau, case), case["text"])

    def test_str_and_format(self):
        t = flambeau.tensor([1.0, 2.5])
        self.assertEqual(str(t), "tensor([1.0000, 2.5000])")
        self.assertEqual(f"{t}", str(t))
        self.assertEqual(f"{flambeau.tensor(3.14159):.2f} {flambeau.tensor(7):>3d}", "3.14   7")
        with self.assertRaises(TypeError):
            f"{t:.2f}"


if __name__ == "__main__":
    unittest.main()
