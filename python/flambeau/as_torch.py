"""Makes `import torch` and its submodules mean Flambeau, in this process."""

import importlib
import importlib.abc
import importlib.machinery
import sys

__all__ = ["install"]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `torch.X` at `flambeau.X`."""

    def find_spec(self, name, path=None, target=None):
        if name == "torch" or name.startswith("torch."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        name = "flambeau" + spec.name[len("torch") :]
        found = self._found(spec, name)
        spec.loader_state = found.__spec__
        return found

    def _found(self, spec, name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as e:
            if e.name is None or not name.startswith(e.name):
                raise
        # Some modules are attributes of others.
        parent, _, leaf = name.rpartition(".")
        try:
            found = getattr(importlib.import_module(parent), leaf)
        except (AttributeError, ModuleNotFoundError):
            raise NotImplementedError(f"{spec.name} is not in Flambeau yet") from None
        if not hasattr(found, "__dict__"):
            raise ModuleNotFoundError(f"{spec.name} is no module", name=spec.name)
        return found

    def exec_module(self, module):
        # The module stays what it is: the import machinery has put the other name's spec into it.
        module.__spec__ = module.__spec__.loader_state


def install():
    """From now on `import torch` is `import flambeau`."""
    if any(isinstance(f, _Finder) for f in sys.meta_path):
        return
    if "torch" in sys.modules and sys.modules["torch"].__name__ != "flambeau":
        raise RuntimeError("torch is imported already; call flambeau.as_torch.install() before")
    import flambeau

    sys.meta_path.insert(0, _Finder())
    sys.modules["torch"] = flambeau
