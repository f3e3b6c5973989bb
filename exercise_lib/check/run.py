"""Run one case: call the code on copies of the inputs, catch what it does, read its gradients."""

from __future__ import annotations

import contextlib
import dis
import io
import linecache
import os
import random
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np
import torch

from exercise_lib.check.case import Case
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.places import ENGINE, shown_path
from exercise_lib.check.questions import nobody_answers
from exercise_lib.check.remarks import remarks_on, to_act_on
from exercise_lib.check.settings import begin_as_python_does, kept_random_states, kept_settings
from exercise_lib.check.tree import Tree, as_config, leaves, odd_kind, tensors, text_of, tree_map

NOTE_LENGTH = 300  # characters


def run_case(target: Any, case: Case) -> Outcome:
    """Return what `target` makes of the case; never raises for what the target does."""
    with kept_random_states():
        return run_seeded(target, case)


def run_seeded(target: Any, case: Case) -> Outcome:
    """Do as `run_case` does, and leave the random state as it is then."""
    args = tree_map(_copy, case.args)
    case = replace(case, init=tree_map(_copy, case.init))
    for name in case.grad:
        for tensor in tensors(args[name]):
            tensor.requires_grad_(True)
    printed = io.StringIO()
    value, gradients, raised = None, {}, None
    with contextlib.ExitStack() as stack:
        changed = stack.enter_context(kept_settings())
        before = begin_as_python_does()
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(printed))
        stack.enter_context(nobody_answers())
        warnings.simplefilter("always")
        _seed()
        try:
            value = find_probe(case.probe)(target, args, case)
            if case.grad:
                gradients = _gradients(value, args, case.grad)
            value = tree_map(_detach, value)
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:  # SystemExit too: it is the student's
            raised = describe_exception(error)
    notes = remarks_on(target, before, [it for it in changed if it not in before])
    notes += [
        f"warned: {_shorten(text_of(warning.message, str))}" for warning in to_act_on(caught)[:3]
    ]
    if printed.getvalue().strip():
        notes.append(f"printed: {_shorten(printed.getvalue().strip())}")
    mutated = tuple(name for name in args if _changed(args[name], case.args[name]))
    left = {name: tensors(it) for name, it in args.items() if name not in mutated}
    return Outcome(value, gradients, raised, mutated, tuple(notes), left)


def find_probe(name: str) -> Callable[[Any, dict[str, Tree], Case], Tree]:
    """Return the way of using a target that a case names: a file of `probes/` has that name."""
    return import_module(f"{__package__}.probes.{name}").probe


def describe_exception(error: BaseException) -> Raised:
    """Describe an exception by its type, message and the student's line it came from."""
    types = tuple(cls.__name__ for cls in type(error).__mro__ if cls is not object)
    message = _shorten(text_of(error, str))
    if isinstance(error, SyntaxError):
        message, file, source = (str(it or "") for it in (error.msg, error.filename, error.text))
        line = error.lineno if isinstance(error.lineno, int) else 0
        return Raised(types, _shorten(message), shown_path(file), line, source.rstrip())
    places = traceback.walk_tb(error.__traceback__)
    frames = [(it.f_code, line) for it, line in places if _is_theirs(it.f_code.co_filename)]
    if not frames:
        return Raised(types, message)
    code, line = frames[-1]
    linecache.checkcache(code.co_filename)
    source = linecache.getline(code.co_filename, line).strip()
    file = shown_path(code.co_filename)
    return Raised(types, message, file, line, source, _raised_by(error, frames))


def _raised_by(error: BaseException, frames: list[tuple[CodeType, int]]) -> str:
    """Return whose own `raise` an exception is, see `Raised`; `frames` are those of theirs."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    assert last is not None
    code, (own, line) = last.tb_frame.f_code, frames[-1]
    is_own = own.co_filename == code.co_filename and line == last.tb_lineno
    if not is_own or dis.opname[code.co_code[last.tb_lasti]] != "RAISE_VARARGS":
        return ""
    return "the target" if len(frames) == 1 else own.co_name


def _is_theirs(filename: str) -> bool:
    return ENGINE not in Path(filename).parents and f"{os.sep}site-packages{os.sep}" not in filename


def _copy(leaf: Any) -> Any:
    if isinstance(leaf, SimpleNamespace):
        return as_config(leaf)
    return leaf.clone() if isinstance(leaf, torch.Tensor) else leaf


def _detach(leaf: Any) -> Any:
    """Return a leaf off any graph and, but for tensors without numbers, off any device.

    A fraction or decimal becomes a float: a number may be of any type.
    """
    if isinstance(leaf, (Fraction, Decimal)):
        return float(leaf)
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return leaf.detach().clone() if odd_kind(leaf) else leaf.detach().cpu().clone()


def _changed(now: Tree, before: Tree) -> bool:
    try:
        if len(list(leaves(now))) != len(list(leaves(before))):
            return True
    except RecursionError:  # a list that was put into itself
        return True
    return differ(tensors(now), tensors(before))


def differ(now: list[torch.Tensor], before: list[torch.Tensor]) -> bool:
    """Whether any tensor of an argument is another one after a call."""
    return len(now) != len(before) or any(
        a.shape != b.shape
        or a.dtype != b.dtype
        or not torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
        for a, b in zip(now, before, strict=True)
    )


def _gradients(value: Tree, args: dict[str, Tree], names: tuple[str, ...]) -> dict[str, Tree]:
    """Differentiate a fixed weighted sum of the outputs; an input not reached counts as zero."""
    outputs = [tensor for tensor in tensors(value) if tensor.requires_grad]
    total = sum((tensor * _cotangent(tensor)).sum() for tensor in outputs)
    gradients = {}
    for name in names:
        inputs = tensors(args[name])
        found: tuple[torch.Tensor | None, ...] = (None,) * len(inputs)
        if isinstance(total, torch.Tensor):
            found = torch.autograd.grad(total, inputs, retain_graph=True, allow_unused=True)
        gradients[name] = [
            torch.zeros_like(tensor) if gradient is None else gradient
            for tensor, gradient in zip(inputs, found, strict=True)
        ]
    return gradients


def _cotangent(tensor: torch.Tensor) -> torch.Tensor:
    return torch.cos(torch.arange(tensor.numel(), dtype=tensor.dtype)).reshape(tensor.shape)


def _seed() -> None:
    """Fix the random numbers of one call."""
    torch.default_generator.manual_seed(0)  # torch.manual_seed asks for every kind of device
    random.seed(0)
    np.random.seed(0)


def _shorten(text: str) -> str:
    return text if len(text) <= NOTE_LENGTH else text[: NOTE_LENGTH - 1] + "…"
