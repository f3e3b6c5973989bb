"""Imported first, this leaves out a second of every process that needs nbgrader's modules.

nbgrader itself imports what it adds to a Jupyter server; here its modules come without, without
requests, with which they ask a hub, and without setuptools, with which they unpack archives. No
sandbox has this: submissions would see there that they are graded.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

PACKAGES, ARCHIVES = ("nbgrader", "requests"), "setuptools.archive_util"


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


class FunctionsWhenNeeded(ModuleType):
    """Stands in for a module of functions until one of them is called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
            return getattr(import_module(self.__name__), name)(*args, **kwargs)

        return call


for package in PACKAGES:
    if package not in sys.modules and (spec := find_spec(package)):
        sys.modules[package] = PackageWhenNeeded(spec)
sys.modules.setdefault(ARCHIVES, FunctionsWhenNeeded(ARCHIVES))
