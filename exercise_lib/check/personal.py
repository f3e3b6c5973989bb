"""Personal exercises: the student number that comes with an answer chooses the case it must fit.

The public bundle has one case, for practice, and the hidden one a case for each variant of the
input. So nothing that students get holds an answer that earns points.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.compare import agree_outcomes, summary
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.tree import leaves

PERSONAL = "personal"  # the target of such an exercise
PRACTICE = "practice"  # in place of a number: the input whose answer students' checks know
NUMBER = re.compile(r"[a-z0-9][a-z0-9._@-]{2,39}")
TWO_THINGS = "Return two things, the student number you typed and your answer: (student, answer)."
NO_NUMBER = "Type your student number, in quotes: three or more letters, digits or . _ @ -"
STILL_PRACTICE = "Only your own input earns points: type your student number, not 'practice'."
PRACTISED = "Right for practice. Now type your own student number: only that earns points."
COULD_BE = "This could be right. Only grading finds out whether it is, and earns the points."
OF_ANOTHER = (
    "This would be right for another student number, not for {number}. Was the number changed "
    "after the answer was worked out? Work it out again from your own input."
)
OF_PRACTICE = (
    "This is right for practice, and not for {number}. Work it out again from your own input."
)


def student_number(typed: object) -> str:
    """Return a student number as numbers are compared, in small letters and without spaces.

    Raises: ValueError where nothing is typed that could be one.
    """
    number = "".join(typed.split()).casefold() if isinstance(typed, str) else ""
    if not NUMBER.fullmatch(number):
        raise ValueError(NO_NUMBER)
    return number


def variant(number: str, count: int) -> int:
    """Return which of `count` variants a student number has: the same on every computer."""
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:8], "big") % count


def calls_of(target: str, cases: list[SolvedCase]) -> list[Case]:
    """Return what an exercise's target is called with: each case or, when personal, nothing."""
    return [Case("your answer")] if target == PERSONAL else [it.case for it in cases]


@dataclass(frozen=True)
class Own:
    """A personal answer, the case it must fit, and what there is to say about the two."""

    number: str
    case: SolvedCase
    outcome: Outcome
    message: str = ""
    counts: bool = True  # whether it can earn points

    @property
    def name(self) -> str:
        """What the table of results calls this case."""
        if not self.counts:
            return "the input for practice"
        return f"the input of {self.number}" if self.case.hidden else "the form of your answer"


def own_case(cases: list[SolvedCase], outcome: Outcome) -> Own:
    """Return the case that counts for what a personal exercise's function returned.

    Args: cases: the one for practice, and when grading those of all variants.

    Raises: ValueError with a sentence for the student, where no case can be chosen.
    """
    practice, *variants = cases
    if not isinstance(outcome.value, (tuple, list)) or len(outcome.value) != 2:
        raise ValueError(TWO_THINGS)
    number = student_number(outcome.value[0])
    outcome = replace(outcome, value=outcome.value[1])
    if number == PRACTICE:
        if variants:
            raise ValueError(STILL_PRACTICE)
        right = fits(practice, outcome)
        return Own(number, practice, outcome, PRACTISED if right else "", counts=False)
    if not variants:
        form = form_of(practice, outcome)
        return Own(number, form, outcome, COULD_BE if fits(form, outcome) else "")
    own = variants[variant(number, len(variants))]
    message = ""
    if not fits(own, outcome):
        if fits(practice, outcome):
            message = OF_PRACTICE.format(number=number)
        elif any(fits(it, outcome) for it in variants):
            message = OF_ANOTHER.format(number=number)
    return Own(number, own, outcome, message)


def fits(solved: SolvedCase, outcome: Outcome) -> bool:
    """Whether an answer is the one expected in a case."""
    case = solved.case
    return agree_outcomes(solved.expected, outcome, case.rtol, case.atol)


def form_of(practice: SolvedCase, outcome: Outcome) -> SolvedCase:
    """Return a case that any answer of the right form fits, whatever its numbers or choices are.

    Raises: ValueError for a number outside `options["range"]` of the case, or for an answer that is
        no dict of `options["choices"]`, names and what can be chosen for each.
    """
    if "choices" in practice.case.options:
        check_choices(outcome.value, practice.case.options["choices"])
        return replace(practice, expected=outcome, wrong={})
    low, high = practice.case.options["range"]
    for leaf in leaves(outcome.value):
        if isinstance(leaf, (int, float)) and not low <= leaf <= high:
            raise ValueError(
                f"{summary(leaf)} can't be right: only {low:g} to {high:g} can. Are your numbers "
                "in the unit that is asked for?"
            )
    case = replace(practice.case, rtol=0.0, atol=math.inf)
    return replace(practice, case=case, wrong={})


def check_choices(answer: object, choices: Mapping[str, Sequence[str]]) -> None:
    """Raise ValueError where an answer is no dict with one of the choices for each name."""
    if not isinstance(answer, dict) or set(answer) != set(choices):
        raise ValueError(f"Your answer is a dict of {', '.join(choices)}, one choice for each.")
    for name, choice in answer.items():
        if choice not in choices[name]:
            listed = ", ".join(map(repr, choices[name]))
            raise ValueError(f"{summary(choice)} is no choice for {name!r}. There are {listed}.")
