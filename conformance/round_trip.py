"""Takes model files to PyTorch's and safetensors' own packages and back, and compares every tensor's bytes.

    python conformance/round_trip.py target/release/flambeau MODEL.safetensors ...

Needs torch and safetensors. For each file: what PyTorch saved of it is converted to safetensors, what we wrote as .pt is
loaded with weights_only=True, and what we wrote as safetensors, in one file and in shards, is opened by the package.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import load_file


def digests(tensors):
    def digest(t):
        raw = t.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if t.numel() else b""
        return str(t.dtype), tuple(t.shape), hashlib.sha256(raw).hexdigest()

    return {name: digest(t) for name, t in tensors.items()}


def main(program, *files):
    def convert(*arguments):
        subprocess.run([program, "convert", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    for file in files:
        tensors = {name: t.clone() for name, t in load_file(file).items()}
        want = digests(tensors)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            torch.save(tensors, folder / "theirs.pt")
            torch.save(tensors, folder / "older.pt", _use_new_zipfile_serialization=False)
            for name in ("theirs", "older"):
                convert(folder / f"{name}.pt", folder / f"{name}.safetensors")
                assert digests(load_file(folder / f"{name}.safetensors")) == want, name
            convert(file, folder / "ours.pt")
            assert digests(torch.load(folder / "ours.pt", weights_only=True)) == want
            assert digests(torch.load(folder / "ours.pt", weights_only=True, mmap=True)) == want
            convert(file, folder / "ours.safetensors", "--digest")
            assert digests(load_file(folder / "ours.safetensors")) == want
            convert(file, folder / "shards", "--max-shard-size", max(1, pathlib.Path(file).stat().st_size // 3))
            shards = {}
            for shard in (folder / "shards").glob("*.safetensors"):
                with safe_open(shard, "pt") as opened:
                    shards.update({name: opened.get_tensor(name) for name in opened.keys()})
            assert digests(shards) == want
            for path in ("ours.safetensors", "shards"):
                subprocess.run([program, "verify", folder / path], check=True, stdout=subprocess.DEVNULL)
                subprocess.run([program, "diff", file, folder / path], check=True, stdout=subprocess.DEVNULL)
        print(f"{file}: {len(want)} tensors, the same in 7 conversions")


if __name__ == "__main__":
    main(*sys.argv[1:])
