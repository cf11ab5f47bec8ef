"""Batches of sequences of different lengths."""

from collections import namedtuple

from ... import _C
from ..._factory import arange, as_tensor, full, tensor
from ..._functions import cat
from ..._missing import names_of as _names_of

__all__ = ["PackedSequence", "invert_permutation", "pack_padded_sequence", "pad_packed_sequence", "pad_sequence", "unpad_sequence",
           "pack_sequence", "unpack_sequence"]  # fmt: skip


class PackedSequence(namedtuple("PackedSequence", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])):
    """The elements of all sequences, step by step: `data` [Σ lengths, *], and how many sequences each step has."""

    __slots__ = ()

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        """With the data in another dtype or on another device."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self):
        """On the CPU, where it is."""
        return self

    def double(self):
        """In float64."""
        return self.to(dtype=_C.float64)

    def float(self):
        """In float32."""
        return self.to(dtype=_C.float32)

    def half(self):
        """In float16."""
        return self.to(dtype=_C.float16)

    def long(self):
        """In int64."""
        return self.to(dtype=_C.int64)

    def pin_memory(self):
        """Nothing to do on the CPU."""
        return self

    def is_pinned(self):
        """Whether its memory is pinned: no."""
        return False

    @property
    def is_cuda(self):
        """Whether it is on a GPU: no."""
        return False


def invert_permutation(permutation):
    """The permutation that takes back another one."""
    if permutation is None:
        return None
    output = permutation.clone()
    output.scatter_(0, permutation, arange(0, permutation.numel()))
    return output


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """Packs padded sequences [T, B, *]."""
    lengths = as_tensor(lengths, dtype=_C.int64)
    if enforce_sorted:
        order = None
    else:
        lengths, order = lengths.sort(descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    if batch_first:
        input = input.transpose(0, 1)
    counts = lengths.tolist()
    if not counts or input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if len(counts) != input.size(1):
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={input.size(1)})")
    if counts[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if any(a < b for a, b in zip(counts, counts[1:])):
        raise RuntimeError("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.")
    sizes, parts, start = [], [], 0
    for alive in range(len(counts), 0, -1):
        end = counts[alive - 1]
        if end > start:
            parts.append(input[start:end, :alive].reshape((end - start) * alive, *input.shape[2:]))
            sizes += [alive] * (end - start)
            start = end
    return PackedSequence(cat(parts), tensor(sizes, dtype=_C.int64), order, None)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """Padded sequences [T, B, *] and their lengths."""
    sizes = sequence.batch_sizes.tolist()
    longest = len(sizes)
    if total_length is not None:
        if total_length < longest:
            raise ValueError(f"Expected total_length to be at least the length of the longest sequence in input, but got total_length={total_length} and max sequence length being {longest}")
    total = total_length or longest
    batch = sizes[0]
    data = sequence.data
    steps, at = [], 0
    lengths = [sum(1 for s in sizes if s > b) for b in range(batch)]
    for size in sizes:
        step = data[at : at + size]
        if size < batch:
            step = cat([step, full((batch - size, *data.shape[1:]), padding_value, dtype=data.dtype)])
        steps.append(step.unsqueeze(0))
        at += size
    if total > longest:
        steps.append(full((total - longest, batch, *data.shape[1:]), padding_value, dtype=data.dtype))
    padded = cat(steps)
    lengths = tensor(lengths, dtype=_C.int64)
    if batch_first:
        padded = padded.transpose(0, 1)
    if sequence.unsorted_indices is not None:
        return padded.index_select(0 if batch_first else 1, sequence.unsorted_indices), lengths[sequence.unsorted_indices]
    return padded, lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Sequences [L, *] of different lengths in one tensor [T, B, *]."""
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    sequences = list(sequences.unbind(0)) if isinstance(sequences, _C.Tensor) else list(sequences)
    if not sequences:
        raise RuntimeError("Expected non-empty list of tensors in pad_sequence")
    longest = max(s.size(0) for s in sequences)
    rows = []
    for s in sequences:
        if s.size(0) < longest:
            fill = full((longest - s.size(0), *s.shape[1:]), padding_value, dtype=s.dtype)
            s = cat([s, fill] if padding_side == "right" else [fill, s])
        rows.append(s.unsqueeze(0 if batch_first else 1))
    return cat(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """The sequences without their padding."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [s[:n] for s, n in zip(padded_sequences, as_tensor(lengths).tolist())]


def pack_sequence(sequences, enforce_sorted=True):
    """Packs sequences [L, *] of different lengths."""
    lengths = as_tensor([s.size(0) for s in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences):
    """The sequences that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


__getattr__ = _names_of(__name__)
