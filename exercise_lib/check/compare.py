"""Compare a result with the expected one: structure, shape, dtype, values."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from exercise_lib.check.fingerprint import Fingerprint
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.tree import Tree, odd_kind, text_of

KNOWN_KINDS = (bool, int, float, complex, str, list, tuple, dict, np.ndarray, torch.Tensor)


@dataclass(frozen=True)
class Difference:
    """The first difference found: what was expected and got, and how far apart they are."""

    reason: str
    expected: str
    got: str
    error: float | None = None  # the largest absolute error, where values differ by a number
    where: str = ""  # the part of the result that differs
    pair: tuple[torch.Tensor, torch.Tensor] | None = None  # (expected, got), of numbers or tensors
    told: str = "the result differs"
    """The reason as it is told of a hidden case: but for numbers, the code under test chose nothing
    of it."""


def compare_outcomes(
    expected: Outcome, got: Outcome, rtol: float, atol: float
) -> Difference | None:
    """Return the first difference between two outcomes that have values, or None."""
    difference = compare(expected.value, got.value, rtol, atol)
    if difference is None and got.mutated and not expected.mutated:
        names = " and ".join(f"`{name}`" for name in got.mutated)
        reason = f"your code changes its argument {names} in place; the caller still needs it"
        shown = "arguments left as they were", f"{names} changed"
        return Difference(reason, *shown, told=reason)
    if difference is None:
        difference = compare(expected.gradients, got.gradients, rtol, atol, "gradient")
    return difference


def agree_outcomes(expected: Outcome, got: Outcome, rtol: float, atol: float) -> bool:
    """Whether two outcomes that have values agree; how they differ is not worked out."""
    return (
        agree(expected.value, got.value, rtol, atol)
        and not (got.mutated and not expected.mutated)
        and agree(expected.gradients, got.gradients, rtol, atol)
    )


def agree(expected: Tree, got: Tree, rtol: float, atol: float) -> bool:
    """Whether two trees agree, as `compare` says, which takes longer where they don't."""
    if isinstance(expected, dict) and isinstance(got, dict):
        alike = len(got) == len(expected) and all(key in got for key in expected)
        return alike and all(agree(it, got[key], rtol, atol) for key, it in expected.items())
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        pairs = zip(expected, got, strict=False)
        return len(expected) == len(got) and all(agree(*it, rtol, atol) for it in pairs)
    if isinstance(expected, torch.Tensor) and isinstance(got, torch.Tensor):
        return _agree(expected, got, rtol, atol)
    return compare(expected, got, rtol, atol) is None


def compare(
    expected: Tree, got: Tree, rtol: float, atol: float, where: str = "result"
) -> Difference | None:
    """Return the first difference between two trees, or None where they agree."""
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(got, np.generic):
        got = float(got) if isinstance(got, np.longdouble) else got.item()
    if isinstance(expected, Fingerprint):
        fits = isinstance(got, torch.Tensor) and not odd_kind(got) and not got.is_complex()
        if fits and expected.fits(got, rtol, atol):
            return None
        return Difference(f"{where} differs", "", summary(got))
    if isinstance(expected, dict):
        return _compare_dicts(expected, got, rtol, atol, where)
    if isinstance(expected, (list, tuple)):
        return _compare_sequences(expected, got, rtol, atol, where)
    if isinstance(expected, torch.Tensor):
        return _compare_tensors(expected, got, rtol, atol, where)
    if isinstance(expected, float) and isinstance(got, torch.Tensor) and got.dim() == 0:
        got = got if odd_kind(got) else got.item()
    error = _finite(expected, got) if _is_number(expected) and _is_number(got) else None
    if error is not None and error <= atol + rtol * abs(expected):
        return None
    if type(expected) is type(got) and expected == got:
        return None
    shown = summary(expected), summary(got)
    if not (_is_number(expected) and _is_number(got)):
        differs = f"{where} differs"
        if _kind(expected) == _kind(got):
            return Difference(differs, *shown, told=differs)
        return _of_other_kind(f"{differs}: it", got, where, _kind(expected), *shown)
    if isinstance(got, float) and not math.isfinite(got):
        reason = f"{where} is NaN or infinite"
        return Difference(reason, *shown, told=reason)
    pair = None if error is None else (torch.tensor(float(expected)), torch.tensor(float(got)))
    return Difference(f"{where} differs", *shown, error, where, pair, f"{where} differs")


def _finite(expected: float, got: float) -> float | None:
    """Return how far apart two numbers are, or None where no finite float says it."""
    try:
        error, _, _ = (float(abs(it)) for it in (expected - got, expected, got))
    except Exception:  # an int of 400 digits, or what a number of a student's own kind raises
        return None
    return error if math.isfinite(error) else None


def _compare_dicts(
    expected: dict, got: Any, rtol: float, atol: float, where: str
) -> Difference | None:
    if not isinstance(got, dict):
        return _of_other_kind(where, got, where, "a dict", _kind(expected), _kind(got))
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    if missing or extra:
        lacks = [f"{where} lacks {_listed(missing)}"] if missing else []
        has = [f"{where} has {_listed(extra)}, which is not expected"] if extra else []
        told = [f"{where} has names that are not expected"] if extra else []
        names = f"{len(expected)} names", f"{len(got)} names"
        return Difference("; ".join(lacks + has), *names, told="; ".join(lacks + told))
    for key, value in expected.items():
        difference = compare(value, got[key], rtol, atol, _at(where, key))
        if difference is not None:
            return difference
    return None


def _compare_sequences(
    expected: list | tuple, got: Any, rtol: float, atol: float, where: str
) -> Difference | None:
    if not isinstance(got, (list, tuple)):
        kind = f"a {type(expected).__name__}"
        return _of_other_kind(where, got, where, kind, summary(expected), summary(got))
    if len(got) != len(expected):
        many = f"{where} has {len(got)} items, not {len(expected)}"
        reason = f"{where} has 1 item, not {len(expected)}" if len(got) == 1 else many
        return Difference(reason, summary(expected), summary(got), told=many)
    single = len(expected) == 1
    for index, (e, g) in enumerate(zip(expected, got, strict=True)):
        difference = compare(e, g, rtol, atol, where if single else f"{where}[{index}]")
        if difference is not None:
            return difference
    return None


def _compare_tensors(
    expected: torch.Tensor, got: Any, rtol: float, atol: float, where: str
) -> Difference | None:
    if _is_scalar(expected) and _is_number(got):
        with contextlib.suppress(Exception):  # an int too large
            got = torch.tensor(got, dtype=torch.float64)
    if _agree(expected, got, rtol, atol):
        return None
    shown = summary(expected), summary(got)
    if not isinstance(got, torch.Tensor):
        return _of_other_kind(where, got, where, "a torch tensor", *shown)
    if odd := odd_kind(got):
        reason = f"{where} is a {odd} tensor, not a plain one"
        return Difference(reason, *shown, told=reason)
    if got.shape != expected.shape:
        reason = f"{where} has shape {tuple(got.shape)}, not {tuple(expected.shape)}"
        told = f"{where} has another shape"
        return Difference(reason, *shown, None, where, (expected, got), told)
    wide = _wide(expected, got)
    e, g = expected.to(wide), got.to(wide)
    if got.dtype != expected.dtype and not (_is_scalar(expected) and _is_scalar(got)):
        reason = f"{where} has dtype {got.dtype}, not {expected.dtype}"
        if torch.allclose(g, e, rtol=rtol, atol=atol, equal_nan=True):
            reason = f"{reason}: the values are right, {_to(expected.dtype)}"
            return Difference(reason, *shown, told=reason)
        return Difference(reason, *shown, None, where, (e, g), reason)
    unexpected = int((~torch.isfinite(g) & torch.isfinite(e)).sum())
    if unexpected:
        what = f"has {unexpected} values that are" if got.dim() else "is"
        reason = f"{where} {what} NaN or infinite"
        return Difference(reason, *shown, None, where, (expected, got), reason)
    errors = torch.nan_to_num((g - e).abs(), nan=float("inf"))
    shown = at_largest(expected, errors), at_largest(got, errors)
    what = "no gradient reaches it" if where.startswith("gradient") and not g.any() else "differs"
    reason = f"{where}: {what}" if what != "differs" else f"{where} differs"
    return Difference(reason, *shown, _finite(0.0, float(errors.max())), where, (e, g), reason)


def _agree(expected: torch.Tensor, got: Any, rtol: float, atol: float) -> bool:
    """Whether a result is a plain tensor of the same kind with the same values."""
    if not isinstance(got, torch.Tensor) or odd_kind(got) or got.shape != expected.shape:
        return False
    if got.dtype != expected.dtype and not (_is_scalar(expected) and _is_scalar(got)):
        return False
    wide = _wide(expected, got)
    return all_close(got.to(wide), expected.to(wide), rtol, atol)


def all_close(got: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> bool:
    """Whether two tensors of one shape and dtype agree; where the first numbers don't, at once."""
    if got.numel():
        one, other = (it[(0,) * it.dim()].item() for it in (got, expected))
        if abs(one - other) > atol + rtol * abs(other):
            return False
    return torch.allclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)


def _wide(*tensors: torch.Tensor) -> torch.dtype:
    """Return the type in which they are compared."""
    return torch.complex128 if any(it.is_complex() for it in tensors) else torch.float64


def _to(dtype: torch.dtype) -> str:
    if dtype == torch.float32:
        return "so end with `.float()`: the layers and data they meet are float32"
    return f"so end with `.to({dtype})`"


def _is_scalar(tensor: torch.Tensor) -> bool:
    return tensor.dim() == 0 and not tensor.is_complex() and tensor.dtype != torch.bool


def at_largest(tensor: torch.Tensor, errors: torch.Tensor) -> str:
    """Return a tensor's shape, and its value where the error is largest."""
    if tensor.dim() == 0:
        return summary(tensor)
    index = [int(i) for i in np.unravel_index(int(errors.argmax()), errors.shape)]
    return f"{tuple(tensor.shape)}, at {index}: {tensor[tuple(index)].item():.4g}"


def summary(value: Any) -> str:
    """Return a value in a few words: a tensor by its shape and first numbers."""
    if isinstance(value, torch.Tensor):
        if odd := odd_kind(value):
            return f"a {odd} tensor"
        first = ", ".join(f"{number:.4g}" for number in value.detach().flatten()[:3].tolist())
        if value.dim() == 0:
            return first
        more = ", …" if value.numel() > 3 else ""
        return f"{tuple(value.shape)} [{first}{more}]"
    if isinstance(value, (list, tuple)):
        items = list(map(_item, value))
        count = "1 item" if len(items) == 1 else f"{len(items)} items"
        more = ", …" if len(items) > 4 else ""
        return f"{count}: {', '.join(items[:4])}{more}" if items else "no items"
    if isinstance(value, dict):
        value = {k: tuple(v.shape) if isinstance(v, torch.Tensor) else v for k, v in value.items()}
    if isinstance(value, float):
        return f"{value:.6g}"
    text = text_of(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _is_number(value: Any) -> bool:
    kinds = (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and not isinstance(value, bool)


def _item(value: Any) -> str:
    """Return a tensor by its shape, a number, or the kind of anything else."""
    if isinstance(value, torch.Tensor):
        return summary(value) if value.dim() == 0 else str(tuple(value.shape))
    if not _is_number(value):
        return _kind(value)
    try:
        return f"{value:.4g}"
    except OverflowError:
        return "a huge number"


def _of_other_kind(
    what: str, got: Any, where: str, wanted: str, expected: str, found: str
) -> Difference:
    """Return the difference between a value and one of the kind that is wanted."""
    is_known = got is None or type(got) in KNOWN_KINDS
    told = _found(got, where) if is_known else "an object of another kind"
    reason = f"{what} is {_found(got, where)}, not {wanted}"
    return Difference(reason, expected, found, told=f"{what} is {told}, not {wanted}")


def _found(value: Any, where: str) -> str:
    """Return the kind of what was found; None as a whole result comes from a missing `return`."""
    missing = value is None and where == "result"
    return "None (is there a `return`?)" if missing else _kind(value)


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "a numpy array"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, tuple) and len(value) == 1:
        return "a tuple of one (a comma too many?)"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _at(where: str, key: str) -> str:
    return f"gradient with respect to `{key}`" if where == "gradient" else f"{where} `{key}`"
