"""Trees: nested lists, tuples and dicts whose leaves are tensors, numbers, strings or None.

Two more leaves serve as arguments: a function that can be imported, and a SimpleNamespace of
numbers, which stands for a student module's config dataclass without importing that module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import make_dataclass
from functools import lru_cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import torch

Tree = Any


def tree_map(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """Return the tree with `function` applied to every leaf; a named tuple becomes a plain one."""
    if isinstance(tree, dict):
        return {key: tree_map(function, value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [tree_map(function, value) for value in tree]
    if isinstance(tree, tuple):
        return tuple(tree_map(function, value) for value in tree)
    return function(tree)


def leaves(tree: Tree) -> Iterator[Any]:
    """Yield the leaves from left to right."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for value in tree:
            yield from leaves(value)
    else:
        yield tree


def tensors(tree: Tree) -> list[torch.Tensor]:
    """Return the tensors among the leaves from left to right."""
    return [leaf for leaf in leaves(tree) if isinstance(leaf, torch.Tensor)]


def odd_kind(tensor: torch.Tensor) -> str:
    """Return what makes a tensor other than an array of numbers in memory, or ""."""
    if tensor.layout != torch.strided:
        return str(tensor.layout).removeprefix("torch.")
    if tensor.is_quantized:
        return "quantized"
    if tensor.is_nested:
        return "nested"
    return "meta" if tensor.is_meta else ""


def text_of(value: Any, how: Callable[[Any], str] = repr) -> str:
    """Return the text that a student's object makes of itself, or its type where that fails."""
    try:
        return how(value)
    except Exception:  # whatever their method raises, also Python for an int of 5000 digits
        return f"<{type(value).__name__}>"


def as_config(record: SimpleNamespace) -> Any:
    """Return a record as the frozen dataclass it stands for, hashable, its lists as tuples."""
    fields = {name: _as_tuples(value) for name, value in vars(record).items()}
    return _config_with(tuple(fields))(**fields)


@lru_cache
def _config_with(names: tuple[str, ...]) -> type:
    return make_dataclass("Config", names, frozen=True)


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def to_json(tree: Tree, store: Callable[[torch.Tensor], Any]) -> Any:
    """Write a tree as JSON; `store` keeps a tensor and returns the key it is kept under."""
    if isinstance(tree, torch.Tensor):
        return {"$tensor": store(tree)}
    if isinstance(tree, tuple):
        return {"$tuple": [to_json(value, store) for value in tree]}
    if isinstance(tree, list):
        return [to_json(value, store) for value in tree]
    if isinstance(tree, dict):
        return {"$dict": {key: to_json(value, store) for key, value in tree.items()}}
    if isinstance(tree, SimpleNamespace):
        return {"$record": vars(tree)}
    if callable(tree):
        return {"$import": f"{tree.__module__}:{tree.__qualname__}"}
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    raise TypeError(f"a bundle cannot hold a {type(tree).__name__}")


def from_json(data: Any, tensor: Callable[[Any], Any]) -> Tree:
    """Read a tree written by `to_json`; `tensor` returns the tensor kept under a key."""
    if isinstance(data, list):
        return [from_json(value, tensor) for value in data]
    if not isinstance(data, dict):
        return data
    (kind, value), *_ = data.items()
    if kind == "$tensor":
        return tensor(value)
    if kind == "$tuple":
        return tuple(from_json(item, tensor) for item in value)
    if kind == "$record":
        return SimpleNamespace(**value)
    if kind == "$import":
        module, _, name = value.partition(":")
        return getattr(import_module(module), name)
    return {key: from_json(item, tensor) for key, item in value.items()}
