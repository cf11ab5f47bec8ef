"""The order of PyTorch's loader and of random_split, which the tests of the crate `data` compare with.

    python conformance/data_goldens.py

Needs torch. Writes conformance/data.json. After each run one number is drawn from the default generator, so that draws too
many or too few show.
"""

import json
import pathlib

import torch
from torch.utils.data import DataLoader, Dataset, random_split


class Numbers(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i


def run(n, batch_size, drop_last, own, seed, stop=None):
    """Three epochs, the first one left after `stop` batches."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1) if own else None
    loader = DataLoader(Numbers(n), batch_size=batch_size, shuffle=True, drop_last=drop_last, generator=generator)
    epochs = []
    for epoch in range(3):
        batches = []
        for batch in loader:
            batches.append(batch.tolist())
            if epoch == 0 and len(batches) == stop:
                break
        epochs.append(batches)
    return dict(
        n=n, batch_size=batch_size, drop_last=drop_last, own=own, seed=seed, stop=stop, epochs=epochs,
        after=torch.randint(0, 1000, (1,)).item(),
    )  # fmt: skip


def split(n, lengths, seed, own):
    generator = torch.Generator().manual_seed(seed) if own else None
    torch.manual_seed(seed)
    parts = random_split(Numbers(n), lengths, generator=generator)
    return dict(n=n, lengths=lengths, seed=seed, own=own, parts=[list(p.indices) for p in parts])


def main():
    runs = [
        run(n, size, drop, own, seed, stop)
        for seed, (n, size, drop, own, stop) in enumerate(
            [
                (10, 3, False, False, None),
                (10, 3, True, False, None),
                (10, 3, False, True, None),
                (10, 3, True, True, None),
                (9, 3, False, True, None),
                (9, 3, True, True, None),
                (1, 4, False, False, None),
                (2, 4, True, True, None),
                (37, 1, False, False, None),
                (10, 3, False, False, 2),
                (10, 3, False, True, 2),
                (10, 3, True, True, 3),
                (9, 3, False, True, 3),
                (10, 3, False, True, 4),
            ]
        )
    ]
    splits = [
        split(10, [3, 5, 2], 0, False),
        split(11, [0.5, 0.3, 0.2], 7, False),
        split(10, [0.33, 0.33, 0.34], 8, True),
        split(7, [7, 0], 9, True),
    ]
    path = pathlib.Path(__file__).parent / "data.json"
    path.write_text(json.dumps(dict(runs=runs, splits=splits), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
