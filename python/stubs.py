"""Writes the type stubs of the package: functions and methods from the registry, the rest from what Python shows.

    python python/stubs.py            writes python/flambeau/**/*.pyi
    python python/stubs.py --check    says whether they are what would be written

Needs the built package. What functions return is seen by calling them on the registry's own samples.
"""

import ast
import importlib
import importlib.util
import inspect
import math
import pathlib
import re
import sys
import types
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import flambeau  # noqa: E402
from flambeau import _C, _functions  # noqa: E402

HEAD = '"""Written by python/stubs.py."""\n\n'
#: Python's own classes: `bool`, `int` and `float` are names of dtypes and methods too.
BUILTINS = "from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str\n"
KINDS = {
    "Tensor": "Tensor", "Operand": "Tensor | _Number", "Scalar": "_Number", "Int": "_int", "Float": "_float", "Bool": "_bool", "Str": "_str",
    "DType": "_dtype", "Ints": "_int | Sequence[_int]", "OptionalInts": "_int | Sequence[_int | None]", "Dims": "_int | Sequence[_int]",
    "Floats": "Sequence[_float]", "Tensors": "Sequence[Tensor]", "OptionalTensors": "Sequence[Tensor | None]", "Generator": "Generator",
}  # fmt: skip
#: What Python's own methods and attributes of tensors are; everything else is `Any`, or a tensor where the name is an operator's.
KNOWN = {
    "shape": "Size", "size": "Any", "stride": "Any", "dtype": "_dtype", "device": "_device", "grad": "Tensor | None", "data": "Tensor",
    "T": "Tensor", "mT": "Tensor", "H": "Tensor", "mH": "Tensor", "real": "Tensor", "imag": "Tensor", "requires_grad": "_bool",
    "is_leaf": "_bool", "grad_fn": "Node | None", "ndim": "_int", "itemsize": "_int", "nbytes": "_int", "output_nr": "_int", "_version": "_int",
    "_base": "Tensor | None", "storage_offset": "_int", "numel": "_int", "nelement": "_int", "dim": "_int", "ndimension": "_int",
    "element_size": "_int", "data_ptr": "_int", "is_floating_point": "_bool", "is_complex": "_bool", "is_signed": "_bool",
    "is_contiguous": "_bool", "requires_grad_": "Tensor", "backward": "None", "retain_grad": "None", "register_hook": "RemovableHandle",
    "register_post_accumulate_grad_hook": "RemovableHandle", "item": "_int | _float | _bool | _complex", "tolist": "Any", "__len__": "_int",
    "__bool__": "_bool", "__int__": "_int", "__float__": "_float", "__complex__": "_complex", "__index__": "_int", "__hash__": "_int",
    "__repr__": "_str", "__format__": "_str", "__contains__": "_bool", "__iter__": "Iterator[Tensor]", "__setitem__": "None",
    "__delitem__": "None", "__dlpack__": "Any", "__dlpack_device__": "tuple[_int, _int]", "__array__": "Any", "__array_wrap__": "Tensor",
    "numpy": "Any", "__reduce_ex__": "Any", "is_nonzero": "_bool", "is_same_size": "_bool", "is_set_to": "_bool", "get_device": "_int",
    "type": "Any", "storage": "Any", "untyped_storage": "Any", "dim_order": "tuple[_int, ...]", "is_shared": "_bool", "is_pinned": "_bool",
    "is_inference": "_bool", "is_neg": "_bool", "is_conj": "_bool", "has_names": "_bool",
    "is_tensor": "_bool", "is_storage": "_bool", "typename": "_str", "get_num_threads": "_int", "manual_seed": "Generator",
    "can_cast": "_bool", "get_default_dtype": "_dtype", "promote_types": "_dtype", "result_type": "_dtype",
}  # fmt: skip
TENSORS = set(
    """float double half bfloat16 long int short char byte bool cfloat cdouble to cpu cuda clone contiguous detach type_as view view_as
    reshape_as new new_tensor new_zeros new_ones new_empty new_full new_empty_strided share_memory_ pin_memory resolve_neg tensor as_tensor asarray from_numpy frombuffer from_dlpack zeros ones empty full
    zeros_like ones_like empty_like full_like arange range rand randn randint randperm rand_like randn_like randint_like normal bernoulli
    multinomial empty_strided empty_permuted scalar_tensor einsum tensordot chain_matmul index_put index_put_ std var row_stack""".split()
)

#: Functions of Python that pass all arguments of the registry's on, but neither `out` nor `inplace`.
PASSED_ON = {"scaled_dot_product_attention"}


def place(function):
    """Where the registry's functions are found: module and name."""
    module, _, name = (function["torch"] or function["name"]).rpartition(".")
    return module, name


class Registry:
    """The signatures behind every function object."""

    def __init__(self):
        self.by_place = {}
        for f in _C.signatures():
            f["result"] = None
            module, name = place(f)
            for where in {(module, name)} | ({("Tensor", name)} if f["method"] else set()):
                # The order of the overloads: what carries the very name comes first.
                found = self.by_place.setdefault(where, [])
                found.insert(0, f) if f["name"] == name else found.append(f)
        self.objects = {}
        tables = {"Tensor": _functions._METHODS, **_functions._MODULES, "": vars(_functions)}
        for (module, name), found in self.by_place.items():
            for suffix, listed in (("", found), ("_", [f for f in found if f["inplace"]])):
                value = tables.get(module, {}).get(name + suffix)
                if value is not None and listed:
                    self.objects[id(value)] = (module, name + suffix, listed)
        self.named = {}
        self.value = lambda module, name: tables.get(module, {}).get(name)

    def of(self, value):
        """Module, name and signatures of a function object; `None` if it is none of the registry's."""
        return self.objects.get(id(value)) if isinstance(value, _C.builtin_function_or_method) else None

    def result(self, f):
        """What a function returns, as an annotation."""
        if f["result"] is None:
            module, name = place(f)
            found = {self.annotation(name, r) for r in self.results(f, self.value(module, name))}
            f["result"] = "Any" if not found else found.pop() if len(found) == 1 else "tuple[Tensor, ...]" if all("tuple" in r for r in found) else "Any"
        return f["result"]

    def results(self, f, function):
        dtype = {"int": "int64", "integer": "int64", "complex": "complex64"}.get(f["dtypes"], "float32")

        def make(*shape, dtype=getattr(_C, dtype), low=None, high=None):
            low, high = (-2.0, 2.0) if low is None else (low, high)
            return (flambeau.rand(shape) * (high - low) + low).to(dtype)

        scope = {"T": make, "call": function, "inf": math.inf, "nan": math.nan, **{n: getattr(_C, n) for n in flambeau._types._DTYPES}}
        for sample in f["samples"]:
            try:
                yield eval(f"call({sample})", scope)
            except Exception:  # noqa: BLE001 (samples that want numbers of their own, such as positive definite matrices)
                continue

    def annotation(self, name, result):
        if isinstance(result, flambeau.Tensor):
            return "Tensor"
        if hasattr(result, "n_fields"):
            fields = [k for k, v in vars(type(result)).items() if isinstance(v, property)]
            self.named[f"_{name}"] = fields
            return f"_{name}"
        if isinstance(result, (tuple, list)):
            return f"tuple[{', '.join(self.annotation(name, r) for r in result)}]"
        return f"_{type(result).__name__}" if isinstance(result, (bool, int, float, complex, str)) else "Any"


def default(node):
    try:
        return repr(ast.literal_eval(node))
    except ValueError:
        return "..."


class Parameters:
    """The parameters of a registry signature, annotated."""

    def __init__(self, f):
        a = ast.parse(f"def f({f['signature']}): pass").body[0].args
        kinds = iter(f["kinds"])
        self.positional, self.named = [], []
        given = [None] * (len(a.posonlyargs + a.args) - len(a.defaults)) + a.defaults
        for target, names, defaults in ((self.positional, a.posonlyargs + a.args, given), (self.named, a.kwonlyargs, a.kw_defaults)):
            for argument, value in zip(names, defaults):
                kind, optional = next(kinds)
                optional = optional or (isinstance(value, ast.Constant) and value.value is None)
                text = f"{argument.arg}: {KINDS[kind]}{' | None' if optional else ''}"
                target.append((text if value is None else f"{text} = {default(value)}", kind))

    def text(self, method, more):
        positional, named = [t for t, _ in self.positional], [t for t, _ in self.named] + more
        if method:
            positional[0] = "self"
        return ", ".join([*positional, *(["*", *named] if named else [])])

    def many(self, method):
        """With one list of integers given as several arguments, if that can be."""
        first = 1 if method else 0
        if len(self.positional) != first + 1 or self.positional[first][1] not in ("Ints", "Dims"):
            return None
        return ", ".join((["self"] if method else []) + [f"*{self.positional[first][0].partition(':')[0]}: _int"] + [t for t, _ in self.named])


def registered(registry, name, found, indent="", method=False, inplace=False, flag=False, more=()):
    """The definitions of a registry function, all overloads."""
    headers = []
    for f in found:
        p = Parameters(f)
        extra = [] if inplace else [*more]
        if flag and not inplace and "inplace" not in f["signature"]:
            extra.append("inplace: _bool = False")
        if not inplace and "out: " not in " ".join(extra):
            extra.append("out: Any = None")
        result = "Tensor" if inplace else registry.result(f)
        many = p.many(method)
        headers += [(text, result, f["doc"]) for text in ([many] if many else []) + [p.text(method, extra)]]
    lines = []
    for text, result, doc in headers:
        lines += [f"{indent}@overload"] if len(headers) > 1 else []
        summary = first_sentence(doc)
        lines.append(f"{indent}def {name}({text}) -> {result}:")
        lines.append(f'{indent}    """{summary}"""' + (f"\n{indent}    ..." if not summary else ""))
    return lines


def first_sentence(doc):
    """A text's first paragraph as it may stand in a docstring, without the links of Rust's documentation."""
    text = " ".join(doc.split("\n\n")[0].split()).replace("\\", "\\\\").replace('"""', "'''")
    return re.sub(r"\[(`[^`]*`)\](?:\([^)]*\)|\[[^]]*\])?", r"\1", text)


def plain(value):
    """A parameter's default in a stub."""
    return repr(value) if value is None or isinstance(value, (bool, int, str)) or isinstance(value, float) and math.isfinite(value) else "..."


def signature(value, method=False):
    """The parameters of what Python defines, without annotations; a method's first is `self`."""
    try:
        s = inspect.signature(value)
    except (TypeError, ValueError):
        return "*args: Any, **kwargs: Any"
    parts, star, slash = [], False, False
    for p in s.parameters.values():
        if slash and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
            slash = False
        slash = slash or p.kind is p.POSITIONAL_ONLY
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        star = star or p.kind is p.VAR_POSITIONAL
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        if method and not parts:
            parts.append("self")
            continue
        parts.append(f"{prefix}{p.name}: Any" + ("" if p.default is p.empty else f" = {plain(p.default)}"))
    return ", ".join(parts + (["/"] if slash else []))


def defined(name, value, indent="", result="Any", method=False):
    """The definition of what Python defines."""
    # Python's own texts of operators say nothing, and differ between versions.
    text = "" if isinstance(value, types.WrapperDescriptorType) or name.startswith("__") else inspect.getdoc(value) or ""
    # The registry's texts begin with a signature.
    doc = first_sentence(text.split("\n\n", 1)[-1] if text.startswith(f"{name}(") else text)
    header = f"{indent}def {name}({signature(value, method)}) -> {result}:"
    other = "  # type: ignore" if name in ("__eq__", "__ne__", "__ipow__") else ""
    return [f'{header}\n{indent}    """{doc}"""'] if doc else [f"{header} ...{other}"]


def methods(registry, cls):
    """The body of a compiled class."""
    lines = []
    for name, value in sorted(vars(cls).items()):
        if name in ("__doc__", "__module__", "__dict__", "__weakref__", "__new__", "__reduce__", "__getattr__") or isinstance(value, flambeau._missing.Method):
            continue
        found = registry.of(value)
        if found is not None:
            lines += registered(registry, name, found[2], "    ", method=True, inplace=found[1].endswith("_") and name.endswith("_"))
        elif isinstance(value, (property, types.GetSetDescriptorType)):
            kind = KNOWN.get(name, "Any") if cls is flambeau.Tensor else "Any"
            lines += [f"    @property\n    def {name}(self) -> {kind}: ..."]
            if name in ("data", "grad", "requires_grad"):
                lines += [f"    @{name}.setter\n    def {name}(self, value: {kind}) -> None: ..."]
        elif callable(value):
            result = KNOWN.get(name, "Any") if cls is flambeau.Tensor or name.startswith("__") else "Any"
            if cls is flambeau.Tensor and name not in KNOWN and (name in TENSORS or name in vars(_functions) or name.endswith("_")):
                result = "Tensor"
            lines += defined(name, value, "    ", result, method=True)
        else:
            lines += [f"    {name}: {type(value).__name__ if not isinstance(value, int) else '_int'}"]
    return lines or ["    ..."]


def is_static(source, name):
    """Whether a module's text defines a name where a type checker sees it."""
    for node in ast.parse(source).body:
        names = [getattr(node, "name", None)]
        for target in getattr(node, "targets", []):
            names += [t.id for t in ast.walk(target) if isinstance(t, ast.Name)]
        if name in names:
            return True
    return False


def compiled_stub(registry):
    """`_C.pyi`: tensors and the other compiled classes and functions."""
    classes = {n: v for n, v in vars(_C).items() if isinstance(v, type) and n not in ("Tensor", "builtin_function_or_method")}
    body = [f"\nclass Tensor:\n    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor: ..."]
    body += methods(registry, flambeau.Tensor)
    for name, value in sorted(classes.items()):
        base = value.__bases__[0].__name__ if value.__bases__[0] is not object else ""
        body += [f"\nclass {name}{f'({base})' if base else ''}:"]
        if not base:
            body += ["    def __new__(cls, *args: Any, **kwargs: Any) -> Any: ..."]
        body += methods(registry, value) if not base else ["    ..."]
    body += ["\n_dtype = dtype", "_device = device"]
    for name, value in sorted(vars(_C).items()):
        if isinstance(value, _C.dtype):
            body.append(f"{name}: dtype")
        elif isinstance(value, types.BuiltinFunctionType):
            body += defined(name, value)
    for name, fields in sorted(registry.named.items()):
        body += [f"\nclass {name}(NamedTuple):", *(f"    {field}: Tensor" for field in fields)]
    head = "from collections.abc import Iterator, Sequence\nfrom typing import Any, NamedTuple, overload\n" + BUILTINS + "\nfrom ._types import Size\n"
    return HEAD + head + "\n_Number = _int | _float | _bool | _complex\n" + "\n".join(body) + "\n"


CREATION = ["layout: Any = None", "device: Any = None", "pin_memory: _bool = False", "requires_grad: _bool = False", "out: Any = None"]


def module_stub(registry, module, depth, sources=(), imports=()):
    """The stub of a module that the registry fills."""
    root = "." * depth
    where = module.__name__.removeprefix("flambeau").removeprefix(".")
    lines, imported = [], list(imports)
    for name, value in sorted(vars(module).items()):
        if name.startswith("_") and name != "__version__" or isinstance(value, types.ModuleType):
            continue
        value = value.__wrapped__ if isinstance(value, _C.Overridable) else value
        if module is flambeau and name in flambeau._ELSEWHERE:
            continue
        source = next((s for s in sources if getattr(s, name, None) is value and is_static(pathlib.Path(s.__file__).read_text(), name)), None)
        entry = registry.by_place.get((where, name))
        if name in ("Generator", "Tensor"):
            continue
        if name in vars(_C) and vars(_C)[name] is value:
            imported.append(f"from {root}_C import {name} as {name}")
        elif (found := registry.of(value)) is not None:
            flag = where == "nn.functional"
            lines += registered(registry, name, found[2], inplace=found[1].endswith("_"), flag=flag)
        elif source is not None and isinstance(value, types.FunctionType) and (name in TENSORS or name in KNOWN):
            lines += defined(name, value, result=KNOWN.get(name, "Tensor"))
        elif source is not None:
            imported.append(f"from {root}{source.__name__.removeprefix('flambeau.')} import {name} as {name}")
        elif entry and (name in PASSED_ON or not any(p.kind is p.POSITIONAL_OR_KEYWORD for p in inspect.signature(value).parameters.values())):
            creator = "requires_grad" in str(inspect.signature(value)) or where == "signal.windows"
            lines += registered(registry, name, entry, inplace=name in PASSED_ON, more=CREATION if creator else ())
        elif isinstance(value, _C.dtype):
            lines.append(f"{name}: _dtype")
        elif isinstance(value, type):
            lines.append(f"class {name}: ...")
        elif callable(value):
            lines += defined(name, value)
        else:
            lines.append(f"{name}: {'Any' if type(value).__module__ != 'builtins' else '_' + type(value).__name__}")
    used = "\n".join(lines)
    named = "".join(f", {n}" for n in sorted(registry.named) if f"-> {n}:" in used)
    head = f"from collections.abc import Sequence\nfrom typing import Any, overload\n{BUILTINS}\nfrom {root}_C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number{named}\n"
    return HEAD + head + "".join(line + "\n" for line in imported) + "\n" + used + "\n"


def package_imports():
    """What `flambeau` imports when it is first used."""
    found = [f"from .{module} import {attribute} as {name}" for name, (module, attribute) in sorted(flambeau._ELSEWHERE.items())]
    there = [n for n in sorted(flambeau._SUBMODULES) if importlib.util.find_spec(f"flambeau.{n}") is not None]
    return [f"from . import {n} as {n}" for n in there] + found


def stubs():
    """Every stub: its path below python/flambeau, and its text."""
    warnings.filterwarnings("ignore")
    before = flambeau.get_rng_state()
    flambeau.manual_seed(0)
    registry = Registry()
    sources = [importlib.import_module(f"flambeau.{n}") for n in ("_types", "_factory", "_grad_mode", "_overrides")]
    # Types are settled on first use: whoever asked before must not matter.
    for found in registry.by_place.values():
        for f in found:
            registry.result(f)
    files = {"__init__.pyi": module_stub(registry, flambeau, 1, sources, package_imports())}
    for name in ("linalg", "special", "fft", "signal.windows", "nn.functional"):
        module = importlib.import_module(f"flambeau.{name}")
        files[name.replace(".", "/") + ".pyi"] = module_stub(registry, module, name.count(".") + 1)
    files["_C.pyi"] = compiled_stub(registry)
    flambeau.set_rng_state(before)
    return files


def main():
    stale = []
    for path, text in stubs().items():
        file = HERE / "flambeau" / path
        if file.exists() and file.read_text() == text:
            continue
        stale.append(path)
        if "--check" not in sys.argv:
            file.write_text(text)
    print(f"{'stale' if '--check' in sys.argv else 'written'}: {', '.join(stale) or 'none'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
