"""Writes files with `torch.save`, in both of its formats, and what they hold as safetensors, for the tests of `crates/io`.

    python conformance/torch_files.py crates/io/tests/fixtures

Needs torch. NAME.pt and NAME.legacy.pt hold an object; NAME.safetensors its tensors under the keys that lead to them, joined
by dots.
"""

import sys
from collections import OrderedDict, defaultdict

import torch
from goldens import DTYPES, save


class Unsafe:
    """An object whose pickle would run a program."""

    def __reduce__(self):
        import os

        return os.system, ("touch canary",)


def dtypes():
    torch.manual_seed(0)
    values = torch.rand(2, 3) * 100 - 50
    return {name: values.abs().to(d) if name == "uint8" else values.to(d) for name, d in DTYPES.items()}


def views():
    base = torch.arange(24.0).reshape(4, 6)
    return {
        "base": base,
        "transposed": base.t(),
        "sliced": base[1:3, ::2],
        "expanded": base[0].expand(3, 6),
        "scalar": base[2, 3],
        "empty": base[:, :0],
        "other": torch.zeros(0, 3),
        "list": [base[0], (base[1], base[2])],
    }


def training():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2, bias=False))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(5, 3)).square().sum().backward()
        optimizer.step()
        scheduler.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": {k: v for k, v in scheduler.state_dict().items() if not callable(v)},
        "rng": torch.get_rng_state()[:64].clone(),
        "step": 3,
    }


def containers():
    counts = defaultdict(list)
    counts["a"].append(torch.ones(2))
    return {
        "parameter": torch.nn.Parameter(torch.ones(2, 2)),
        "ordered": OrderedDict([("z", torch.zeros(1)), ("a", torch.ones(1))]),
        "default": counts,
        "size": torch.Size([2, 3]),
        "dtype": torch.bfloat16,
        "device": torch.device("cpu"),
        "slice": slice(1, None, 2),
        "set": {1},
        "complex": 1 + 2j,
        "big": 1 << 200,
        "float": 0.1,
        "none": None,
        "bytes": b"\x00\xff",
        "text": "naïve ☃",
    }


def flatten(x, path=""):
    join = lambda key: f"{path}.{key}" if path else str(key)
    if isinstance(x, torch.Tensor):
        yield path, x
    elif isinstance(x, dict):
        for k, v in x.items():
            yield from flatten(v, join(k))
    elif isinstance(x, (list, tuple)):
        for i, v in enumerate(x):
            yield from flatten(v, join(i))


def main(folder):
    for make in (dtypes, views, training, containers):
        x = make()
        torch.save(x, f"{folder}/{make.__name__}.pt")
        torch.save(x, f"{folder}/{make.__name__}.legacy.pt", _use_new_zipfile_serialization=False)
        save(f"{folder}/{make.__name__}.safetensors", dict(flatten(x)))
    module = torch.nn.Linear(2, 3)
    torch.save(module, f"{folder}/module.pt")
    save(f"{folder}/module.safetensors", module.state_dict())
    torch.save({"weight": torch.ones(2), "unsafe": Unsafe()}, f"{folder}/unsafe.pt")
    torch.save({"weight": torch.ones(2), "unsafe": Unsafe()}, f"{folder}/unsafe.legacy.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
