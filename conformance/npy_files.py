"""Writes arrays with NumPy, and what they hold as safetensors, for the tests of `crates/io`.

    python conformance/npy_files.py crates/io/tests/fixtures

Needs torch and numpy. arrays.npz and arrays.compressed.npz hold an array of every dtype, and parts of it, under DTYPE.LAYOUT;
arrays.safetensors holds it under DTYPE. versionV.npy is one array in each version of the format; the pickle in object.npy would
run a program.
"""

import sys

import numpy as np
import torch
from goldens import DTYPES, save
from torch_files import Unsafe


def arrays():
    torch.manual_seed(0)
    values = torch.rand(2, 3, 4) * 100 - 50
    for name, dtype in DTYPES.items():
        x = (values.relu() if name in ("bool", "uint8") else values).to(dtype)
        x = x * (1 + 2j) if dtype.is_complex else x
        if dtype is not torch.bfloat16:  # NumPy has none
            yield name, x


def layouts(x):
    yield "little", x
    yield "big", x.astype(x.dtype.newbyteorder(">"))
    yield "fortran", np.asfortranarray(x)
    yield "scalar", x[1, 2, 3]
    yield "empty", x[:, :0]


def main(folder):
    native = dict(arrays())
    save(f"{folder}/arrays.safetensors", native)
    every = {f"{name}.{layout}": x for name, t in native.items() for layout, x in layouts(t.numpy())}
    np.savez(f"{folder}/arrays.npz", **every)
    np.savez_compressed(f"{folder}/arrays.compressed.npz", **every)
    for version in (1, 2, 3):
        with open(f"{folder}/version{version}.npy", "wb") as out:
            np.lib.format.write_array(out, np.arange(6, dtype="<f4").reshape(2, 3) / 4, (version, 0))
    np.save(f"{folder}/object.npy", np.array([Unsafe()], object), allow_pickle=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
