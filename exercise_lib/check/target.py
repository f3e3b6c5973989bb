"""Find the student's code: import its module, again when the file has changed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_seen: dict[str, tuple[int, int]] = {}  # module -> (modification time, size) when last imported


def load_target(target: str) -> Any:
    """Return the attribute "package.module:attribute" from the file as it stands on disk."""
    module_name, _, attribute = target.partition(":")
    module = _load_module(module_name)
    if not hasattr(module, attribute):
        file = module_name.replace(".", "/") + ".py"
        raise AttributeError(f"{file} has no `{attribute}`. Was it renamed or deleted?")
    return getattr(module, attribute)


def _load_module(name: str) -> ModuleType:
    loaded = sys.modules.get(name)
    if loaded is not None and _seen.get(name) == _stamp(loaded):
        return loaded
    importlib.invalidate_caches()
    module = importlib.reload(loaded) if loaded else importlib.import_module(name)
    _seen[name] = _stamp(module)
    return module


def _stamp(module: ModuleType) -> tuple[int, int]:
    stat = Path(module.__file__ or "").stat()
    return stat.st_mtime_ns, stat.st_size
