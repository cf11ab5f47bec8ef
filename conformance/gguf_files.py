"""Writes GGUF files with ggml's package `gguf`, and what it dequantizes them to, for the tests of `crates/io`.

    python conformance/gguf_files.py crates/io/tests/fixtures crates/io/src/gguf/codebooks.rs

Needs gguf and numpy; the second file gets the package's codebooks. types.gguf holds a tensor of every type under the type's name, of random blocks with finite scales;
types.npz what they stand for, where the package knows; values.gguf holds metadata of every type.
"""

import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType, GGUFWriter, quants
from gguf.quants import dequantize

# Where halves stand in a block.
HALVES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q8_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0], "TQ1_0": [52], "TQ2_0": [64], "Q1_0": [0],
    "IQ2_XXS": [0], "IQ2_XS": [0], "IQ2_S": [0], "IQ3_XXS": [0], "IQ3_S": [0], "IQ1_S": [0],
}  # fmt: skip
PLAIN = {"F32": "f4", "F16": "f2", "F64": "f8", "I8": "i1", "I16": "i2", "I32": "i4", "I64": "i8"}
# The package still has the size that Q8_1 once had.
GGML_QUANT_SIZES[GGMLQuantizationType.Q8_1] = (32, 2 + 2 + 32)


def blocks(name, kind, random):
    """Two rows of random blocks."""
    elements, size = GGML_QUANT_SIZES[kind]
    n = 2 * max(4 if name.startswith("IQ") else 1, 64 // elements)
    data = random.integers(0, 256, (n, size), np.uint8)
    for at in HALVES.get(name, []):
        halves = (random.standard_normal(n) * 10.0 ** random.integers(-6, 3, n)).astype(np.float16)
        data[:, at : at + 2] = halves[:, None].view(np.uint8)
    if name == "IQ1_M":
        # The upper four bits of four numbers are one half.
        halves = (random.standard_normal(n) * 10.0 ** random.integers(-6, 3, n)).astype(np.float16).view(np.uint16)
        for i in range(4):
            data[:, 49 + 2 * i] = data[:, 49 + 2 * i] & 15 | ((halves >> 4 * i & 15) << 4).astype(np.uint8)
    if name == "Q8_K":
        data[:, :4] = random.standard_normal(n).astype(np.float32)[:, None].view(np.uint8)
    if name == "MXFP4":
        data[:, 0] = [0, 1, 120, 250]
    return data.reshape(2, -1)


def expected(name, kind, data):
    """What the blocks stand for. Three types are unknown to the package: scales times bytes, or times 1 and -1."""
    elements, size = GGML_QUANT_SIZES[kind]
    rows = data.reshape(-1, size)
    if name in ("Q8_1", "Q8_K"):
        scale = np.ascontiguousarray(rows[:, : 2 if name == "Q8_1" else 4]).view("f2" if name == "Q8_1" else "f4")
        numbers = rows[:, 4 : 4 + elements].view(np.int8)
    elif name == "Q1_0":
        scale = np.ascontiguousarray(rows[:, :2]).view("f2")
        numbers = np.unpackbits(rows[:, 2:], axis=1, bitorder="little") * 2.0 - 1
    else:
        return dequantize(data, kind).astype(np.float32)
    return (scale.astype(np.float32) * numbers.astype(np.float32)).reshape(2, -1)


def types(folder):
    random = np.random.default_rng(0)
    out = GGUFWriter(f"{folder}/types.gguf", "test")
    out.add_custom_alignment(64)
    known = {}
    for kind in GGMLQuantizationType:
        if kind.name in PLAIN:
            values = (random.standard_normal((2, 3)) * 50).astype(PLAIN[kind.name])
            out.add_tensor(kind.name, values)
            known[kind.name] = values
            continue
        if kind.name == "BF16":
            data = random.integers(0, 256, (2, 6), np.uint8)
        else:
            data = blocks(kind.name, kind, random)
        out.add_tensor(kind.name, data, raw_dtype=kind)
        try:
            known[kind.name] = expected(kind.name, kind, data)
        except NotImplementedError:
            print(f"not known to the package: {kind.name}")
    out.add_tensor("scalar", np.float32(2.5).reshape(()))
    write(out)
    np.savez_compressed(f"{folder}/types.npz", **known)


def values(folder):
    out = GGUFWriter(f"{folder}/values.gguf", "test")
    for kind, value in [
        ("uint8", 200), ("int8", -100), ("uint16", 60000), ("int16", -30000), ("uint32", 4000000000), ("int32", -2000000000),
        ("uint64", 1 << 63), ("int64", -(1 << 63)), ("float32", 0.1), ("float64", 0.1), ("bool", True), ("string", "naïve ☃"),
    ]:  # fmt: skip
        getattr(out, f"add_{kind}")(kind, value)
    for kind, value in [("UINT8", [1, 255]), ("UINT16", [1, 65535]), ("UINT32", [1, 4294967295]), ("UINT64", [1, 1 << 63]),
                        ("INT8", [-1, 2]), ("INT16", [-1, 2]), ("INT32", [-1, 2]), ("INT64", [-1, 2]), ("FLOAT32", [0.5, -1.0]),
                        ("FLOAT64", [0.5, -1.0]), ("BOOL", [True, False]), ("STRING", ["a", ""])]:  # fmt: skip
        out.add_key_value(f"array.{kind.lower()}", value, GGUFValueType.ARRAY, GGUFValueType[kind])
    out.add_key_value("nested", [[1, 2], [3], ["x"]], GGUFValueType.ARRAY, GGUFValueType.ARRAY)
    out.add_tensor("weight", np.arange(6, dtype=np.float32).reshape(1, 2, 3))
    out.add_tensor("half", np.ones(3, np.float16))
    write(out)


def codebooks(path):
    """What the indices of IQ1, IQ2 and IQ3 stand for: eight numbers of 2 bits each, or four of 4, which choose a level."""
    lines = [
        "//! The codebooks of IQ1, IQ2 and IQ3, as ggml has them (<https://github.com/ggml-org/llama.cpp>, MIT license): each entry",
        "//! holds the levels of eight elements in 2 bits each or of four in 4 bits each, the first lowest. Written by",
        "//! `conformance/gguf_files.py`.",
    ]
    for kind in (quants.IQ1_S, quants.IQ2_XXS, quants.IQ2_XS, quants.IQ2_S, quants.IQ3_XXS, quants.IQ3_S):
        raw, (count, run) = bytes.fromhex(kind.grid_hex.decode()), kind.grid_shape
        assert len(raw) == 2 * count and run * (2 if run == 8 else 4) == 16
        entries = [f"0x{raw[i] | raw[i + 1] << 8:04x}" for i in range(0, len(raw), 2)]
        levels = [int(level) for level in kind.grid_map]
        name = kind.__name__
        lines += ["", f"/// The levels of `{name}`.", f"pub(super) const {name}_LEVELS: [i8; {len(levels)}] = {levels};"]
        lines += [f"/// The codebook of `{name}`.", "#[rustfmt::skip]", f"pub(super) const {name}: [u16; {count}] = ["]
        lines += ["    " + ", ".join(entries[i : i + 15]) + "," for i in range(0, count, 15)] + ["];"]
    # The sign of the eighth element makes the number of minus signs even.
    assert all(sign == i | (i.bit_count() & 1) << 7 for i, sign in enumerate(quants.IQ2_XXS.ksigns))
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


def write(out):
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    types(sys.argv[1])
    values(sys.argv[1])
    codebooks(sys.argv[2])
