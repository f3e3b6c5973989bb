"""Whether two reference bundles say the same; another processor may round a sum otherwise."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import torch

from exercise_lib.check.bundle import Bundle, BundleError, read_bundle

TOLERANCE = 1e-5  # of a tensor's largest value; two threads for one change 6e-7


def same_bundle(a: Path, b: Path) -> bool:
    """Compare two bundle files: text but for exceptions' exactly, numbers within TOLERANCE."""
    if not (a.exists() and b.exists()):
        return a.exists() == b.exists()
    if a.read_bytes() == b.read_bytes():
        return True
    try:
        first, second = (read_bundle(path.stem, path.parent) for path in (a, b))
    except BundleError:  # one is damaged, or of an older format
        return False
    if len(first.cases) != len(second.cases) or not same_wrong(first, second):
        return False
    return same_tree(*(dataclasses.asdict(without_wrong(it)) for it in (first, second)))


def same_wrong(first: Bundle, second: Bundle) -> bool:
    """Whether each wrong program does the same in some case, and in each case the same ones fail.

    Rounding decides ties and phases of pi, so a wrong gradient or angle may be another one here and
    there; a program that was changed is another one in every case.
    """
    agree: dict[str, bool] = {}
    for a, b in zip(first.cases, second.cases, strict=True):
        if a.wrong.keys() != b.wrong.keys():
            return False
        for name, outcome in a.wrong.items():
            same = same_tree(dataclasses.asdict(outcome), dataclasses.asdict(b.wrong[name]))
            agree[name] = agree.get(name, False) or same
    return all(agree.values())


def without_wrong(bundle: Bundle) -> Bundle:
    """Return a bundle without what wrong programs return."""
    cases = [dataclasses.replace(it, wrong={}) for it in bundle.cases]
    return dataclasses.replace(bundle, cases=cases)


def same_tree(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and same_numbers(a.double(), b.double())
    if isinstance(a, dict):
        texts = {"message"} if "raised_by" in a else set()  # of an exception: torch words it
        return a.keys() == b.keys() and all(same_tree(a[key], b[key]) for key in a.keys() - texts)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same_tree, a, b))
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=TOLERANCE) or (math.isnan(a) and math.isnan(b))
    return a == b


def same_numbers(a: torch.Tensor, b: torch.Tensor) -> bool:
    finite = b[b.isfinite()].abs()
    scale = float(finite.max()) if finite.numel() else 0.0
    return torch.allclose(a, b, rtol=0, atol=TOLERANCE * scale, equal_nan=True)
