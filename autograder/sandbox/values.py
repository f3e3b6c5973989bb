"""Cases on their way into a sandboxed child, and outcomes on their way out.

A case is the grader's own and is written with the functions of reference bundles. An outcome
comes from a process the student's code may have taken over: reading it makes plain numbers,
texts, lists, tuples, dicts and tensors of bounded depth and length, whatever it says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.sandbox.plain_text import plain
from autograder.sandbox.protocol import DTYPES, ProtocolError, Tensors
from exercise_lib.check.case import Case
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.tree import Tree, from_json, odd_kind, text_of, to_json

DEPTH = 32
TEXT = 2000  # characters
ITEMS = 10_000
WHOLE = 2**63


class Opaque:
    """Stands for an object that can't be sent, by the name of its type and its repr."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


def keeper(tensors: Tensors) -> Callable[[torch.Tensor], str]:
    """Return a function that puts a plain copy of a tensor into `tensors` and returns its key."""

    def keep(tensor: torch.Tensor) -> str:
        key = str(len(tensors))
        plain = tensor.detach().cpu().contiguous().clone().as_subclass(torch.Tensor)
        if type(plain) is not torch.Tensor or plain.dtype not in DTYPES:
            raise TypeError(f"a {plain.dtype} tensor")
        tensors[key] = plain
        return key

    return keep


def write_case(case: Case, tensors: Tensors) -> dict[str, Any]:
    """Return what a child needs of a case: no name, tolerance or expected exception."""
    keep = keeper(tensors)
    return {
        "args": to_json(case.args, keep),
        "init": to_json(case.init, keep),
        "probe": case.probe,
        "grad": list(case.grad),
        "options": case.options,
    }


def read_case(data: dict[str, Any], tensors: Tensors) -> Case:
    """Read a case written by `write_case`."""
    args, init = (from_json(data[name], tensors.__getitem__) for name in ("args", "init"))
    return Case("", args, data["probe"], init, tuple(data["grad"]), options=data["options"])


def write_outcome(outcome: Outcome, tensors: Tensors) -> dict[str, Any]:
    """Return an outcome as JSON; its tensors go into `tensors`."""
    raised = outcome.raised
    return {
        "value": write_value(outcome.value, tensors),
        "gradients": write_value(outcome.gradients, tensors),
        "raised": raised and write_raised(raised),
        "mutated": list(outcome.mutated),
        "notes": list(outcome.notes),
        "left": write_value(outcome.left, tensors),
    }


def write_raised(raised: Raised) -> dict[str, Any]:
    """Return an exception as JSON, its texts cut where they are too long to be read."""
    texts = {it: getattr(raised, it)[:TEXT] for it in ("message", "file", "source", "raised_by")}
    return {"types": [it[:TEXT] for it in raised.types], "line": raised.line, **texts}


def write_value(value: Any, tensors: Tensors, depth: int = 0) -> Any:
    """Return a tree of results as JSON; what is no result of any exercise becomes its repr."""
    keep = keeper(tensors)
    name = type(value).__name__
    try:
        if isinstance(value, torch.Tensor):
            name = f"{odd_kind(value) or value.dtype} tensor"
            if not odd_kind(value):
                return {"tensor": keep(value)}
        if isinstance(value, np.ndarray):
            name = "numpy array"
            return {"array": keep(torch.from_numpy(value.copy()))}
        if isinstance(value, str) and len(value) <= TEXT:
            return str(value)
        if isinstance(value, np.longdouble):
            return float(value)
        if isinstance(value, np.generic):
            return {"number": keep(torch.from_numpy(np.array(value)))}
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value) < WHOLE:
            return int(value)
        if isinstance(value, float):
            return float(value)
        if isinstance(value, (list, tuple)) and depth < DEPTH and len(value) <= ITEMS:
            items = [write_value(item, tensors, depth + 1) for item in value]
            return items if isinstance(value, list) else {"tuple": items}
        if isinstance(value, dict) and depth < DEPTH - 1 and len(value) <= ITEMS:
            pairs = [write_value(list(pair), tensors, depth + 1) for pair in value.items()]
            if not any(isinstance(key, (list, dict)) for key, _ in pairs):
                return {"dict": pairs}
    except Exception:  # what their methods raise, or a tensor or array without plain numbers
        pass
    return {"other": [name[:TEXT], text_of(value)[:TEXT]]}


def read_outcome(data: Any, tensors: Tensors) -> Outcome:
    """Read an outcome a child sent; raises ProtocolError where it is none."""
    fields = record(data, "value", "gradients", "raised", "mutated", "notes", "left")
    gradients, left = (read_value(fields[it], tensors) for it in ("gradients", "left"))
    if type(gradients) is not dict or type(left) is not dict:
        raise ProtocolError("gradients or arguments that are no dict")
    if not all(
        type(it) is list and all(type(t) is torch.Tensor for t in it) for it in left.values()
    ):
        raise ProtocolError("arguments that are no tensors")
    raised = None
    if fields["raised"] is not None:
        it = record(fields["raised"], "types", "message", "file", "line", "source", "raised_by")
        types = texts(it["types"])
        if not types or type(it["line"]) is not int or abs(it["line"]) >= WHOLE:
            raise ProtocolError("an exception without a type or a line")
        told = [it[name] for name in ("message", "file", "source", "raised_by")]
        message, file, source, raised_by = texts(told)
        raised = Raised(types, message, file, it["line"], source, raised_by)
    return Outcome(
        read_value(fields["value"], tensors),
        gradients,
        raised,
        texts(fields["mutated"]),
        texts(fields["notes"]),
        left,
    )


def read_value(data: Any, tensors: Tensors, depth: int = 0) -> Tree:
    """Read a tree written by `write_value`; raises ProtocolError for anything else."""
    if depth > DEPTH:
        raise ProtocolError("a result nested too deeply")
    if data is None or type(data) in (bool, float):
        return data
    if type(data) is int and abs(data) < WHOLE:
        return data
    if type(data) is str:
        return clean(data, TEXT)
    if type(data) is list and len(data) <= ITEMS:
        return [read_value(item, tensors, depth + 1) for item in data]
    if type(data) is dict and len(data) == 1:
        [(kind, content)] = data.items()
        if kind in ("tensor", "array", "number"):
            return read_tensor(kind, content, tensors)
        if kind == "tuple" and type(content) is list:
            return tuple(read_value(content, tensors, depth))
        if kind == "dict" and type(content) is list:
            pairs = read_value(content, tensors, depth)
            if all(type(it) is list and len(it) == 2 and is_key(it[0]) for it in pairs):
                return dict(pairs)
        if kind == "other":
            name, shown = texts(content, 2)
            return type(name.replace("\0", "")[:60] or "object", (Opaque,), {})(shown)
    raise ProtocolError("a result of no known kind")


def read_tensor(kind: str, key: Any, tensors: Tensors) -> Any:
    """Take a received tensor out, as the numpy array or number it was in the child.

    A tensor is taken once: else one of many numbers could be compared a thousand times.
    """
    if type(key) is not str or key not in tensors:
        raise ProtocolError("a result without its tensor")
    tensor = tensors.pop(key)
    if kind == "tensor":
        return tensor
    try:
        array = tensor.numpy()
    except TypeError as error:
        raise ProtocolError("an array of no numpy type") from error
    if kind == "array":
        return array
    if array.size != 1:
        raise ProtocolError("a number that is an array")
    return array.reshape(-1)[0]


def is_key(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def record(data: Any, *names: str) -> dict[str, Any]:
    """Return a dict that has exactly these names; raises ProtocolError."""
    if type(data) is not dict or set(data) != set(names):
        raise ProtocolError(f"a message that has not {', '.join(names)}")
    return data


def texts(data: Any, count: int | None = None) -> tuple[str, ...]:
    """Return a list of texts of bounded length that UTF-8 can hold; raises ProtocolError."""
    if type(data) is not list or len(data) > 100 or count not in (None, len(data)):
        raise ProtocolError("a message without its list of texts")
    return tuple(clean(text, TEXT) for text in data)


def clean(text: Any, limit: int = ITEMS * 10) -> str:
    """Return a text as plain; raises ProtocolError where there is none or too much."""
    if type(text) is not str or len(text) > limit:
        raise ProtocolError("a message without its text")
    return plain(text)
