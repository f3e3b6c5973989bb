"""Nobody answers `input()` in a check: only what depends on the answer is lost, and it is said."""

import builtins
import importlib
import sys

import pytest

import exercise_lib
from exercise_lib.check.case import Case
from exercise_lib.check.own_modules import REMARKS
from exercise_lib.check.questions import WHAT_TO_DO
from exercise_lib.check.run import run_case
from exercise_lib.check.target import load_target

CASE = Case("a number", {"x": 2.0})
NAME = "exercise_lib.toy_asking"


@pytest.fixture
def target(tmp_path, monkeypatch):
    """Write a module of the student's; return a target in it."""
    monkeypatch.setattr(exercise_lib, "__path__", [*exercise_lib.__path__, str(tmp_path)])
    asked = []
    monkeypatch.setattr(builtins, "input", lambda *_: asked.append(1) or "3")

    def write(text):
        (tmp_path / "toy_asking.py").write_text(
            f'"""Mine."""\nfrom __future__ import annotations\n{text}'
        )
        return f"{NAME}:double"

    yield write
    assert not asked and builtins.input() == "3"
    for gone in (sys.modules, REMARKS):
        gone.pop(NAME, None)
    vars(exercise_lib).pop("toy_asking", None)


@pytest.mark.parametrize(
    "question",
    [
        "n = int(input('n? '))",
        "while True:\n    n = input()",
        "def main():\n    return input()\nmain()",
        "try:\n    n = int(input())\nexcept ValueError:\n    n = 3",
        "print(input(), end='')",
    ],
)
def test_a_statement_that_asks_is_left_out_and_named(target, question):
    load = target(f"{question}\nK = 2\ndef double(x):\n    return K * x\n")
    outcome = run_case(load_target(load), CASE)
    assert outcome.value == 4
    [note] = outcome.notes
    assert note.startswith("Left out: toy_asking.py, line ") and note.endswith(f"; {WHAT_TO_DO}.")


@pytest.mark.parametrize(
    "question", ["n = eval('input()')", "ask = getattr(builtins, 'in' 'put')\nask()"]
)
def test_a_statement_that_asks_by_another_name_is_left_out_too(target, question):
    load = target(f"import builtins\n{question}\ndef double(x):\n    return 2 * x\n")
    outcome = run_case(load_target(load), CASE)
    assert outcome.value == 4 and outcome.notes[0].startswith("Left out: ")


def test_what_depends_on_it_is_lost(target):
    load = target("n = int(input())\ndef double(x):\n    return n * x\n")
    outcome = run_case(load_target(load), CASE)
    assert outcome.raised.type == "NameError" and WHAT_TO_DO in outcome.notes[0]


def test_an_import_in_a_notebook_asks_nobody_either(target):
    target("n = int(input())\ndef double(x):\n    return 2 * x\n")
    assert importlib.import_module(NAME).double(2) == 4


def test_a_call_that_asks_says_so_with_its_line(target):
    load = target("def double(x):\n    return float(input()) * x\n")
    raised = run_case(load_target(load), CASE).raised
    assert (raised.type, raised.message, raised.line) == ("NobodyAnswers", WHAT_TO_DO, 4)


def test_code_that_can_do_without_an_answer_does(target):
    asked = (
        "def asked():\n    try:\n        return input()\n    except EOFError:\n        return 2\n"
    )
    load = target(f"{asked}K = asked()\ndef double(x):\n    return K * x\n")
    outcome = run_case(load_target(load), CASE)
    assert outcome.value == 4 and outcome.notes == ()


@pytest.mark.parametrize("wrong", ["n = = input()", "return input()", "def f(:\n    input()"])
def test_a_syntax_error_keeps_its_line(target, wrong):
    with pytest.raises(SyntaxError) as found:
        load_target(target(f"{wrong}\n"))
    assert found.value.lineno == 3 and wrong.startswith(found.value.text.split("\n")[0].strip()[:6])
