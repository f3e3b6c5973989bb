"""Let a function speak with toy language models of codes."""

from __future__ import annotations

from functools import partial
from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.codes import toy_draw, toy_predict, toy_say, toy_turns
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with what says and draws codes, or what predicts a further book.

    Options: model: "books" for the latter; "writer" for a function that is given its models, of
    which `choose` is made anew by the argument of this name; turns: where draws by turns begin.
    """
    options = case.options
    if options.get("model") == "writer":
        return called(target, args | {"choose": args["choose"]()})
    if options.get("model") == "books":
        return called(partial(target, toy_predict), args)
    draw = toy_turns(options["turns"]) if "turns" in options else toy_draw
    return called(partial(target, toy_say, draw), args)
