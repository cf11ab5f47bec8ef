"""Writes files that attack whoever opens them, for the tests of `crates/io`.

    python conformance/attacks.py crates/io/tests/attacks docs/security.md

Needs Python alone. The table in the document is written anew. Beside the files, `attacks.json` says of each: its class, its name, what it tries, the verdict of a scan, and
a part of the message with which it is refused; without one, it opens and nothing happens. Whatever runs says `touch canary`.
"""

import gzip
import io
import json
import pathlib
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib

warnings.simplefilter("ignore")  # entries of one name are meant
ATTACKS = []


def attack(kind, name, tries, data, verdict, message):
    ATTACKS.append((f"{name}.{kind}", kind, tries, bytes(data), verdict, message))


# Pickles, opcode by opcode.

P2, P4, STOP, REDUCE, MARK, TUPLE = b"\x80\x02", b"\x80\x04", b".", b"R", b"(", b"t"
COMMAND = "touch canary"


def u(text):
    data = text.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def n(x):
    data = x.to_bytes(x.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def name(path):
    module, _, function = path.rpartition(".")
    return f"c{module}\n{function}\n".encode()


def names(module, function):
    return u(module) + u(function) + b"\x93"


def tuple_(*items):
    return MARK + b"".join(items) + TUPLE


def call(function, *args):
    return function + tuple_(*args) + REDUCE


SYSTEM = call(name("posix.system"), u(COMMAND))
HEAD = P2 + n(0x1950A86A20F9469CFC6C) + STOP + P2 + b"M\xe9\x03." + P2 + b"}."


def legacy(body, keys=b"]", data=b"", head=P2, stop=STOP):
    """A file of PyTorch before 1.6 whose object is this pickle."""
    return HEAD + head + body + stop + P2 + keys + STOP + data


def storage(cls="torch.FloatStorage", key="0", numel=4):
    return tuple_(u("storage"), name(cls), u(key), u("cpu"), n(numel)) + b"Q"


def tensor(of=None, offset=0, size=(4,), stride=(1,)):
    numbers = lambda xs: tuple_(*map(n, xs))
    of = storage() if of is None else of
    hooks = call(name("collections.OrderedDict"))
    return call(name("torch._utils._rebuild_tensor_v2"), of, n(offset), numbers(size), numbers(stride), b"\x89", hooks)


ONE = dict(keys=b"]" + u("0") + b"a", data=struct.pack("<q4f", 4, 1, 2, 3, 4))


def pickles():
    def p(name, tries, body, verdict, message, **more):
        attack("pt", name, tries, legacy(body, **more), verdict, message)

    # What runs something, by every opcode that calls.
    raw = P2 + SYSTEM + STOP
    attack("pkl", "reduce", "a bare pickle calls posix.system by REDUCE", raw, "dangerous", "no file of torch.save")
    attack("bin", "protocol0", "a pickle without a head, in text", b"cos\nsystem\n(S'touch canary'\ntR.", "dangerous", "no known format")
    p("reduce", "REDUCE", SYSTEM, "dangerous", "names posix.system")
    p("inst", "INST", MARK + u(COMMAND) + b"iposix\nsystem\n", "dangerous", "names posix.system")
    p("obj", "OBJ", MARK + name("posix.system") + u(COMMAND) + b"o", "dangerous", "names posix.system")
    p("newobj", "NEWOBJ", name("subprocess.Popen") + tuple_(u(COMMAND)) + b"\x81", "dangerous", "names subprocess.Popen")
    p("newobj_ex", "NEWOBJ_EX", name("subprocess.Popen") + tuple_(u(COMMAND)) + b"}" + u("shell") + b"\x88s\x92", "dangerous",
      "names subprocess.Popen", head=P4)
    linear = name("torch.nn.modules.linear.Linear")
    setstate = b"}" + u("__setstate__") + name("posix.system") + b"s"
    p("build", "BUILD gives an object a __setstate__, and calls it", linear + b")\x81" + setstate + b"b" + u(COMMAND) + b"b",
      "dangerous", "names torch.nn.modules.linear.Linear")
    p("build_global", "BUILD changes a class", linear + b"N}" + u("forward") + linear + b"s\x86b", "dangerous",
      "a state is given to a global")
    p("build_list", "BUILD on a list", b"]}b", "suspicious", "a state is given to a list")
    p("setstate", "BUILD on the result of a call", call(name("my.model.Net")) + b"}b", "dangerous", "names my.model.Net")

    # Names that are put together while the pickle is read.
    p("stack_global", "STACK_GLOBAL", call(names("os", "system"), u(COMMAND)), "dangerous", "names os.system", head=P4)
    p("stack_global_memo", "STACK_GLOBAL from strings of the memo",
      u("system") + b"\x94" + u("os") + b"\x9400h\x01h\x00\x93" + tuple_(u(COMMAND)) + REDUCE,
      "dangerous", "names os.system", head=P4)
    rot13 = call(name("_codecs.encode"), u("flfgrz"), u("rot13"))
    p("stack_global_computed", "STACK_GLOBAL from a string that a call makes", u("os") + rot13 + b"\x93" + tuple_(u(COMMAND)) + REDUCE,
      "dangerous", "not by two strings", head=P4)
    p("stack_global_numbers", "STACK_GLOBAL from numbers", b"K\x01K\x02\x93", "dangerous", "not by two strings", head=P4)
    p("stack_global_path", "a name that is a path to another module's function",
      call(names("torch.serialization", "os.system"), u(COMMAND)), "dangerous", "names torch.serialization.os.system", head=P4)
    p("codecs", "a codec other than latin1", rot13, "dangerous", "not called with a string and latin1")
    overwritten = u("collections") + b"q\x000" + u("OrderedDict") + b"q\x010" + u("posix") + b"q\x000" + u("system") + b"q\x010"
    p("memo_overwritten", "slots of the memo are filled twice",
      overwritten + b"h\x00h\x01\x93" + tuple_(u(COMMAND)) + REDUCE, "dangerous", "names posix.system", head=P4)
    p("memo_overwritten_data", "a slot is filled twice, with data", b"K\x01q\x000K\x02q\x000h\x00", "suspicious", None)
    p("memo_unset", "slots that are not filled", b"h\x05h\x06\x93" + tuple_(u(COMMAND)) + REDUCE, "dangerous", "slot 5", head=P4)
    p("memo_unset_text", "a slot by a line of text", b"g77\n", "suspicious", "slot 77")
    p("memo_last", "slot 2^32-1", b"]r\xff\xff\xff\xffj\xff\xff\xff\xff0", "safe", None)
    p("memo_negative", "slot -1", b"]p-1\n", "suspicious", "no slot -1")
    p("memo_word", "a slot that is no number", b"]pzero\n", "suspicious", "no integer")
    for width, code in ((1, b"\x82\x01"), (2, b"\x83\x01\x00"), (4, b"\x84\x01\x00\x00\x00")):
        p(f"ext{width}", f"EXT{width}, a name of the extension registry", code + tuple_(u(COMMAND)) + REDUCE, "dangerous",
          "an extension code is called")
    p("ext_registered", "a name that the pickle registers itself",
      call(name("copyreg.add_extension"), u("os"), u("system"), b"K\x01") + b"0\x82\x01" + tuple_(u(COMMAND)) + REDUCE, "dangerous",
      "an extension code is called")
    getattr_ = call(name("builtins.getattr"), call(name("importlib.import_module"), u("os")), u("system"))
    p("computed_callee", "what is called is itself the result of a call", call(getattr_, u(COMMAND)), "dangerous",
      "the result of a call is called")

    # Pickles within and behind pickles.
    p("nested_bytes", "bytes that are a pickle", b"}" + u("data") + b"B" + struct.pack("<I", len(raw)) + raw + b"s", "dangerous", None)
    text = "cos\nsystem\n(S'touch canary'\ntR."
    p("nested_text", "text that is a pickle", u(text), "dangerous", None)
    deep = raw
    for _ in range(6):
        deep = P2 + b"B" + struct.pack("<I", len(deep)) + deep + STOP
    p("nested_deep", "seven pickles in each other", deep[2:-1], "dangerous", None)
    for _ in range(6):
        deep = P2 + b"B" + struct.pack("<I", len(deep)) + deep + STOP
    p("nested_deeper", "more pickles in each other than a scan follows", deep[2:-1], "unread", None)
    p("loads", "pickle.loads", call(name("_pickle.loads"), b"B" + struct.pack("<I", len(raw)) + raw), "dangerous", "names _pickle.loads")
    p("load_from_bytes", "torch.storage._load_from_bytes, which is torch.load",
      call(name("torch.storage._load_from_bytes"), b"B" + struct.pack("<I", len(raw)) + raw), "dangerous",
      "names torch.storage._load_from_bytes")
    p("behind", "a pickle behind the end of the file", b"]", "dangerous", None, data=raw)
    p("behind_zeros", "a pickle behind the end and some zeros", b"]", "dangerous", None, data=bytes(100) + raw)
    attack("pkl", "chained", "a harmless pickle and one behind it", P2 + b"N." + raw, "dangerous", "no file of torch.save")
    p("broken", "what is no opcode, behind a call", SYSTEM, "dangerous", "no opcode", stop=b"\xff")
    attack("pt", "truncated", "the file ends behind a call", HEAD + P2 + SYSTEM, "dangerous", "ends early")
    p("underflow", "an empty stack, behind a call", SYSTEM + b"00", "dangerous", "the stack is empty")
    p("protocol9", "a protocol that is not known, behind a call", SYSTEM + b"\x80\x09", "dangerous", "protocol 9")

    # Names that scanners did not know.
    for path in ("pip.main", "pip._internal.main", "asyncio.unix_events._UnixSubprocessTransport._start",
                 "numpy.testing._private.utils.runstring", "numpy.f2py.crackfortran.getlincoef", "timeit.timeit",
                 "runpy._run_code", "importlib.import_module", "pty.spawn", "webbrowser.open", "pdb.run", "bdb.Bdb.run",
                 "code.InteractiveInterpreter.runcode", "idlelib.pyshell.ModifiedInterpreter.runcode",
                 "lib2to3.pgen2.pgen.ParserGenerator.make_label", "ensurepip._run_pip", "venv.create", "cProfile.runctx",
                 "doctest.debug_script", "pydoc.pipepager", "ctypes.CDLL", "functools.partial", "operator.methodcaller",
                 "types.FunctionType", "uuid._get_command_stdout", "logging.config.listen", "shutil.rmtree", "socket.create_connection",
                 "ssl.get_server_certificate", "torch.hub.load", "torch.load", "torch.utils.collect_env.run",
                 "torch.utils.bottleneck.__main__.run_cprofile", "torch._dynamo.guards.GuardBuilder.get",
                 "torch.jit.unsupported_tensor_ops.execWrapper", "torch.serialization.load", "builtins.eval", "builtins.__import__",
                 "__builtin__.execfile", "commands.getoutput", "cloudpickle.loads", "joblib.load", "unheard_of.function"):
        module, _, function = path.rpartition(".")
        p(f"name_{path}", f"{path}", call(names(module, function), u(COMMAND)), "dangerous", f"names {path}", head=P4)
    p("name_torch.nn", "a class of torch.nn", linear + b")\x81", "suspicious", "names torch.nn.modules.linear.Linear")
    p("named_only", "a class that is named and not made", name("my.model.Net"), "suspicious", "names my.model.Net")

    # Functions of the closed set, against their purpose.
    from_type = name("torch._tensor._rebuild_from_type_v2")
    p("from_type", "a function to be called, as an operand", call(from_type, name("posix.system"), name("torch.Tensor"), tuple_(u(COMMAND)), b"N"),
      "dangerous", "names posix.system")
    p("from_type_unknown", "an unknown function to be called, as an operand",
      call(from_type, name("my.model.run"), name("torch.Tensor"), tuple_(u(COMMAND)), b"N"), "dangerous", "names my.model.run")
    p("reconstructor", "a class to be made, as an operand", call(name("copyreg._reconstructor"), name("my.model.Net"), b"N", b"N"),
      "dangerous", "names copyreg._reconstructor")
    p("defaultdict", "a factory that runs a program", call(name("collections.defaultdict"), name("posix.system")), "dangerous", None)
    p("hooks", "a hook of the backward pass",
      call(name("torch._utils._rebuild_tensor_v2"), storage(), n(0), tuple_(n(4)), tuple_(n(1)), b"\x88",
           call(name("collections.OrderedDict")) + n(0) + name("posix.system") + b"s"), "dangerous", None, **ONE)
    for name_, tries, body, message in (
        ("size_list", "torch.Size of a number", call(name("torch.Size"), n(4)), "not a tuple"),
        ("device_number", "torch.device of a number", call(name("torch.device"), n(4)), "named by an integer"),
        ("dict_pairs", "OrderedDict of numbers", call(name("collections.OrderedDict"), b"]K\x01a"), "not a pair"),
        ("dict_append", "a number is appended to an OrderedDict", call(name("collections.OrderedDict")) + b"K\x01a", "appended to a dict"),
        ("dict_state", "an OrderedDict with a list for its state", call(name("collections.OrderedDict")) + b"]b", "as its state"),
        ("set_dict", "a set of a dict", call(name("builtins.set"), b"}"), "a set is made of a dict"),
        ("parameter", "a parameter of None", call(name("torch._utils._rebuild_parameter"), b"N", b"\x88", b"N"), "a parameter is made of"),
        ("operands", "a tensor of one operand", call(name("torch._utils._rebuild_tensor_v2"), n(1)), "1 operands"),
        ("args_list", "operands in a list", name("torch.Size") + b"]R", "is a list, not a tuple"),
        ("reduce_number", "a number is called", n(1) + b")R", "an integer is called"),
    ):
        p(name_, tries, body, "dangerous" if name_ == "reduce_number" else "safe", message)

    # Operands of the wrong kind, at every opcode that takes some.
    for opcode, body, verdict, message in (
        ("append", b"K\x01K\x02a", "suspicious", "appended to an integer"),
        ("appends", b"K\x01(K\x02e", "suspicious", "appended to an integer"),
        ("additems", b"](K\x02\x90", "suspicious", "added to a list"),
        ("setitem", b"]K\x01K\x02s", "suspicious", "set in a list"),
        ("setitems_odd", b"}(K\x01u", "suspicious", "which is odd"),
        ("dict_odd", b"(K\x01d", "suspicious", "which is odd"),
        ("obj_empty", b"(o", "suspicious", "without a class"),
        ("tuple3", b"K\x01K\x02\x87", "suspicious", "a tuple of 3"),
        ("pop_mark", b"K\x011", "suspicious", "asks for a mark"),
        ("stop_empty", b"", "suspicious", "the stack is empty"),
        ("stop_mark", b"K\x01(", "suspicious", "the stack is empty"),
        ("dup_empty", b"2", "suspicious", "the stack is empty"),
        ("reduce_empty", b"R", "suspicious", "the stack is empty"),
        ("put_empty", b"q\x00", "suspicious", "the stack is empty"),
        ("persid", b"K\x01Q", "safe", "names no storage"),
        ("persid_text", b"Pzero\n", "safe", "names no storage"),
        ("next_buffer", b"\x97", "safe", "a buffer that is not in the file"),
        ("readonly_empty", b"\x98", "suspicious", "the stack is empty"),
        ("int_word", b"Iword\n", "suspicious", "no integer"),
        ("long_word", b"Lword\n", "suspicious", "no integer"),
        ("float_word", b"Fword\n", "suspicious", "no number"),
        ("string_open", b"Sword\n", "suspicious", "not in quotes"),
        ("string_escape", b"S'\\xzz'\n", "suspicious", "bad \\x escape"),
        ("unicode_escape", b"V\\uzzzz\n", "suspicious", "bad \\u escape"),
        ("surrogate", u("\ud800") + b"0" + SYSTEM, "dangerous", "not UTF-8"),
    ):
        p(f"op_{opcode}", f"operands: {opcode}", body, verdict, message)

    # Lengths that are not there.
    for opcode, body, message in (
        ("binunicode", b"X\xff\xff\xff\x7fab", "ends early"),
        ("binunicode8", b"\x8d" + struct.pack("<Q", 2**63) + b"ab", "ends early"),
        ("binbytes8", b"\x8e" + b"\xff" * 8, "ends early"),
        ("bytearray8", b"\x96" + struct.pack("<Q", 2**40), "ends early"),
        ("binstring", b"T\xff\xff\xff\xff", "ends early"),
        ("long4", b"\x8b\xff\xff\xff\xff", "ends early"),
        ("frame", b"\x95" + struct.pack("<Q", 2**60) + b"N", "a frame of"),
        ("line", b"cposix", "ends within a line"),
    ):
        p(f"long_{opcode}", f"a length beyond the file: {opcode}", body, "suspicious", message)

    # Shapes of graphs.
    laughs = b"]q\x00"
    for i in range(200):
        laughs += bytes([0x5D, 0x71, i + 1, 0x28, 0x68, i, 0x68, i, 0x65])
    p("laughs", "200 lists, each of which holds the one before it twice", laughs, "safe", None)
    p("deep", "3000 lists in each other", b"]" * 3000 + b"a" * 2999, "safe", "deep in each other")
    p("cycle_list", "a list within itself", b"]q\x00h\x00a", "safe", "within itself")
    p("cycle_dict", "a dict within itself", b"}q\x00K\x01h\x00s", "safe", "within itself")
    p("cycle_tuple", "a tuple within a list within itself", b"]q\x00h\x00\x85ah\x00", "safe", "within itself")

    # Tensors and storages that are not what they say.
    for name_, tries, body, message in (
        ("size_beyond", "a size beyond the storage", tensor(size=(5,)), "goes beyond its storage"),
        ("stride_beyond", "a stride beyond the storage", tensor(size=(2, 2), stride=(4, 1)), "goes beyond its storage"),
        ("offset_beyond", "an offset beyond the storage", tensor(offset=1), "goes beyond its storage"),
        ("stride_negative", "a negative stride", tensor(stride=(-1,)), "a stride is -1"),
        ("offset_negative", "a negative offset", tensor(offset=-4), "a storage offset is -4"),
        ("size_negative", "a negative size", tensor(size=(-1,)), "a size is -1"),
        ("size_overflow", "sizes whose product overflows", tensor(size=(2**31, 2**31, 2**31), stride=(0, 0, 0)), "goes beyond"),
        ("size_expanded", "2^61 elements in one", tensor(size=(2**62,), stride=(0,)), "goes beyond"),
        ("size_zero", "sizes beyond the address space beside a zero", tensor(size=(0, 2**40, 2**40), stride=(2**40, 2**40, 1)), "goes beyond"),
        ("stride_one", "a stride that overflows where there is one element", tensor(size=(1,), stride=(2**63 - 1,)), "goes beyond"),
        ("dims", "100 dimensions", tensor(size=(1,) * 100, stride=(1,) * 100), "100 dimensions"),
        ("dims_differ", "sizes and strides of other numbers", tensor(size=(2, 2)), "2 sizes and 1 strides"),
        ("offset_huge", "an offset of 2^80", tensor(offset=2**80), "a storage offset is"),
        ("storage_class", "a storage of what is none", tensor(of=storage(cls="torch.nn.Linear")), "is no storage"),
        ("storage_quantized", "a storage of a dtype that is not known", tensor(of=storage(cls="torch.QInt16Storage")), "not supported"),
        ("storage_number", "a storage of -1 elements", tensor(of=storage(numel=-1)), "no number of elements"),
        ("storage_huge", "a storage of 2^62 elements", tensor(of=storage(numel=2**62)), "elements"),
        ("storage_wide", "four elements as eight bytes each", tensor(of=storage(cls="torch.DoubleStorage")), "should have"),
        ("storage_more", "more elements than are there", tensor(of=storage(numel=400)), "should have"),
        ("storage_missing", "a storage that is not there", tensor(of=storage(key="1")), "no tensor is made of it"),
        ("storage_twice", "a storage in two lengths", tuple_(tensor(), tensor(of=storage(numel=2))), "in two ways"),
        ("storage_tag", "a persistent id that is no storage", tensor(of=tuple_(u("module"), u("a")) + b"Q"), "names no storage"),
    ):
        verdict = "suspicious" if name_ in ("storage_class", "storage_quantized") else "safe"
        p(name_, tries, body, verdict, message, **ONE)
    halves = call(name("numpy.dtype"), u("u2"), b"\x89", b"\x88") + tuple_(n(3), u("<"), b"N", b"N", b"N", n(-1), n(-1), n(0)) + b"b"
    p("array_zero", "an array of sizes beyond the address space beside a zero",
      call(name("numpy._core.numeric._frombuffer"), b"C\0", halves, tuple_(n(0), n(2**40), n(2**40)), u("C")), "safe",
      "larger than the address space")
    p("no_storage", "a tensor of a number", tensor(of=n(1)), "safe", "not of a storage")
    p("storage_alone", "a storage that no tensor is made of", storage(), "safe", None, **ONE)
    p("bool", "a bool that is 7", tensor(of=storage(cls="torch.BoolStorage")), "safe", "stored as 0 or 1",
      keys=b"]" + u("0") + b"a", data=struct.pack("<q", 4) + b"\0\1\7\1")


# Zip archives.

def archive(files, **more):
    """A zip archive of `(name, data)`, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name_, data in files:
            info = zipfile.ZipInfo(name_, (1980, 1, 1, 0, 0, 0))
            info.compress_type = more.get("method", 0)
            z.writestr(info, data)
        z.comment = more.get("comment", b"")
    return bytearray(out.getvalue())


GOOD, BAD = P2 + tensor() + STOP, P2 + SYSTEM + STOP
FLOATS = struct.pack("<4f", 1, 2, 3, 4)


def torch_zip(pickle=GOOD, *more, **how):
    return archive([("m/data.pkl", pickle), ("m/byteorder", b"little"), ("m/data/0", FLOATS), *more, ("m/version", b"3\n")], **how)


def patched(data, signature, index, offset, fmt, *values):
    at = -1
    for _ in range(index + 1):
        at = data.index(signature, at + 1)
    struct.pack_into(fmt, data, at + offset, *values)
    return data


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def zips():
    def z(name, tries, data, verdict, message):
        attack("zip", name, tries, data, verdict, message)

    z("good", "nothing: a sound file", torch_zip(), "safe", None)
    z("system", "posix.system", torch_zip(BAD), "dangerous", "names posix.system")
    flags = lambda data, local, central: patched(patched(data, LOCAL, 0, 6, "<H", local), CENTRAL, 0, 8, "<H", central)
    z("flag_bits", "bits that keep other programs from reading the entry", flags(torch_zip(BAD), 1, 1), "dangerous", "it is encrypted")
    z("flag_local", "the bits in front of the entry alone", flags(torch_zip(BAD), 1, 0), "dangerous", "do not say the same")
    z("flag_central", "the bits in the directory alone", flags(torch_zip(BAD), 0, 1), "dangerous", "do not say the same")
    z("encrypted", "an entry that says it is encrypted", patched(patched(torch_zip(), LOCAL, 2, 6, "<H", 1), CENTRAL, 2, 8, "<H", 1),
      "unread", "it is encrypted")
    renamed = torch_zip(BAD)
    at = renamed.rindex(b"m/data.pkl")
    renamed[at:at + 10] = b"m/data.txt"
    z("name_differs", "another name in the directory", renamed, "dangerous", "do not say the same")
    z("crc_differs", "another checksum in the directory", patched(torch_zip(BAD), CENTRAL, 0, 16, "<I", 1), "dangerous", "do not say the same")
    z("size_differs", "another length in the directory", patched(torch_zip(BAD), CENTRAL, 0, 20, "<II", 3, 3), "dangerous", "do not say the same")
    z("size_short", "a length that cuts the pickle before its call",
      patched(patched(torch_zip(BAD), CENTRAL, 0, 20, "<II", 3, 3), LOCAL, 0, 18, "<II", 3, 3), "safe", "ends within a line")
    z("method_differs", "stored in one place, packed in the other", patched(torch_zip(BAD, method=8), LOCAL, 0, 8, "<H", 0), "dangerous", "do not say the same")
    z("duplicate", "two entries of one name, and the second runs something",
      torch_zip(GOOD, ("m/data.pkl", BAD)), "dangerous", "two entries")
    z("duplicate_storage", "two storages of one name", torch_zip(GOOD, ("m/data/0", FLOATS)), "suspicious", "two entries")
    z("two_roots", "two files in one archive", torch_zip(GOOD, ("n/data.pkl", BAD)), "dangerous", "or several")
    z("no_pickle", "no data.pkl", archive([("m/data/0", FLOATS)]), "safe", "no entry NAME/data.pkl")
    z("empty", "an archive of nothing", archive([]), "safe", "no entry NAME/data.pkl")
    z("traversal", "a path out of the folder", torch_zip(GOOD, ("../../canary", b"")), "suspicious", None)
    z("absolute", "a path from the root", torch_zip(GOOD, ("/tmp/canary", b"")), "suspicious", None)
    z("packed", "a packed pickle that runs something", torch_zip(BAD, method=8), "dangerous", "is compressed")
    z("bomb_pickle", "a pickle that unpacks to 20 million bytes", torch_zip(P2 + b"N0" * 10**7 + STOP, method=8), "unread", "is compressed")
    z("bomb", "an entry that unpacks to 40 million bytes", torch_zip(GOOD, ("m/extra", bytes(4 * 10**7)), method=8), "unread", "is compressed")
    inner = bytes(archive([("a", bytes(2 * 10**6))], method=8))
    for _ in range(3):
        inner = bytes(archive([(f"a{i}", inner) for i in range(4)], method=8))
    z("bomb_nested", "archives in archives, each four times", inner, "unread", "no entry NAME/data.pkl")
    inner = BAD
    for _ in range(10):
        inner = bytes(archive([("a", inner)]))
    z("nested_deep", "archives ten deep", inner, "unread", "no entry NAME/data.pkl")
    nested = archive([("m/model.zip", bytes(torch_zip(BAD, method=8)))], method=8)
    z("nested", "an archive in an archive runs something", nested, "dangerous", "no entry NAME/data.pkl")
    z("any_entry", "a pickle in an entry of another name", torch_zip(GOOD, ("m/readme.txt", BAD)), "dangerous", None)
    z("storage", "a storage that is a pickle", torch_zip(P2 + tensor(of=storage("torch.ByteStorage", "1", len(BAD)), size=(3,)) + STOP,
      ("m/data/1", BAD)), "dangerous", None)
    z("script", "code of TorchScript", torch_zip(GOOD, ("m/code/__torch__.py", b"def forward(self): pass\n")), "suspicious", None)

    # What lies outside of the directory.
    hidden = bytes(archive([("m/hidden.pkl", BAD)]))
    good = bytes(torch_zip())
    start = good.index(CENTRAL)
    local = hidden[:hidden.index(CENTRAL)]
    moved = bytearray(good[:start] + local + good[start:])
    struct.pack_into("<I", moved, moved.rindex(END) + 16, start + len(local))
    z("hidden", "an entry that the directory does not list", moved, "dangerous", None)
    z("prefix", "a program before the archive", b"#!/bin/sh\ntouch canary\nexit\n" + good, "suspicious", "no known format")
    z("prefix_pickle", "a pickle before the archive", BAD + good, "dangerous", "no file of torch.save")
    shifted = bytearray(BAD + good)
    for i in range(4):
        at = len(BAD) + struct.unpack_from("<I", good, [j for j in range(len(good)) if good.startswith(CENTRAL, j)][i] + 42)[0]
        patched(shifted, CENTRAL, i, 42, "<I", at)
    patched(shifted, END, 0, 16, "<I", len(BAD) + start)
    z("polyglot", "a file that is a pickle and an archive, both sound", shifted, "dangerous", "no file of torch.save")
    z("trailing", "a pickle behind the archive", good + BAD, "dangerous", "no end")
    z("trailing_zeros", "zeros behind the archive", good + bytes(30), "suspicious", "no end")
    z("comment", "a pickle in the comment", torch_zip(comment=BAD), "dangerous", None)
    two = bytes(torch_zip(BAD))
    end = bytearray(good[good.rindex(END):])
    z("comment_end", "a second end record in the comment",
      torch_zip(BAD, comment=bytes(end)), "dangerous", "does not end")
    z("comment_length", "a comment that is longer than the file", patched(torch_zip(), END, 0, 20, "<H", 5), "suspicious", "no end")
    z("two_archives", "two archives behind each other", good + two, "dangerous", "does not end")

    # Numbers that lie.
    z("count", "more entries than there are", patched(torch_zip(), END, 0, 8, "<HH", 9, 9), "suspicious", "no directory entry")
    z("count_less", "fewer entries than there are", patched(torch_zip(BAD), END, 0, 8, "<HH", 1, 1), "dangerous", "more than the 1 entries")
    z("disk", "an archive of several disks", patched(torch_zip(), END, 0, 4, "<H", 1), "suspicious", "archive is damaged")
    z("directory_offset", "a directory elsewhere", patched(torch_zip(), END, 0, 16, "<I", 7), "suspicious", "does not end")
    z("directory_size", "a directory of 4 GB", patched(torch_zip(), END, 0, 12, "<I", 2**32 - 2), "suspicious", "does not end")
    z("local_offset", "an entry beyond the file", patched(torch_zip(), CENTRAL, 2, 42, "<I", 2**31), "suspicious", "no header")
    z("overlap", "two entries in the same bytes", patched(torch_zip(GOOD, ("m/data/1", FLOATS)), CENTRAL, 3, 42, "<I", 0), "suspicious", "do not say the same")
    z("zip64_size", "a length of 2^60 in 64 bits", zip64(2**60), "suspicious", "reach into the directory")
    z("zip64_all", "a length of 2^64-1 in 64 bits", zip64(2**64 - 1), "suspicious", "reach into the directory")
    z("zip64_missing", "a length in 64 bits that is not there", patched(torch_zip(), CENTRAL, 2, 20, "<II", 2**32 - 1, 2**32 - 1), "suspicious", "zip64 field is cut off")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 2**63, 1)
    z("zip64_locator", "a directory at 2^63", good[:good.rindex(END)] + locator + good[good.rindex(END):], "suspicious", "no zip64 end record")
    z("method", "a method of packing that nobody knows",
      patched(patched(torch_zip(), LOCAL, 2, 8, "<H", 99), CENTRAL, 2, 10, "<H", 99), "unread", "is compressed")
    bad_name = torch_zip()
    bad_name = bytearray(bytes(bad_name).replace(b"m/version", b"m/v\xff\xfesion"))
    z("name_bytes", "a name that is no text", bad_name, "suspicious", "not UTF-8")
    big = archive([("m/data.pkl", GOOD), ("m/byteorder", b"big"), ("m/data/0", FLOATS)])
    z("big_endian", "numbers in big byte order", big, "safe", "big byte order")
    z("order_word", "a byte order that is a word", archive([("m/data.pkl", GOOD), ("m/byteorder", b"sideways"), ("m/data/0", FLOATS)]), "safe", "sideways byte order")
    z("storage_short", "a storage shorter than the pickle claims", archive([("m/data.pkl", GOOD), ("m/data/0", FLOATS[:8])]), "safe", "the pickle claims 16 bytes")
    z("storage_none", "a storage that is not there", archive([("m/data.pkl", GOOD)]), "safe", 'no entry "m/data/0"')
    z("cut", "a file cut in its middle", good[:len(good) // 2], "suspicious", "no end")
    z("cut_bad", "a file cut behind a pickle that runs something", two[:two.index(b"m/version") - 30], "dangerous", "no end")


def zip64(size):
    """An archive whose storage claims a length in the field of 64-bit numbers."""
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    out = bytearray()
    files = [(b"m/data.pkl", GOOD, b""), (b"m/data/0", FLOATS, extra)]
    directory = b""
    for name_, data, extra in files:
        length = 2**32 - 1 if extra else len(data)
        fields = struct.pack("<HHHHIII", 0, 0, 0, 33, zlib.crc32(data), length, length)
        directory += CENTRAL + struct.pack("<HH", 45, 45) + fields + struct.pack("<HHHHHII", len(name_), len(extra), 0, 0, 0, 0, len(out)) + name_ + extra
        out += LOCAL + struct.pack("<H", 45) + fields + struct.pack("<HH", len(name_), len(extra)) + name_ + extra + data
    return out + directory + END + struct.pack("<HHHHIIH", 0, 0, 2, 2, len(directory), len(out), 0)


# Safetensors.

def safetensors(header, data=b"", length=None):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def entry(start, end, shape, dtype="F32", **more):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end], **more}


def safetensors_files():
    def s(name, tries, data, verdict, message):
        attack("safetensors", name, tries, data, verdict, message)

    s("empty", "a file of nothing", b"", "safe", "no known format")
    s("short", "seven bytes", b"\1\0\0\0\0\0\0", "safe", "no known format")
    s("header_0", "a header of nothing", struct.pack("<Q", 0), "safe", "no known format")
    s("header_beyond", "a header longer than the file", safetensors({}, length=1000), "safe", "not a sound")
    s("header_huge", "a header of 2^63 bytes", safetensors({}, length=2**63), "safe", "not a sound")
    s("header_100mb", "a header just beyond what is allowed", safetensors({}, length=100_000_001), "safe", "not a sound")
    s("list", "a header that is a list", safetensors(b"[]      "), "safe", "no known format")
    s("number", "a header that is a number", safetensors(b"1       "), "safe", "no known format")
    s("no_json", "a header that is no JSON", safetensors(b"{nothing}"), "suspicious", "not a sound")
    s("not_utf8", "a header that is no text", safetensors(b'{"\xff\xfe":1}'), "suspicious", "not a sound")
    s("deep", "10000 lists in each other", safetensors(b'{"a":' + b"[" * 10000 + b"]" * 10000 + b"}"), "suspicious", "not a sound")
    s("overlap", "two tensors in the same bytes", safetensors({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, bytes(12)), "suspicious", "not a sound")
    s("same_bytes", "two tensors in exactly the same bytes", safetensors({"a": entry(0, 8, [2]), "b": entry(0, 8, [2])}, bytes(8)), "suspicious", "not a sound")
    s("hole", "bytes between tensors", safetensors({"a": entry(0, 8, [2]), "b": entry(16, 24, [2])}, bytes(24)), "suspicious", "not a sound")
    s("hole_first", "bytes before the first tensor", safetensors({"a": entry(8, 16, [2])}, bytes(16)), "suspicious", "not a sound")
    s("out_of_bounds", "a tensor beyond the file", safetensors({"a": entry(0, 4000, [1000])}, bytes(8)), "suspicious", "is damaged")
    s("trailing", "bytes behind the last tensor", safetensors({"a": entry(0, 8, [2])}, bytes(9)), "suspicious", "is damaged")
    s("cut", "the last byte is missing", safetensors({"a": entry(0, 8, [2])}, bytes(7)), "suspicious", "is damaged")
    s("reversed", "a tensor that ends before it starts", safetensors({"a": entry(8, 0, [2])}, bytes(8)), "suspicious", "not a sound")
    s("offset_huge", "offsets of 2^64-1", safetensors({"a": entry(2**64 - 9, 2**64 - 1, [2])}, bytes(8)), "suspicious", "not a sound")
    s("offset_negative", "a negative offset", safetensors({"a": entry(-8, 0, [2])}, bytes(8)), "suspicious", "not a sound")
    s("length", "four bytes for two floats", safetensors({"a": entry(0, 4, [2])}, bytes(4)), "suspicious", "not a sound")
    s("empty_shape", "four bytes for none", safetensors({"a": entry(0, 4, [0])}, bytes(4)), "suspicious", "not a sound")
    s("overflow", "sizes whose product overflows to what is there", safetensors({"a": entry(0, 0, [2**32, 2**32])}), "suspicious", "not a sound")
    s("overflow_zero", "sizes whose product overflows, with a zero", safetensors({"a": entry(0, 0, [2**63, 2**63, 0])}), "suspicious", "not a sound")
    s("zero_overflow", "sizes whose product overflows behind a zero", safetensors({"a": entry(0, 0, [0, 2**63, 2**63])}), "safe", "larger than the address space")
    s("shape_negative", "a negative size", safetensors({"a": entry(0, 8, [-2])}, bytes(8)), "suspicious", "not a sound")
    s("shape_fraction", "a size of 1.5", safetensors({"a": entry(0, 8, [1.5])}, bytes(8)), "suspicious", "not a sound")
    s("shape_many", "10000 dimensions", safetensors({"a": entry(0, 4, [1] * 10000)}, bytes(4)), "safe", None)
    s("dtype", "a dtype that nobody knows", safetensors({"a": entry(0, 8, [2], "F99")}, bytes(8)), "suspicious", "not a sound")
    s("dtype_other", "a dtype that is not supported", safetensors({"a": entry(0, 2, [2], "F8_E4M3")}, bytes(2)), "safe", "nothing can be computed with")
    s("missing", "a tensor without a shape", safetensors({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, bytes(8)), "suspicious", "not a sound")
    s("metadata", "metadata that is no text", safetensors({"__metadata__": {"a": 1}}), "suspicious", "not a sound")
    one = json.dumps(entry(0, 8, [2])).encode()
    s("duplicate", "a name twice, with the same bytes", safetensors(b'{"a":' + one + b',"a":' + one + b"}", bytes(8)), "safe", None)
    other = json.dumps(entry(8, 16, [2])).encode()
    s("duplicate_hole", "a name twice, with other bytes", safetensors(b'{"a":' + one + b',"a":' + other + b"}", bytes(16)), "suspicious", "not a sound")
    s("duplicate_field", "two shapes", safetensors(b'{"a":{"shape":[1],' + one[1:] + b"}", bytes(8)), "suspicious", "not a sound")
    s("bool", "a bool that is 7", safetensors({"a": entry(0, 2, [2], "BOOL")}, b"\1\7"), "safe", "stored as 0 or 1")
    s("pickle_length", "a length that is a pickle", BAD, "dangerous", "no file of torch.save")
    s("pickle_name", "a pickle that says it is safetensors", P2 + SYSTEM + STOP + json.dumps({"a": entry(0, 8, [2])}).encode(), "dangerous", "no file of torch.save")
    pad = BAD + bytes(-len(BAD) % 4)
    s("pickle_data", "a tensor that is a pickle", safetensors({"a": entry(0, len(pad), [len(pad)], "U8")}, pad), "dangerous", None)
    s("zip_behind", "an archive behind the tensors", safetensors({"a": entry(0, 8, [2])}, bytes(8)) + torch_zip(BAD), "dangerous", "is damaged")


# NumPy's files.

def npy(header, data=b"", version=1, length=None):
    header = header if isinstance(header, bytes) else header.encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    width = "<H" if version == 1 else "<I"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, len(header) if length is None else length) + header + data


def described(descr="'<f4'", shape="(2,)", more=""):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, {more}}}"


def numpy_files():
    def a(name, tries, data, verdict, message):
        attack("npy", name, tries, data, verdict, message)

    a("object", "objects whose pickle runs something", npy(described("'|O'"), BAD), "dangerous", "Python objects")
    a("object_plain", "objects whose pickle is harmless", npy(described("'|O'"), P2 + b"]" + STOP), "suspicious", "Python objects")
    a("object_field", "objects in a field", npy(described("[('a', '|O')]"), BAD), "dangerous", "records of several fields")
    a("behind", "a pickle behind the array", npy(described(), bytes(8) + BAD), "dangerous", "something after its end")
    a("header_long", "a header longer than the file", npy(described(), bytes(8), length=9000), "suspicious", "is cut off")
    a("header_4gb", "a header of 4 GB", npy(described(), bytes(8), version=2, length=2**32 - 1), "suspicious", "never more than")
    a("header_code", "a header that is code", npy("__import__('os').system('touch canary')", bytes(8)), "safe", "is expected at byte")
    a("header_list", "a header that is a list", npy("[1, 2]", bytes(8)), "safe", "is expected at byte")
    a("header_deep", "1000 tuples in each other", npy(described(shape="(" * 1000 + ")" * 1000), bytes(8)), "safe", "one of at most")
    a("version", "a version that nobody knows", npy(described(), bytes(8), version=9), "safe", "version 9.0")
    a("shape_negative", "a negative size", npy(described(shape="(-2,)"), bytes(8)), "safe", "one of at most")
    a("shape_huge", "a size of 2^70", npy(described(shape=f"({2**70},)"), bytes(8)), "safe", "one of at most")
    a("shape_overflow", "sizes whose product overflows", npy(described(shape=f"({2**32}, {2**32})"), bytes(8)), "safe", "more than there can be")
    a("short", "fewer bytes than the shape needs", npy(described(shape="(1000,)"), bytes(8)), "safe", "it was cut short")
    a("dtype", "a dtype that is not known", npy(described("'<q9'"), bytes(8)), "safe", "none that NumPy has")
    attack("npz", "object", "a member of objects", archive([("a.npy", npy(described(), bytes(8))), ("b.npy", npy(described("'|O'"), BAD))]), "dangerous", "Python objects")
    attack("npz", "bomb", "a member that unpacks to 40 million bytes", archive([("a.npy", npy(described(shape="(10000000,)"), bytes(4 * 10**7)))], method=8), "unread", "would grow")
    attack("npz", "pickle", "a member that is a pickle", archive([("a.npy", BAD)]), "dangerous", "not an npy file")


# GGUF.

def gguf(tensors=0, pairs=0, body=b"", version=3):
    return b"GGUF" + struct.pack("<IQQ", version, tensors, pairs) + body


def gguf_text(text):
    return struct.pack("<Q", len(text)) + text


def gguf_files():
    def g(name, tries, data, message):
        attack("gguf", name, tries, data, "safe", message)

    def info(dims, kind=0, offset=0):
        return gguf_text(b"a") + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims) + struct.pack("<IQ", kind, offset)

    pad = lambda data: data + bytes(-len(data) % 32 + 64)
    g("tensors", "2^62 tensors", gguf(tensors=2**62), "tensors are claimed")
    g("pairs", "2^62 pairs of metadata", gguf(pairs=2**62), "metadata values are claimed")
    g("text", "a text of 2^63 bytes", gguf(pairs=1, body=struct.pack("<Q", 2**63) + b"a" * 16), "bytes of text are claimed")
    g("array", "an array of 2^61 numbers", gguf(pairs=1, body=gguf_text(b"a") + struct.pack("<IIQ", 9, 4, 2**61)), "elements of an array are claimed")
    g("array_deep", "arrays in arrays", gguf(pairs=1, body=gguf_text(b"a") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5000), "deep in each other")
    many = struct.pack("<IIQ", 9, 9, 16400) + struct.pack("<IQ", 0, 0) * 16400
    g("arrays", "16400 arrays of nothing in an array", gguf(pairs=1, body=gguf_text(b"a") + many), "no model has as many")
    g("dims", "a thousand dimensions", gguf(tensors=1, body=pad(info([1] * 1000))), "1000 dimensions")
    g("dims_overflow", "sizes whose product overflows", gguf(tensors=1, body=pad(info([2**32, 2**32]))), "larger than the address space")
    g("dims_huge", "a size of 2^62", gguf(tensors=1, body=pad(info([2**62]))), "larger than the address space")
    g("offset", "an offset beyond the file", gguf(tensors=1, body=pad(info([4], offset=2**40))), "it was cut short")
    g("offset_last", "an offset of 2^64-32", gguf(tensors=1, body=pad(info([4], offset=2**64 - 32))), "it was cut short")
    alignment = lambda n: gguf_text(b"general.alignment") + struct.pack("<II", 4, n)
    g("alignment_0", "an alignment of 0", gguf(tensors=1, pairs=1, body=pad(alignment(0) + info([4]))), "power of two")
    g("alignment_3", "an alignment of 3", gguf(tensors=1, pairs=1, body=pad(alignment(3) + info([4]))), "power of two")
    g("type", "a type of metadata that nobody knows", gguf(pairs=1, body=gguf_text(b"a") + struct.pack("<I", 99)), "a value of type 99")
    g("dtype", "a type of elements that nobody knows", gguf(tensors=1, body=pad(info([4], kind=99))), "is of type 99")
    g("version", "a version that nobody knows", gguf(version=99), "version 99")
    g("cut", "only a magic number", b"GGUF", "is cut off")
    g("twice", "two tensors of one name", gguf(tensors=2, body=pad(info([4]) + info([4]))), "two tensors")


def wrapped():
    """Pickles that must be unpacked first."""
    attack("gz", "pickle", "a packed pickle", gzip.compress(BAD, mtime=0), "dangerous", "no known format")
    two = gzip.compress(BAD[:9], mtime=0) + gzip.compress(BAD[9:], mtime=0)
    attack("gz", "pickle_parts", "a pickle packed in two parts", two, "dangerous", "no known format")
    attack("z", "pickle", "a pickle in a zlib stream", zlib.compress(BAD), "dangerous", "no known format")

    def tar_of(**entries):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name_, data in entries.items():
                item = tarfile.TarInfo(name_)
                item.size = len(data)
                tar.addfile(item, io.BytesIO(data))
        return out.getvalue()

    oldest = "a pickle in a tar archive, as PyTorch's oldest files"
    attack("tar", "pickle", oldest, tar_of(storages=b"", pickle=BAD), "dangerous", "ends early")
    one = P2 + b"K\x01" + STOP
    attack("tar", "storages", "a call among the storages of such a file", tar_of(storages=one + BAD, tensors=one, pickle=GOOD), "dangerous", "stands for a tuple of 3")
    attack("tar", "chained", "a pickle behind another in such a file", tar_of(storages=one, tensors=one, pickle=GOOD + GOOD), "suspicious", "ends early")
    attack("bz2", "packed", "what a scan does not unpack", b"BZh91AY&SY" + bytes(20), "unread", "no known format")


def main(folder, doc):
    for make in (safetensors_files, pickles, zips, numpy_files, gguf_files, wrapped):
        make()
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    assert len({a[0] for a in ATTACKS}) == len(ATTACKS)
    for file, _, _, data, _, _ in ATTACKS:
        (folder / file).write_bytes(data)
    keys = ("class", "file", "tries", "verdict", "message")
    rows = [dict(zip(keys, (kind, file, tries, verdict, message))) for file, kind, tries, _, verdict, message in ATTACKS]
    (folder / "attacks.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    cell = lambda text: text.replace("|", "\\|")
    table = ["", f"{len(rows)} of {len(rows)} do what is said here.", "", "| file | class | tries | scan | refused with |",
             "|---|---|---|---|---|"]
    for row in rows:
        message = "opens" if row["message"] is None else f'"{cell(row["message"])}"'
        table.append(f"| `{row['file']}` | {row['class']} | {cell(row['tries'])} | {row['verdict']} | {message} |")
    doc, mark = pathlib.Path(doc), "<!-- The rest is written by conformance/attacks.py. -->\n"
    text, _, _ = doc.read_text().partition(mark)
    doc.write_text(text + mark + "\n".join(table) + "\n")
    print(f"{len(ATTACKS)} files, {sum(len(a[3]) for a in ATTACKS)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
