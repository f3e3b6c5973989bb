"""One mistake costs once: an exercise that calls failing ones is checked again with right ones.

They run in another child, which has the course's own modules. The submission sees their values,
as it would see those of right functions of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from autograder.grading.fresh_cases import FreshBundles
from autograder.sandbox.errors import Misbehaved
from exercise_lib.check.bundle import Bundle
from exercise_lib.check.earlier import add, is_unwritten, mend_first, stood_in
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.result import CheckResult
from exercise_lib.check.score import score
from exercise_lib.check.verdict import all_pass, all_right, points_of

Answer = list[Outcome] | str | Misbehaved  # outcomes of cases, or why there are none
Verdict = CheckResult | str  # or why nothing could be compared
CANT_IMPORT = "The module can't be imported."  # the whole answer to hidden cases
WHOLE = "The whole result is that of what it calls."
GIVEN_AWAY = Outcome(raised=Raised(("NotChecked",), WHOLE, told=WHOLE))


@dataclass(frozen=True)
class Try:
    """What came of running an exercise's cases; a verdict in words only where it is asked for."""

    answer: Answer
    bundle: Bundle  # with the cases that were run
    judge: Callable[[Answer], Verdict]
    sentence: str = ""  # that the verdict says too
    is_helped: bool = False  # whether other parts of the submission were the course's own

    @cached_property
    def verdict(self) -> Verdict:
        """The result with all that is said about it, which takes much longer than `passed`."""
        found = all_right(self.bundle) if self.is_settled else self.judge(self.answer)
        return with_sentence(found, self.sentence) if self.sentence else found

    @cached_property
    def is_settled(self) -> bool:
        """Whether hidden cases alone have all the points, and nothing is to be said of them.

        Those that no public one is named like leave it to these, which may be of another kind.
        """
        return (
            isinstance(self.answer, list)
            and all(it.hidden and it.is_named for it in self.bundle.cases)
            and not any(it.notes for it in self.answer)
            and self.passed
            and score(self.bundle.cases, [True for _ in self.answer]).share == 1
        )

    @cached_property
    def passed(self) -> bool:
        """Whether all is right."""
        if not isinstance(self.answer, list):
            return False
        try:
            return all_pass(self.bundle.cases, self.answer)
        except Exception:  # what can't be compared; the verdict says so
            return False

    @cached_property
    def points(self) -> float:
        """The points of its verdict."""
        if not isinstance(self.answer, list):
            return 0.0
        try:
            return points_of(self.bundle, self.answer)
        except Exception:  # as of `passed`
            return 0.0

    def saying(self, sentence: str) -> Try:
        """Return it with one more sentence in its verdict."""
        return replace(self, sentence=sentence)


class SecondTries:
    """Which try counts for a submission's exercises, each without the mistakes of earlier ones."""

    def __init__(
        self,
        bundles: FreshBundles,
        first: Mapping[str, Try],
        run: Callable[[str, list[str], list[str]], Answer],
        judge: Callable[[Bundle, Answer], Verdict],
        final: dict[str, Try],
    ) -> None:
        """Prepare; nothing is run before it is needed.

        Args:
            first: the exercises that were run already.
            run: runs an exercise's hidden cases, some parts of other exercises being the course's
                own, and some others there by name alone.
            judge: gives the verdict on an answer to the cases of a bundle.
            final: what counts for exercises of other notebooks; others are added.
        """
        self.bundles, self.run, self.judge = bundles, run, judge
        self.first, self.final = dict(first), final
        for exercise in first:
            final.pop(exercise, None)  # of an attempt in which the sandbox died

    def better(self, exercise: str) -> Try:
        """Return what counts for an exercise: that try which gives more points."""
        if exercise not in self.final:
            self.final[exercise] = self.decide(exercise)
        return self.final[exercise]

    def decide(self, exercise: str) -> Try:
        first = self.first.get(exercise) or self.attempt(exercise, [])
        outcomes = first.answer if isinstance(first.answer, list) else []
        # Where hidden cases pass and settle nothing, public ones may fail for what is called.
        if first.is_settled or is_unwritten(self.bundles.exercises[exercise].todo, outcomes):
            return first
        # What can't be imported may lack nothing but another module.
        rejected = isinstance(first.answer, str)
        needed = (self.bundles.imported if rejected else self.bundles.callees)(exercise)
        failing = {name: todo for name, todo in needed.items() if not self.better(name).passed}
        lacks_names = rejected or any(map(lacks_a_name, outcomes))
        is_in_cell = self.bundles.is_in_cell(exercise)
        named = self.not_imported() if lacks_names and is_in_cell else {}
        lent = failing | named
        if not lent:
            return first
        second = self.attempt(exercise, list(failing), first.answer, list(named))
        if second.passed or second.points > first.points:
            return second.saying(stood_in(lent))
        if first.passed or not failing:  # it lacks names for another reason
            return first
        if second.points < first.points or isinstance(second.verdict, str):
            return first.saying(mend_first(lent))
        return second.saying(stood_in(lent))

    def not_imported(self) -> dict[str, str]:
        """Return the exercises of modules that can't be imported, whose names a cell then lacks.

        Of each module one exercise is tried, if none was.
        """
        found: dict[str, str] = {}
        for names in self.bundles.by_module.values():
            known = next((it for it in names if it in self.final), names[0])
            if self.better(known).answer == CANT_IMPORT:
                found |= {it: self.bundles.exercises[it].todo for it in names}
        return found

    def attempt(
        self, exercise: str, others: list[str], before: Answer = "", named: Iterable[str] = ()
    ) -> Try:
        """Run an exercise's cases with other exercises' parts being the course's own.

        Args: named: those of which no more than the names is needed, in modules that lack them.
        """
        own = f"{self.bundles.exercises[exercise].target}.__init__"  # would lend the whole class
        parts = [it for name in others for it in self.bundles.parts(name) if it != own]
        names = [it for name in named for it in self.bundles.parts(name) if it not in parts]
        answer, bundle = self.run(exercise, parts, names), self.bundles.hidden(exercise)
        if others and isinstance(answer, list):
            answer = self.without_what_is_given(exercise, others, answer, before)
        return Try(answer, bundle, partial(self.judge, bundle), is_helped=bool(others or names))

    def without_what_is_given(
        self, exercise: str, others: list[str], outcomes: list[Outcome], before: Answer
    ) -> list[Outcome]:
        """Put those outcomes back for which it was enough to return what another part returns."""
        calls = self.bundles.calls(exercise)
        own = before if isinstance(before, list) else [GIVEN_AWAY for _ in calls]
        return [
            (GIVEN_AWAY if own[number].raised else own[number])
            if any(calls[number].get(it) for it in others)
            else outcomes[number]
            for number in range(len(calls))
        ]


def lacks_a_name(outcome: Outcome) -> bool:
    """Whether a call ended where a name was not defined."""
    return outcome.raised is not None and "NameError" in outcome.raised.types


def with_sentence(verdict: Verdict, sentence: str) -> Verdict:
    """Return a verdict with one more sentence."""
    if isinstance(verdict, str):
        return f"{verdict} {sentence}"
    add(verdict, sentence)
    return verdict
