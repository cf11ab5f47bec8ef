"""Runs the scripts of this folder, which are written for PyTorch, and compares what they print with what they print there.

    python conformance/scripts/run.py [NAME ...]      with Flambeau, against expected/NAME.txt, to 4 digits
    python conformance/scripts/run.py --record        with PyTorch, writes expected/
"""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?")


def names(chosen):
    return chosen or sorted(p.stem for p in HERE.glob("*.py") if p.stem != "run")


def differs(got, want):
    """The first line that differs in text, or in a number by more than 4 digits; `None` if there is none."""
    got, want = got.splitlines(), want.splitlines()
    if len(got) != len(want):
        return f"{len(got)} lines instead of {len(want)}"
    for i, (a, b) in enumerate(zip(got, want), 1):
        if NUMBER.sub("#", a) != NUMBER.sub("#", b):
            return f"line {i}: {a!r} instead of {b!r}"
        for x, y in zip(NUMBER.findall(a), NUMBER.findall(b)):
            # What is printed to few decimals counts by them.
            if not abs(float(x) - float(y)) <= 1e-4 * max(abs(float(y)), 1.0 if len(y.partition(".")[2]) in (1, 2, 3, 4) else 1e-4):
                return f"line {i}: {x} instead of {y}: {a!r}"
    return None


def main():
    arguments = [a for a in sys.argv[1:] if a != "--record"]
    record = "--record" in sys.argv
    (HERE / "expected").mkdir(exist_ok=True)
    failed = 0
    for name in names(arguments):
        script = HERE / f"{name}.py"
        command = [sys.executable, str(script)] if record else [sys.executable, "-m", "flambeau", str(script)]
        result = subprocess.run(command, capture_output=True, text=True)
        expected = HERE / "expected" / f"{name}.txt"
        if result.returncode:
            problem = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else f"ended with {result.returncode}"
        elif record:
            expected.write_text(result.stdout)
            problem = None
        else:
            problem = differs(result.stdout, expected.read_text())
        failed += problem is not None
        print(f"{name}: {'as in PyTorch' if problem is None and not record else problem or 'written'}", flush=True)
    if failed:
        sys.exit(f"{failed} scripts differ")


if __name__ == "__main__":
    main()
