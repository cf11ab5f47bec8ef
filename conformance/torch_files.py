"""Writes files with `torch.save`, in both of its formats, and what they hold as safetensors, for the tests of `crates/io`.

    python conformance/torch_files.py crates/io/tests/fixtures

Needs torch and numpy. NAME.pt and NAME.legacy.pt hold an object; NAME.safetensors its tensors under the keys that lead to them,
joined by dots. Tensors that are no dense ones are there by what they are made of, `made_of` below.
"""

import io
import pickle
import struct
import sys
import tarfile
import warnings
from collections import OrderedDict, defaultdict

import numpy as np
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


def quantized():
    values = torch.tensor([[-1.0, 0.5, 2.0], [3.0, -0.25, 1.0]])
    scales, zeros = torch.tensor([0.1, 0.2], dtype=torch.double), torch.tensor([1, 2])
    per_tensor = {d: torch.quantize_per_tensor(values, 0.05, 10, getattr(torch, d)) for d in ("qint8", "quint8", "qint32")}
    return {
        **per_tensor,
        "transposed": per_tensor["qint8"].t(),
        "channels": torch.quantize_per_channel(values, scales, zeros, 0, torch.qint8),
        "packed": torch.quantize_per_channel(values, scales.float(), zeros.float(), 0, torch.quint4x2),
    }


def raw():
    values = torch.arange(6.0).reshape(2, 3)
    names = "uint16 uint32 uint64 complex32 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu".split()
    made = {name: values.to(getattr(torch, name)) for name in names}
    return {
        **made,
        "transposed": made["uint16"].t(),
        "sliced": made["uint16"][1:, 1:],
        "named": torch.float8_e4m3fn,
        "untyped": torch.tensor([1.0, 2.0]).untyped_storage(),
    }


def sparse():
    dense = torch.tensor([[0.0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 0], [0, 4, 0, 5]])
    blocks = {"bsr": dense.to_sparse_bsr((2, 2)), "bsc": dense.to_sparse_bsc((2, 2))}
    return {"coo": dense.to_sparse(), "csr": dense.to_sparse_csr(), "csc": dense.to_sparse_csc(), **blocks}


def others():
    base = torch.tensor([1 + 2j, 3 - 4j, -5j])
    numbers = np.arange(6, dtype=np.float64).reshape(2, 3)
    parameter = torch.nn.Parameter(torch.ones(3))
    parameter.note = "kept beside it"
    return {
        "nested": torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(1, 3)]),
        "meta": torch.empty_strided((2, 3), (1, 2), dtype=torch.bfloat16, device="meta"),
        "conj": base.conj(),
        "neg": base.clone().conj().imag,
        "parameter": parameter,
        "buffer": torch.nn.Buffer(torch.ones(2)),
        "array": numbers,
        "columns": np.asfortranarray(numbers),
        "big_endian": numbers.astype(">f8"),
        "strided": numbers[:, ::2],
        "half": numbers.astype(np.float16),
        "complex": (numbers + 1j).astype(">c8"),
        "bools": numbers > 2,
        "unsigned": np.array([1, 65535], dtype=np.uint16),
        "none": np.zeros((0, 3), dtype=np.int32),
        "scalars": [np.float32(0.5), np.float64(2), np.int64(-3), np.uint64(2**64 - 1), np.bool_(True), np.complex64(1 - 2j)],
    }


class Block(torch.nn.Module):
    """Something to compile: weights, constants and values of every kind that TorchScript notes."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 3)
        self.tied = self.linear
        self.register_buffer("scale", torch.arange(3.0))
        self.sizes = [1, 2]
        self.named = {"a": 1.0}
        self.tensors = [torch.ones(1)]

    def forward(self, x):
        return self.tied(x) * self.scale + torch.tensor([1.0, 2.0, 3.0])


class Outside(pickle.Pickler):
    """Pickles what tells how it is named outside the pickle."""

    def persistent_id(self, x):
        return x.outside() if hasattr(x, "outside") else None


class Named:
    """Something that lies outside the pickle, by its id."""

    def __init__(self, name):
        self.name = name

    def outside(self):
        return self.name


def raw_storage(t):
    return struct.pack("<q", t.numel()) + t.contiguous().numpy().tobytes()


def oldest(path):
    """The tar archive of the first releases, which no PyTorch writes since 0.1.10: two storages, a view of one, tensors."""
    base, longs = torch.arange(6.0), torch.tensor([7, 8, 9])
    dump = lambda x: pickle.dumps(x, protocol=2)
    storages = dump(2) + dump((1, "cpu", torch.FloatStorage)) + raw_storage(base)
    storages += dump((2, "cpu", torch.LongStorage)) + raw_storage(longs) + dump([(3, 1, 2, 4)])
    tensors = dump(4)
    for key, storage, kind, size, stride, offset in [
        (10, 1, torch.FloatTensor, (2, 3), (3, 1), 0),
        (11, 3, torch.FloatTensor, (2, 2), (1, 2), 0),
        (12, 2, torch.LongTensor, (3,), (1,), 0),
        (13, 1, torch.FloatTensor, (), (), 5),
    ]:
        tensors += dump((key, storage, kind)) + struct.pack(f"<iI{2 * len(size)}qq", len(size), 0, *size, *stride, offset)
    out = io.BytesIO()
    names = {"base": 10, "view": 11, "longs": 12, "last": 13}
    Outside(out, protocol=2).dump(OrderedDict((name, Named(str(key))) for name, key in names.items()))
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as tar:
        for name, data in [("sys_info", dump({})), ("storages", storages), ("tensors", tensors), ("pickle", out.getvalue())]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return {"base": base.reshape(2, 3), "view": base[2:].reshape(2, 2).t(), "longs": longs, "last": base[5]}


class Rebuilt:
    """A call of `_rebuild_tensor` over a storage that is named."""

    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return torch._utils._rebuild_tensor, self.args


def storage_views(path):
    """A file of PyTorch before 0.4, in which storages may be views of others."""
    base = torch.arange(6.0)
    name = lambda view: Named(("storage", torch.FloatStorage, "9", "cpu", 6, view))
    values = {"view": Rebuilt(name(("10", 2, 4)), 1, (3,), (1,)), "base": Rebuilt(name(None), 0, (2, 3), (3, 1))}
    info = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    with open(path, "wb") as out:
        for x in (0x1950A86A20F9469CFC6C, 1001, info):
            pickle.dump(x, out, protocol=2)
        Outside(out, protocol=2).dump(values)
        pickle.dump(["9"], out, protocol=2)
        out.write(raw_storage(base))
    return {"view": base[3:], "base": base.reshape(2, 3)}


def made_of(x):
    """The dense tensors that a tensor is made of."""
    if x.is_quantized:
        packed = x.dtype in (torch.quint4x2, torch.quint2x4)
        return {"data": torch.tensor(x.untyped_storage().tolist(), dtype=torch.uint8) if packed else x.int_repr()}
    if x.layout == torch.sparse_coo:
        return {"0": x._indices(), "1": x._values()}
    if x.layout in (torch.sparse_csr, torch.sparse_bsr):
        return {"0": x.crow_indices(), "1": x.col_indices(), "2": x.values()}
    if x.layout in (torch.sparse_csc, torch.sparse_bsc):
        return {"0": x.ccol_indices(), "1": x.row_indices(), "2": x.values()}
    if x.is_nested:
        return {"buffer": x.values(), "sizes": x._nested_tensor_size()}
    if x.is_meta:
        return {}
    if str(x.dtype)[6:] in DTYPES:
        return {"": x.resolve_conj().resolve_neg()}
    return {"data": torch.tensor(x.untyped_storage().tolist(), dtype=torch.uint8)}


def flatten(x, path=""):
    join = lambda key: f"{path}.{key}" if path else str(key)
    if isinstance(x, torch.Tensor):
        for part, t in made_of(x).items():
            yield join(part) if part else path, t
    elif isinstance(x, np.ndarray) and x.dtype != np.uint16:
        yield path, torch.from_numpy(np.ascontiguousarray(x.astype(x.dtype.newbyteorder("="))))
    elif isinstance(x, dict):
        for k, v in x.items():
            yield from flatten(v, join(k))
    elif isinstance(x, (list, tuple)):
        for i, v in enumerate(x):
            yield from flatten(v, join(i))


def main(folder):
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    for make in (dtypes, views, training, containers, quantized, raw, sparse, others):
        x = make()
        torch.save(x, f"{folder}/{make.__name__}.pt")
        torch.save(x, f"{folder}/{make.__name__}.legacy.pt", _use_new_zipfile_serialization=False)
        save(f"{folder}/{make.__name__}.safetensors", dict(flatten(x)))
    module = torch.nn.Linear(2, 3)
    torch.save(module, f"{folder}/module.pt")
    save(f"{folder}/module.safetensors", module.state_dict())
    torch.save(module, f"{folder}/module.legacy.pt", _use_new_zipfile_serialization=False)
    block = Block()
    torch.jit.script(block).save(f"{folder}/scripted.pt")
    torch.jit.trace(block, torch.ones(1, 2)).save(f"{folder}/traced.pt")
    save(f"{folder}/scripted.safetensors", block.state_dict())
    for make in (oldest, storage_views):
        save(f"{folder}/{make.__name__}.safetensors", dict(flatten(make(f"{folder}/{make.__name__}.pt"))))
        loaded = torch.load(f"{folder}/{make.__name__}.pt", weights_only=False)
        expected = make(f"{folder}/{make.__name__}.pt")
        assert list(loaded) == list(expected) and all(torch.equal(loaded[k], expected[k]) for k in loaded), make.__name__
    # NumPy's modules were called otherwise before its version 2.
    with open(f"{folder}/others.legacy.pt", "rb") as file:
        renamed = file.read().replace(b"numpy._core.", b"numpy.core.")
    with open(f"{folder}/others.legacy.pt", "wb") as file:
        file.write(renamed)
    words = {"weight": torch.ones(2), "words": np.array(["a", None], dtype=object), "word": np.str_("a")}
    torch.save(words, f"{folder}/words.pt")
    torch.save({"weight": torch.ones(2), "unsafe": Unsafe()}, f"{folder}/unsafe.pt")
    torch.save({"weight": torch.ones(2), "unsafe": Unsafe()}, f"{folder}/unsafe.legacy.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
