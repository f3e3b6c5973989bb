"""Whatever a child sends, comparing it and saying what is wrong takes no longer than a moment."""

import time

import pytest
import torch

from autograder.grading.notebook import read_outcomes
from autograder.sandbox.errors import Misbehaved
from autograder.sandbox.limits import Limits
from autograder.sandbox.protocol import pack, unpack
from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.verdict import judge

CASES = 10
NOTHING = {"dict": []}
EXPECTED = {
    "matrices": lambda: torch.randn(3, 40, 50),
    "vectors": lambda: torch.randn(4000),
    "pairs": lambda: [torch.randn(4000), 0],
}
SENT = {
    "floats": lambda: torch.randn(1_590_000),
    "an axis more": lambda: torch.randn(3, 40, 50, 265),
    "an axis of bytes more": lambda: torch.randint(0, 9, (3, 40, 50, 1000), dtype=torch.uint8),
    "a longer axis": lambda: torch.randint(0, 9, (3, 40, 50_000), dtype=torch.uint8),
}


def answered(values: list, tensors: dict) -> list[Outcome]:
    """Return the outcomes that a child sends with these values."""
    message = [
        {
            **{"value": it, "gradients": NOTHING, "raised": None},
            **{"mutated": [], "notes": [], "left": NOTHING},
        }
        for it in values
    ]
    text, arrays = pack({"outcomes": message}, tensors)
    assert len(text) + len(arrays) <= Limits().message
    return read_outcomes(*unpack(text, arrays), len(values))


@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("expected", EXPECTED)
def test_large_results_are_judged_in_a_moment(expected, sent):
    values = [EXPECTED[expected]() for _ in range(CASES)]
    cases = [
        SolvedCase(Case(f"case {it}", args={"x": torch.randn(3)}), Outcome(value), {}, it > 4)
        for it, value in enumerate(values)
    ]
    tensors = {str(it): SENT[sent]() for it in range(CASES)}
    written = [{"tensor": it} for it in tensors]
    outcomes = answered([[it, 0] if expected == "pairs" else it for it in written], tensors)
    start = time.process_time()
    result = judge(Bundle("toy", "Toy", "notebook", "1", 1.0, {}, cases), cases, outcomes)
    assert len(result.as_html()) < 20_000 and result == 0
    assert time.process_time() - start < 1


@pytest.mark.parametrize("value", [{"tensor": "0"}, {"array": "0"}])
def test_no_tensor_stands_for_several_results(value):
    tensors = {"0": torch.zeros(3)}
    assert len(answered([value], tensors)) == 1
    with pytest.raises(Misbehaved, match="without its tensor"):
        answered([value, value], tensors)
    with pytest.raises(Misbehaved, match="without its tensor"):
        answered([[value] * 2], tensors)
