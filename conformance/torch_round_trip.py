"""Checks that PyTorch reads what `save_torch` writes: the same values, bit for bit, in the same memory layout and sharing.

    cargo build -p flambeau-io --example copy_torch
    python conformance/torch_round_trip.py target/debug/examples/copy_torch

Needs torch and numpy. Objects are saved with PyTorch, read and written by the program, and loaded with PyTorch again, each
with `weights_only=True` (where PyTorch's own file can be) and without, mapped and not.
"""

import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch
import torch_files


def sharing():
    base, shared = torch.arange(12.0).reshape(3, 4), [1, "x", (2.5, None)]
    weight = torch.nn.Parameter(torch.ones(2, 2))
    optimizer = torch.optim.Adam([weight], 1e-3, amsgrad=True)
    weight.sum().backward()
    optimizer.step()
    return {
        "tied": [weight, weight.data, {"again": weight}],
        "base": base,
        "views": (base.t(), base[1:, ::2], base[0].expand(5, 4), base[:, :0], base.view(-1)[11]),
        "lists": [shared, shared, [shared]],
        "ints": [0, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**63, -(2**63), 2**127, -(2**127), 2**800, -(2**800)],
        "floats": [0.0, -0.0, 1e300, float("inf"), float("-inf")],
        "bytes": [b"", b"\x00\xff", bytes(range(256))],
        "text": ["", "naïve ☃ \U0001f525", "x" * 70000],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),))],
        "sets": [set(), {1, "a", (1, 2)}],
        "keys": {1: 2, None: 3, 2.5: 4, (1, "a"): 5, True + 1: 6, b"k": 7},
        "devices": [torch.device("cpu"), torch.device("cuda", 1), torch.float16, torch.int4],
        "optimizer": optimizer.state_dict(),
        "many": {f"layer.{i}.weight": torch.full((3,), float(i)) for i in range(400)},
    }


def same(a, b, where, storages, objects):
    """Asserts that two values are the same; tensors and containers that are one here must be one there, and only those."""
    if isinstance(a, np.ndarray):
        a = torch.from_numpy(np.ascontiguousarray(a.astype(a.dtype.newbyteorder("="))))
        assert isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b.contiguous()), where
        return
    if isinstance(a, torch.Tensor):
        assert isinstance(b, torch.Tensor), where
        kind = lambda t: (t.dtype, t.layout, t.device, t.is_quantized, t.is_nested, None if t.is_nested else t.shape)
        assert kind(a) == kind(b), where
        if a.is_quantized:
            assert a.qscheme() == b.qscheme() and torch.equal(a.dequantize(), b.dequantize()), where
            assert a.stride() == b.stride(), where
        elif a.is_meta:
            assert a.stride() == b.stride(), where
            return
        elif a.layout == torch.strided and not a.is_nested:
            if not (a.is_conj() or a.is_neg()):
                assert (a.stride(), a.storage_offset()) == (b.stride(), b.storage_offset()), where
                x, y = a.untyped_storage(), b.untyped_storage()
                assert x.tolist() == y.tolist(), where
                if len(x):
                    assert storages.setdefault(x.data_ptr(), y.data_ptr()) == y.data_ptr(), where
                return
        for (name, x), (_, y) in zip(torch_files.made_of(a).items(), torch_files.made_of(b).items(), strict=True):
            assert x.dtype == y.dtype and torch.equal(x.contiguous().view(-1), y.contiguous().view(-1)), f"{where}.{name}"
        return
    if isinstance(a, np.generic):
        assert a == b, where
        return
    if isinstance(a, (torch.UntypedStorage, torch.TypedStorage)):
        assert a.tolist() == b.tolist(), where
        return
    kind = dict if isinstance(a, dict) else tuple if isinstance(a, torch.Size) else type(a)
    assert type(b) is kind, f"{where}: {type(b)}"
    if isinstance(a, (list, dict)) and a:
        assert objects.setdefault(id(a), id(b)) == id(b), f"{where}: sharing"
    if isinstance(a, dict):
        assert list(a) == list(b), where
        for k in a:
            same(a[k], b[k], f"{where}.{k}", storages, objects)
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{where}.{i}", storages, objects)
    else:
        assert a == b and str(a) == str(b), where


def main(program):
    warnings.simplefilter("ignore")
    checks = [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        for make in (
            *(torch_files.dtypes, torch_files.views, torch_files.training, torch_files.containers, torch_files.quantized),
            *(torch_files.raw, torch_files.sparse, torch_files.others, sharing),
        ):
            whole = make()
            for name, x in [(make.__name__, whole), *((f"{make.__name__}.{k}", v) for k, v in whole.items())]:
                for legacy in (False, True):
                    torch.save(x, f"{folder}/from.pt", _use_new_zipfile_serialization=not legacy)
                    subprocess.run([program, f"{folder}/from.pt", f"{folder}/to.pt"], check=True)
                    for weights_only in (True, False):
                        try:
                            expected = torch.load(f"{folder}/from.pt", weights_only=weights_only)
                        except Exception:
                            # PyTorch refuses some of its own files: in the older format, those without dtypes.
                            if weights_only:
                                continue
                            assert legacy, name
                            expected = x
                        for mmap in (False, True):
                            found = torch.load(f"{folder}/to.pt", weights_only=weights_only, mmap=mmap)
                            same(expected, found, name, {}, {})
                            checks[weights_only] += 1
                    # Where a storage lies is worked out in another way for the meta device, which not all tensors are for.
                    try:
                        torch.load(f"{folder}/from.pt", weights_only=False, map_location="meta")
                    except Exception:
                        continue
                    torch.load(f"{folder}/to.pt", weights_only=False, map_location="meta")
    print(f"the same in {sum(checks)} loads, {checks[True]} of them with weights_only=True")


if __name__ == "__main__":
    main(*sys.argv[1:])
