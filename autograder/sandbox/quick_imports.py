"""Imported first, this leaves out more than two seconds of every process's start.

Modules and notebooks are many objects and hardly any of them garbage: it is looked for less often.
jsonschema, which nbformat needs, reads grammars of addresses for formats that no notebook has;
where it finds none, it does without. torch's optimizers import its compiler, to tell it what not
to compile; here it is imported when anything else is asked of it.
"""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
USUAL_THRESHOLDS = gc.get_threshold()


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


gc.set_threshold(100_000)
for grammar in ("rfc3986_validator", "rfc3987_syntax"):
    sys.modules.setdefault(grammar, None)  # type: ignore[arg-type]  # importing it fails
sys.modules.setdefault(COMPILER, CompilerWhenNeeded(COMPILER))
