"""Call one method of a module."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import torch

from exercise_lib.check.case import Case
from exercise_lib.check.parameters import fill_parameters
from exercise_lib.check.probes import call
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Do as `module` does, but call `options["method"]`, and let every dropout pass its input.

    Dropout that is on in evaluation mode too would draw other numbers on another processor.
    """
    instance = target(**case.init).eval()
    fill_parameters(instance)
    with without_dropout():
        return call.probe(getattr(instance, case.options["method"]), args, case)


def without_dropout() -> AbstractContextManager[Any]:
    """Let every dropout pass its input."""
    return mock.patch.object(torch.nn.functional, "dropout", lambda input, *_, **__: input)
