//! What a class or function that a pickle names is thought of. What is not listed here may be named, with suspicion, and may
//! not be called.

use super::Verdict;
use crate::torch::known::{is_named, known};

/// Modules from which nothing may even be named: they run programs or code, import, load, or reach files and networks. What
/// lies under them counts too.
const DANGEROUS: &str = "
    aiohttp _aix_support antigravity ast _asyncio asyncio asyncore atexit bdb builtin __builtin__ builtins cffi cgi
    cloudpickle cmd code codecs codeop commands compileall concurrent configparser copy_reg copyreg cPickle cProfile
    crypt _ctypes ctypes curses dbm dill dis distutils dl doctest encodings ensurepip faulthandler fileinput
    _frozen_importlib _frozen_importlib_external fsspec ftplib functools gc getpass glob graphlib gzip http httplib
    httpx huggingface_hub idlelib imaplib _imp imp importlib inspect io _io IPython jinja2 joblib keras lib2to3
    linecache logging mailcap marshal mmap modulefinder multiprocessing netrc nntplib nt ntpath numba
    numpy.core.records numpy.ctypeslib numpy.distutils numpy.f2py numpy.lib numpy.testing operator _operator os
    _osx_support pandas paramiko pdb pexpect pickle _pickle pip pkg_resources pkgutil platform popen2 poplib posix
    posixpath _posixsubprocess profile pstats pty py_compile pyclbr pydoc _pyio _pyrepl pytest readline requests
    rlcompleter runpy sched select selectors setuptools shelve shlex shutil signal site smtplib _socket socket
    socketserver sqlite3 ssl _ssl subprocess sys sysconfig tarfile telnetlib tempfile tensorflow test this _thread
    threading timeit tkinter torch._C torch._dynamo torch._export torch._inductor torch.classes torch.cpp_extension
    torch.distributed torch.export torch.fx torch.hub torch.jit torch.library torch.multiprocessing torch.onnx
    torch.ops torch.package torch.profiler torch.serialization torch.testing torch.utils trace turtle types unittest
    urllib urllib2 urllib3 uu venv webbrowser _winapi winreg wsgiref xmlrpc yaml zipapp zipfile zipimport
";

/// Functions of other modules that are no better.
const FUNCTIONS: &[(&str, &[&str])] = &[
    (
        "numpy",
        &["load", "save", "savez", "fromfile", "memmap", "genfromtxt", "loadtxt", "fromregex", "DataSource", "test"],
    ),
    ("pathlib", &["os", "io", "open", "Path.open", "Path.write_bytes", "Path.write_text", "Path.unlink"]),
    (
        "torch",
        &["load", "save", "compile", "import_ir_module", "from_file", "_import_dotted_name", "eval", "hub", "ops"],
    ),
    ("torch.storage", &["_load_from_bytes", "io", "torch"]),
];

/// Modules that run or reach something by whatever path they are reached: `torch.serialization` has an `os` of its own.
const ANYWHERE: &[&str] = &[
    "__builtins__",
    "__globals__",
    "__import__",
    "__subclasses__",
    "builtins",
    "ctypes",
    "importlib",
    "os",
    "pickle",
    "posix",
    "runpy",
    "shutil",
    "socket",
    "subprocess",
    "sys",
];

/// Types of Python that may be named.
const TYPES: &[&str] =
    &["bool", "bytes", "float", "int", "list", "long", "object", "range", "str", "tuple", "unicode", "xrange"];

/// Modules whose classes keep data, and whose making runs nothing else.
const CLASSES: &[&str] = &[
    "__torch__",
    "collections",
    "datetime",
    "decimal",
    "fractions",
    "torch.distributions",
    "torch.nn",
    "torch.optim",
    "torchvision.models",
    "torchvision.ops",
    "uuid",
];

/// Classes and functions of other modules that do no more than that.
const PLAIN: &[(&str, &[&str])] = &[
    ("argparse", &["Namespace"]),
    ("copyreg", &["_reconstructor", "__newobj__", "__newobj_ex__"]),
    ("copy_reg", &["_reconstructor", "__newobj__", "__newobj_ex__"]),
    ("datetime", &["date", "datetime", "time", "timedelta", "timezone"]),
    ("collections", &["deque"]),
    ("pathlib", &["PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"]),
    (
        "torch.jit._pickle",
        &[
            "build_boollist",
            "build_doublelist",
            "build_intlist",
            "build_tensor_from_id",
            "build_tensorlist",
            "restore_type_tag",
        ],
    ),
    ("numpy.core._internal", &["_reconstruct"]),
    ("numpy.random._pickle", &["__bit_generator_ctor", "__generator_ctor", "__randomstate_ctor"]),
    ("torch._utils", &["_rebuild_qtensor"]),
    ("torch.storage", &["TypedStorage"]),
];

/// Functions that call what they are given first, or make one of it.
const CALL_FIRST: &[(&str, &[&str])] = &[
    ("torch._tensor", &["_rebuild_from_type_v2"]),
    ("torch.tensor", &["_rebuild_from_type_v2"]),
    ("copyreg", &["_reconstructor", "__newobj__", "__newobj_ex__"]),
    ("copy_reg", &["_reconstructor", "__newobj__", "__newobj_ex__"]),
    ("numpy.random._pickle", &["__bit_generator_ctor", "__generator_ctor", "__randomstate_ctor"]),
];

fn listed(list: &[(&str, &[&str])], module: &str, name: &str) -> bool {
    list.iter().any(|(m, names)| *m == module && names.contains(&name))
}

/// Whether a path leads to a module or into it.
fn under(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What numpy rebuilds arrays and numbers with.
fn numpy(module: &str, name: &str) -> bool {
    match module {
        "numpy.core.multiarray" | "numpy._core.multiarray" => matches!(name, "_reconstruct" | "scalar"),
        "numpy.core.numeric" | "numpy._core.numeric" => name == "_frombuffer",
        "numpy.dtypes" => name.ends_with("DType") && !name.contains('.'),
        "numpy" => {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
            matches!(name, "ndarray" | "dtype")
                || matches!(
                    stem,
                    "bool" | "int" | "uint" | "float" | "complex" | "str" | "bytes" | "datetime" | "timedelta"
                )
        }
        _ => false,
    }
}

/// Whether a function of the closed set calls its first operand.
pub(super) fn calls_its_first_operand(module: &str, name: &str) -> bool {
    listed(CALL_FIRST, module, name)
}

/// What is thought of a class or function that is named, or called too, and why.
pub(super) fn judge(module: &str, name: &str, called: bool) -> (Verdict, &'static str) {
    let python = matches!(module, "builtins" | "__builtin__");
    if if called { known(module, name).is_some() } else { is_named(module, name) } || numpy(module, name) {
        return (Verdict::Safe, "what tensors are saved with");
    }
    if python && TYPES.contains(&name) {
        let verdict = if called { Verdict::Suspicious } else { Verdict::Safe };
        return (verdict, "a plain type");
    }
    // The last part of a name that is a path is what is meant; the parts before it lead there.
    let through = module.split('.').chain(name.rsplit_once('.').map_or("", |(path, _)| path).split('.'));
    let class = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('.');
    let whole = format!("{module}.{name}");
    if listed(PLAIN, module, name) || class && CLASSES.iter().any(|m| under(module, m)) {
        (Verdict::Suspicious, "a class that keeps data, outside of what tensors are saved with")
    } else if DANGEROUS.split_whitespace().any(|m| under(module, m) || m.contains('.') && under(&whole, m))
        || listed(FUNCTIONS, module, name)
        || through.into_iter().any(|part| ANYWHERE.contains(&part))
        || ANYWHERE.contains(&name) && name.starts_with("__")
    {
        (Verdict::Dangerous, "it can run programs or code, or reach files, modules or the network")
    } else if called {
        (Verdict::Dangerous, "nobody vouches for what it does when it is called")
    } else {
        (Verdict::Suspicious, "it is outside of what tensors are saved with, and naming it imports its module")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        use Verdict::{Dangerous, Safe, Suspicious};
        for (module, name, called, verdict) in [
            ("torch._utils", "_rebuild_tensor_v2", true, Safe),
            ("torch", "FloatStorage", false, Safe),
            ("torch", "FloatStorage", true, Dangerous),
            ("builtins", "list", false, Safe),
            ("builtins", "eval", false, Dangerous),
            ("numpy._core.multiarray", "_reconstruct", true, Safe),
            ("numpy", "float64", false, Safe),
            ("numpy.testing._private.utils", "runstring", false, Dangerous),
            ("torch.nn.modules.linear", "Linear", true, Suspicious),
            ("torch.nn.modules.linear", "Linear.os", true, Dangerous),
            ("torch.nn", "os.system", true, Dangerous),
            ("torch", "serialization.os.system", false, Dangerous),
            ("torch", "hub.load", false, Dangerous),
            ("torch.serialization", "_get_layout", true, Safe),
            ("asyncio.unix_events", "_UnixSubprocessTransport._start", true, Dangerous),
            ("osmium", "Reader", false, Suspicious),
            ("my.model", "Net", false, Suspicious),
            ("my.model", "Net", true, Dangerous),
            ("my.model", "__globals__", false, Dangerous),
        ] {
            assert_eq!(judge(module, name, called).0, verdict, "{module}.{name}, called: {called}");
        }
    }
}
