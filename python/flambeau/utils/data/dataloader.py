"""Batches of a dataset, made by the caller or by threads that work ahead."""

import collections
import itertools
import queue
import threading

from ... import _C
from ..._factory import empty
from ._collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from ..._missing import names_of as _names_of

__all__ = ["DataLoader", "get_worker_info", "default_collate", "default_convert"]

_here = threading.local()


class WorkerInfo:
    """Who a worker is: its number, how many there are, its seed and its dataset."""

    def __init__(self, id, num_workers, seed, dataset):
        self.id, self.num_workers, self.seed, self.dataset = id, num_workers, seed, dataset

    def __repr__(self):
        return f"WorkerInfo(id={self.id}, num_workers={self.num_workers}, seed={self.seed}, dataset={self.dataset!r})"


def get_worker_info():
    """In a worker, who it is; elsewhere `None`."""
    return getattr(_here, "info", None)


class _InfiniteSampler(Sampler):
    def __iter__(self):
        return itertools.repeat(None)


class DataLoader:
    """Iterates over batches. `num_workers` threads work ahead; results come in the same order for every number of them.

    The random numbers of Flambeau in a worker come from a generator of its own, seeded as PyTorch seeds the worker's process; those of
    `random` and NumPy come from where the whole program's come from, in whichever order the workers ask.
    """

    _multiprocessing_context = None

    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None, pin_memory=False,
                 drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None, generator=None, *, prefetch_factor=None,
                 persistent_workers=False, pin_memory_device="", in_order=True):  # fmt: skip
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError("prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.")
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.dataset, self.num_workers, self.timeout, self.worker_init_fn = dataset, num_workers, timeout, worker_init_fn
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device, self.persistent_workers = pin_memory, pin_memory_device, persistent_workers
        self.generator, self.in_order, self.multiprocessing_context = generator, in_order, multiprocessing_context
        #: The seed and the generators of workers that are kept for the next iteration.
        self._kept = None
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            if shuffle not in (False, None):
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}")
            if sampler is not None:
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified sampler option, but got sampler={sampler}")
            if batch_sampler is not None:
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified batch_sampler option, but got batch_sampler={batch_sampler}")
        shuffle = bool(shuffle)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._iterable:
                sampler = _InfiniteSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size, self.drop_last, self.sampler, self.batch_sampler = batch_size, drop_last, sampler, batch_sampler
        self.collate_fn = collate_fn if collate_fn is not None else default_collate if self._auto_collation else default_convert

    def __class_getitem__(cls, item):
        return cls

    @property
    def _auto_collation(self):
        return self.batch_sampler is not None

    @property
    def _index_sampler(self):
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self):
        return _Ahead(self) if self.num_workers else _Here(self)

    def __len__(self):
        if self._iterable:
            length = len(self.dataset)
            if self.batch_size is not None:
                length = length // self.batch_size if self.drop_last else -(-length // self.batch_size)
            return length
        return len(self._index_sampler)

    def check_worker_number_rationality(self):
        """Any number is fine."""


class _Fetcher:
    """Makes a batch of the numbers of its examples."""

    def __init__(self, loader):
        self.loader, self.dataset = loader, loader.dataset
        self.items = iter(loader.dataset) if loader._iterable else None
        self.ended = False

    def __call__(self, index):
        loader = self.loader
        if self.items is not None:
            if not loader._auto_collation:
                return loader.collate_fn(next(self.items))
            if self.ended:
                raise StopIteration
            batch = list(itertools.islice(self.items, len(index)))
            self.ended = len(batch) < len(index)
            if not batch or (loader.drop_last and self.ended):
                raise StopIteration
            return loader.collate_fn(batch)
        if not loader._auto_collation:
            return loader.collate_fn(self.dataset[index])
        many = getattr(self.dataset, "__getitems__", None)
        return loader.collate_fn(many(index) if callable(many) else [self.dataset[i] for i in index])


class _Here:
    def __init__(self, loader):
        self.loader = loader
        self.numbers = iter(loader._index_sampler)
        self._base_seed = empty((), dtype=_C.int64).random_(generator=loader.generator).item()
        self.fetch = _Fetcher(loader)
        self._num_yielded = 0

    def __iter__(self):
        return self

    def __next__(self):
        batch = self.fetch(next(self.numbers))
        self._num_yielded += 1
        return batch

    def __len__(self):
        return len(self.loader._index_sampler)


class _Failure:
    def __init__(self, error):
        self.error = error


def _work(loader, number, seed, generator, started, tasks, results, stop):
    """What a worker's thread does: batches of its tasks, until there are no more."""
    _here.info = WorkerInfo(number, loader.num_workers, seed + number, loader.dataset)
    _C.set_thread_generator(generator)
    fetch = None
    try:
        if loader.worker_init_fn is not None and not started:
            loader.worker_init_fn(number)
        fetch = _Fetcher(loader)
    except Exception as e:  # noqa: BLE001 (raised where the batch is taken)
        fetch = _Failure(e)
    while not stop.is_set():
        task = tasks.get()
        if task is None:
            return
        place, index = task
        try:
            if isinstance(fetch, _Failure):
                raise fetch.error
            results.put((place, number, fetch(index)))
        except StopIteration:
            results.put((place, number, StopIteration))
        except Exception as e:  # noqa: BLE001 (raised where the batch is taken)
            results.put((place, number, _Failure(e)))


class _Ahead:
    """Hands tasks to the workers in turn, and gives their results in the order of the tasks."""

    def __init__(self, loader):
        self.loader = loader
        self.numbers = iter(loader._index_sampler)
        started = loader._kept is not None
        if started:
            self._base_seed, generators = loader._kept
        else:
            self._base_seed = empty((), dtype=_C.int64).random_(generator=loader.generator).item()
            generators = [_C.Generator().manual_seed(self._base_seed + i) for i in range(loader.num_workers)]
        if loader.persistent_workers:
            loader._kept = self._base_seed, generators
        self.results, self.stop = queue.Queue(), threading.Event()
        self.tasks = [queue.Queue() for _ in range(loader.num_workers)]
        self.alive = collections.deque(range(loader.num_workers))
        self.sent, self.taken, self.held = 0, 0, {}
        self.workers = [
            threading.Thread(target=_work, args=(loader, i, self._base_seed, g, started, t, self.results, self.stop), daemon=True)
            for i, (g, t) in enumerate(zip(generators, self.tasks))
        ]
        for w in self.workers:
            w.start()
        for _ in range(max(1, loader.prefetch_factor) * loader.num_workers):
            self._send()

    def _send(self):
        if not self.alive:
            return
        try:
            index = next(self.numbers)
        except StopIteration:
            return
        self.tasks[self.alive[0]].put((self.sent, index))
        self.alive.rotate(-1)
        self.sent += 1

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            if self.taken == self.sent:
                self._end()
                raise StopIteration
            while self.taken not in self.held:
                try:
                    place, number, result = self.results.get(timeout=self.loader.timeout or None)
                except queue.Empty:
                    self._end()
                    raise RuntimeError(f"DataLoader timed out after {self.loader.timeout} seconds") from None
                self.held[place] = number, result
            number, result = self.held.pop(self.taken)
            self.taken += 1
            if result is StopIteration:
                # This worker's part of the data is at its end; the others go on.
                if number in self.alive:
                    self.alive.remove(number)
                self._send()
                continue
            if isinstance(result, _Failure):
                self._end()
                raise result.error
            self._send()
            return result

    def _end(self):
        self.stop.set()
        for t in self.tasks:
            t.put(None)

    def __del__(self):
        if hasattr(self, "tasks"):
            self._end()

    def __len__(self):
        return len(self.loader._index_sampler)


__getattr__ = _names_of(__name__)
