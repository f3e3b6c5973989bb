"""Let a function speak with toy language models of codes."""

from __future__ import annotations

from functools import partial
from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.codes import toy_draw, toy_predict, toy_say
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with what says and draws codes, or what predicts a further book.

    Options: model: "books" for the latter.
    """
    models = (toy_predict,) if case.options.get("model") == "books" else (toy_say, toy_draw)
    return called(partial(target, *models), args)
