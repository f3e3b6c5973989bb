"""Imported first, this leaves out three seconds of every process's start.

jsonschema, which nbformat needs, reads a grammar of addresses for a format that no notebook has;
where it finds none, it does without. torch's optimizers import its compiler, to tell it what not
to compile; here it is imported when anything else is asked of it. nbgrader imports what it adds to
a Jupyter server; here its modules come without.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
PACKAGE = "nbgrader"


class CompilerWhenNeeded(ModuleType):
    """Stands in for the compiler while nothing is to be compiled."""

    @staticmethod
    def disable(fn: Callable, recursive: bool = True, wrapping: bool = True) -> Callable:
        """Return `fn` as it is."""
        return fn

    @staticmethod
    def graph_break() -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # whoever looks through all modules
            raise AttributeError(name)
        if sys.modules.get(COMPILER) is self:
            del sys.modules[COMPILER]
        return getattr(import_module(COMPILER), name)


class PackageWhenNeeded(ModuleType):
    """A package whose modules can be imported; its own code runs when a name of that is needed."""

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        vars(self).update(vars(module_from_spec(spec)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":  # whoever looks through all modules
            raise AttributeError(name)
        spec = self.__spec__
        assert spec and spec.loader
        if find_spec(f"{spec.name}.{name}"):
            return import_module(f"{spec.name}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        return getattr(self, name)


sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # importing it fails
sys.modules.setdefault(COMPILER, CompilerWhenNeeded(COMPILER))
if PACKAGE not in sys.modules and (spec := find_spec(PACKAGE)):
    sys.modules[PACKAGE] = PackageWhenNeeded(spec)
