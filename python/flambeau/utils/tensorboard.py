"""`SummaryWriter`: event files that TensorBoard reads (TFRecord frames around protocol buffers)."""

import os
import socket
import struct
import time

from .. import _C

__all__ = ["SummaryWriter", "FileWriter"]


def _table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1
        table.append(n)
    return table


_CRC = _table()


def _checksum(data):
    """CRC-32C, masked as TFRecord wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 0x7F:
        out += bytes((n & 0x7F | 0x80,))
        n >>= 7
    return out + bytes((n,))


def _field(number, value):
    """One field: bytes and text by their length, floats as they are, integers in as few bytes as they need."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return _varint(number << 3 | 2) + _varint(len(value)) + value
    if isinstance(value, float):
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    return _varint(number << 3) + _varint(value)


def _single(number, value):
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def _number(x):
    return float(x.item() if hasattr(x, "item") else x)


def _numbers(x):
    x = x.detach().flatten().tolist() if isinstance(x, _C.Tensor) else [float(v) for v in getattr(x, "ravel", lambda: x)()]
    return [float(v) for v in x]


def _png(rows):
    """A picture of rows of (r, g, b) bytes."""
    import zlib

    height, width = len(rows), len(rows[0]) // 3
    raw = b"".join(b"\0" + bytes(row) for row in rows)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


class SummaryWriter:
    """Writes scalars, histograms, texts and pictures, each at a step."""

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, filename_suffix=""):
        if not log_dir:
            log_dir = os.path.join("runs", time.strftime("%b%d_%H-%M-%S") + "_" + socket.gethostname() + comment)
        self.log_dir = str(log_dir)
        os.makedirs(self.log_dir, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{id(self) & 0xFFFF}{filename_suffix}"
        self._file = open(os.path.join(self.log_dir, name), "wb")
        self._event(_field(3, "brain.Event:2"), None)

    def _event(self, body, step, walltime=None):
        event = _field(1, float(walltime if walltime is not None else time.time())) + (b"" if step is None else _field(2, int(step))) + body
        size = struct.pack("<Q", len(event))
        self._file.write(size + _checksum(size) + event + _checksum(event))

    def _summary(self, value, step, walltime):
        self._event(_field(5, _field(1, value)), 0 if step is None else step, walltime)

    def get_logdir(self):
        """The folder."""
        return self.log_dir

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False):
        """A number."""
        self._summary(_field(1, tag) + _single(2, _number(scalar_value)), global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None):
        """Several numbers under one heading."""
        for tag, value in tag_scalar_dict.items():
            self.add_scalar(f"{main_tag}/{tag}", value, global_step, walltime)

    def add_histogram(self, tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None):
        """How numbers are spread: 30 bins of the same width."""
        values = _numbers(values)
        if not values:
            raise ValueError("The input has no element.")
        low, high = min(values), max(values)
        count = bins if isinstance(bins, int) else max_bins or 30
        width = (high - low) / count or 1.0
        counts = [0] * count
        for v in values:
            counts[min(int((v - low) / width), count - 1)] += 1
        limits = struct.pack(f"<{count}d", *(low + width * (i + 1) for i in range(count)))
        buckets = struct.pack(f"<{count}d", *map(float, counts))
        proto = _field(1, low) + _field(2, high) + _field(3, float(len(values))) + _field(4, float(sum(values)))
        proto += _field(5, float(sum(v * v for v in values))) + _field(6, limits) + _field(7, buckets)
        self._summary(_field(1, tag) + _field(5, proto), global_step, walltime)

    def add_text(self, tag, text_string, global_step=None, walltime=None):
        """A text."""
        tensor = _field(1, 7) + _field(2, _field(2, _field(1, 1))) + _field(8, text_string)
        metadata = _field(9, _field(1, _field(1, "text")))
        self._summary(_field(1, f"{tag}/text_summary") + metadata + _field(8, tensor), global_step, walltime)

    def add_image(self, tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"):
        """A picture of numbers in [0, 1] or of bytes."""
        image = img_tensor if isinstance(img_tensor, _C.Tensor) else _C.tensor(img_tensor, None)
        order = dataformats.upper()
        if order == "HW":
            image, order = image.unsqueeze(0), "CHW"
        image = image.permute([order.index(c) for c in "HWC"])
        if image.is_floating_point():
            image = (image * 255).clamp(0, 255)
        if image.size(2) == 1:
            image = image.expand(-1, -1, 3)
        rows = image[..., :3].to(_C.uint8).flatten(1).tolist()
        png = _png(rows)
        proto = _field(1, len(rows)) + _field(2, len(rows[0]) // 3) + _field(3, 3) + _field(4, png)
        self._summary(_field(1, tag) + _field(4, proto), global_step, walltime)

    def add_images(self, tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"):
        """Several pictures, each under its number."""
        for i, image in enumerate(img_tensor):
            self.add_image(f"{tag}/{i}", image, global_step, walltime, dataformats.upper().replace("N", ""))

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None):
        """Settings as a text, and what came of them as numbers."""
        self.add_text("hparams", "\n".join(f"    {k}: {v}" for k, v in hparam_dict.items()), global_step)
        for tag, value in metric_dict.items():
            self.add_scalar(tag, value, global_step)

    def __getattr__(self, name):
        if name.startswith("add_"):
            raise NotImplementedError(f"torch.utils.tensorboard.SummaryWriter.{name} is not in Flambeau yet")
        raise AttributeError(name)

    def flush(self):
        """Writes what is waiting."""
        self._file.flush()

    def close(self):
        """Ends the file."""
        if not self._file.closed:
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


FileWriter = SummaryWriter
