"""Datasets and loaders. The orders are PyTorch's."""

import threading
import unittest

import flambeau as torch
from flambeau.utils.data import (
    BatchSampler, ConcatDataset, DataLoader, Dataset, IterableDataset, RandomSampler, SequentialSampler, Subset, TensorDataset,
    WeightedRandomSampler, get_worker_info, random_split,
)  # fmt: skip


class Squares(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, i):
        return {"x": torch.tensor(float(i)), "name": f"n{i}", "pair": (i, i * i)}


class Failing(Squares):
    def __getitem__(self, i):
        if i == 5:
            raise KeyError("five")
        return i


class Noisy(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return i + torch.rand(())


class Count(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(first, 6, step))


class Loading(unittest.TestCase):
    def test_batches(self):
        batches = list(DataLoader(Squares(), batch_size=4))
        self.assertEqual([len(b["name"]) for b in batches], [4, 4, 2])
        self.assertEqual(batches[1]["x"].tolist(), [4, 5, 6, 7])
        self.assertEqual(batches[1]["pair"][1].tolist(), [16, 25, 36, 49])
        self.assertEqual(batches[2]["name"], ["n8", "n9"])
        self.assertEqual(len(DataLoader(Squares(), batch_size=4, drop_last=True)), 2)
        self.assertEqual(list(DataLoader(range(3), batch_size=None)), [0, 1, 2])
        self.assertEqual(list(DataLoader(range(3), batch_size=2, collate_fn=tuple)), [(0, 1), (2,)])

    def test_order(self):
        torch.manual_seed(3)
        loader = DataLoader(range(8), batch_size=4, shuffle=True)
        self.assertEqual([b.tolist() for b in loader], [[2, 1, 6, 5], [0, 4, 3, 7]])
        self.assertEqual([b.tolist() for b in loader], [[7, 6, 0, 5], [1, 3, 4, 2]])
        generator = torch.Generator().manual_seed(3)
        self.assertEqual([b.tolist() for b in DataLoader(range(4), shuffle=True, generator=generator)], [[1], [0], [2], [3]])

    def test_random_numbers_of_workers(self):
        # What torch 2.15.0 gives with the same lines; the workers draw apart from each other and from the program.
        torch.manual_seed(3)
        got = []
        for keep in (False, True):
            loader = DataLoader(Noisy(), num_workers=2, shuffle=True, persistent_workers=keep)
            got += [[round(b.item(), 4) for b in loader] for _ in range(2)]
        self.assertEqual(got, [
            [2.2876, 4.747, 0.6863, 1.829, 3.602, 5.6825], [3.9488, 2.7279, 0.6456, 1.7626, 4.5319, 5.455],
            [3.9962, 2.4906, 5.7511, 1.0572, 0.5206, 4.5594], [0.9299, 4.465, 3.3119, 2.6004, 1.3537, 5.9075],
        ])  # fmt: skip

    def test_workers(self):
        for workers in (1, 3):
            got = [b["x"].tolist() for b in DataLoader(Squares(), batch_size=4, num_workers=workers)]
            self.assertEqual(got, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        with self.assertRaises(KeyError):
            list(DataLoader(Failing(), num_workers=2))
        self.assertEqual(sorted(torch.cat(list(DataLoader(Count(), batch_size=2, num_workers=2))).tolist()), [0, 1, 2, 3, 4, 5])
        # A loader that is left in the middle leaves no threads behind.
        before = threading.active_count()
        iterator = iter(DataLoader(Squares(), num_workers=2))
        next(iterator)
        del iterator
        for _ in range(200):
            if threading.active_count() <= before:
                break
            threading.Event().wait(0.01)
        self.assertLessEqual(threading.active_count(), before)

    def test_refusals(self):
        with self.assertRaises(ValueError):
            DataLoader(Squares(), batch_size=0)
        with self.assertRaises(ValueError):
            DataLoader(Squares(), shuffle=True, sampler=SequentialSampler(range(10)))
        with self.assertRaises(ValueError):
            DataLoader(Count(), shuffle=True)
        with self.assertRaises(TypeError):
            len(DataLoader(Count()))


class Datasets(unittest.TestCase):
    def test_parts(self):
        data = TensorDataset(torch.arange(4), torch.arange(4) * 10)
        self.assertEqual(tuple(t.item() for t in data[2]), (2, 20))
        self.assertEqual(len(ConcatDataset([data, data])), 8)
        self.assertEqual(ConcatDataset([data, data])[5][1].item(), 10)
        self.assertEqual(Subset(data, [3, 1])[0][0].item(), 3)
        with self.assertRaises((AssertionError, ValueError)):
            TensorDataset(torch.ones(2), torch.ones(3))

    def test_random_split(self):
        parts = random_split(range(10), [7, 3], generator=torch.Generator().manual_seed(42))
        self.assertEqual([list(p) for p in parts], [[2, 6, 1, 8, 4, 5, 0], [9, 3, 7]])
        self.assertEqual([len(p) for p in random_split(range(10), [0.5, 0.3, 0.2])], [5, 3, 2])
        with self.assertRaises(ValueError):
            random_split(range(10), [7, 4])

    def test_samplers(self):
        torch.manual_seed(1)
        self.assertEqual(list(RandomSampler(range(5))), [1, 3, 4, 0, 2])
        self.assertEqual(list(WeightedRandomSampler([0.0, 1.0, 3.0], 6)), [1, 1, 1, 2, 1, 2])
        self.assertEqual(list(BatchSampler(SequentialSampler(range(5)), 2, False)), [[0, 1], [2, 3], [4]])


if __name__ == "__main__":
    unittest.main()
