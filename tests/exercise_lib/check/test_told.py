"""Whatever code chooses to do with a hidden case, what is said of it is the same."""

import pytest
import torch

from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge

X = torch.tensor([[1.0, -2.0, 3.5], [0.25, 5.0, -7.0]])


def made(name: str) -> object:
    return type(name, (), {})()


def raising(name: str) -> object:
    raise type(name, (Exception,), {})(name)


def saying(text: str) -> object:
    raise ValueError(text)


EXPECTED = {
    "a tensor": lambda x: 2 * x,
    "a dict": lambda x: {"loss": x.sum(), "parts": x},
    "a list": lambda x: [x, x + 1],
    "a number": lambda x: float(x.sum()),
    "a string": lambda x: "blue",
    "an exception": lambda x: saying("x is negative"),
}
CHOICES = {  # what code can choose -> what it does with one choice and with another
    "a type": (lambda x: made("Xabc"), lambda x: made("Xdef")),
    "an exception": (lambda x: raising("Xabc"), lambda x: raising("Xdef")),
    "keys": (lambda x: {"abc": x}, lambda x: {"def": x, "ghi": x}),
    "more keys": (
        lambda x: {"loss": x.sum(), "parts": x, "abc": 1},
        lambda x: {"loss": x.sum(), "parts": x, "def": 1, "ghi": 2},
    ),
    "a rank": (lambda x: x[None], lambda x: x[(None,) * 7]),
    "a size": (lambda x: x.new_ones(5, 3, 2), lambda x: x.new_ones(77, 3, 2)),
    "a number of items": (lambda x: [x] * 3, lambda x: [x] * 9),
    "a string": (lambda x: "abc", lambda x: "raises def"),
    "a number": (lambda x: 12345.0, lambda x: -6e77),
    "numbers": (lambda x: 2 * x + 12.5, lambda x: 2 * x - 6e7),
    "infinities": (lambda x: x / (x > 0), lambda x: x / (x > 4)),
    "a message": (lambda x: saying("it is a abc, not a tensor"), lambda x: saying("it is a def")),
    "a work that is left": (lambda x: todo("abc"), lambda x: todo("def")),
    "a kind": (lambda x: {1, 2}, lambda x: x > 0 if x.dim() > 9 else range(3)),
    "what is printed": (lambda x: print("abc"), lambda x: print("def", "ghi")),
}


def todo(text: str) -> object:
    raise NotImplementedError(f"TODO {text}")


def said(expected, function, hidden: bool) -> str:
    """Return what is said of a hidden or a public case."""
    case = Case("x", args={"x": X}, raises=("ValueError",) * (expected is EXPECTED["an exception"]))
    solved = SolvedCase(case, run_case(expected, case), {}, hidden=hidden)
    bundle = Bundle("toy", "Toy", "notebook", "1", 1.0, {}, [solved])
    return judge(bundle, [solved], [run_case(function, case)]).as_html()


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("expected", EXPECTED)
def test_no_choice_is_told(expected, choice):
    one, other = (said(EXPECTED[expected], it, hidden=True) for it in CHOICES[choice])
    assert one == other


def test_all_is_told_of_public_cases():
    texts = {said(EXPECTED["a dict"], it, hidden=False) for it in CHOICES["keys"]}
    assert len(texts) == 2 and any("abc" in it for it in texts)


def test_exceptions_of_python_keep_their_names():
    assert "raises IndexError" in said(EXPECTED["a tensor"], lambda x: x[9], hidden=True)
    own = said(EXPECTED["a tensor"], lambda x: raising("IndexErrors"), hidden=True)
    assert "raises an exception of your own" in own


def test_what_the_grader_says_itself_is_told():
    case = Case("x", args={"x": X})
    solved = SolvedCase(case, Outcome(X), {}, hidden=True)
    bundle = Bundle("toy", "Toy", "notebook", "1", 1.0, {}, [solved])
    raised = Outcome(raised=Raised(("Given",), "", told="The result is given away."))
    assert "The result is given away." in judge(bundle, [solved], [raised]).as_html()
