"""What is given of an exercise earns nothing: its TODO is to be done."""

import ast
import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import toy_solved
from toy_solved import EXERCISES, bundles_of

from autograder.exercise import Exercise
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge

pytestmark = toy_solved.GROUP
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION\n", re.DOTALL | re.MULTILINE)
IN_MODULES = [it for it in EXERCISES.values() if it.target.startswith("exercise_lib.")]
ANSWERS = "return None", "pass", "raise ValueError('wrong shape')"


def hollow(exercise: Exercise, answer: str) -> object:
    """Return the target of an exercise with something in place of each part of its solution."""
    solved = importlib.import_module(exercise.solution.__module__)
    text = Path(solved.__file__).read_text(encoding="utf-8")
    name = exercise.target.partition(":")[2]
    [node] = [it for it in ast.parse(text).body if getattr(it, "name", "") == name]
    lines = text.splitlines(keepends=True)
    own = "".join(lines[node.lineno - 1 : node.end_lineno])
    rest = "".join(lines[node.end_lineno :])  # END SOLUTION may come after the last statement
    end, found = rest.partition("### END SOLUTION\n")[:2]
    if not end.strip():
        own, rest = own + end + found, rest[len(end + found) :]
    changed = SOLUTION.sub(rf"\1{answer}\n", own)
    assert changed != own
    module = ModuleType(f"{solved.__name__}_hollow")
    module.__package__, sys.modules[module.__name__] = solved.__package__, module
    try:
        exec("".join(lines[: node.lineno - 1]) + changed + rest, module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return getattr(module, name)


@pytest.mark.parametrize("exercise", IN_MODULES, ids=lambda it: it.id)
def test_a_hollow_answer_keeps_nothing(exercise):
    for answer in ANSWERS:
        target = hollow(exercise, answer)
        for bundle in bundles_of(exercise):
            result = judge(bundle, bundle.cases, [run_case(target, it.case) for it in bundle.cases])
            assert result == 0, f"{answer}\n{result}"
