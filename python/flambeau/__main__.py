"""`python -m flambeau script.py [args]`: runs a script written for PyTorch. `import torch` and its submodules are Flambeau."""

import runpy
import sys


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: python -m flambeau SCRIPT [ARGUMENTS]\n\nRuns a script written for PyTorch: `import torch` and its submodules are Flambeau.")
        return 0 if len(sys.argv) > 1 else 2
    from . import as_torch

    as_torch.install()
    if sys.argv[1] == "-m":
        sys.argv = sys.argv[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return 0
    sys.argv = sys.argv[1:]
    import os

    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
    runpy.run_path(sys.argv[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
