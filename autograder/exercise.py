"""An exercise is data: what to call, the cases, and the mistakes a teacher has seen before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from exercise_lib.check.bundle import SECONDS
from exercise_lib.check.case import HANDED_OUT, Case

HARDEST = 3
FORMULA_IS_RIGHT = "The formula is right: only bad input or silence is answered wrongly."

CaseMaker = Callable[[np.random.Generator, bool], list[Case]]


@dataclass(frozen=True)
class Misconception:
    """A wrong variant of the solution and the sentence a teacher would say about it."""

    name: str
    sentence: str
    variant: Any  # a function or class used in place of the solution
    mild: str = ""  # why it may keep two thirds of the points or more
    neighbour_of: str = ""  # the misconception under whose name and sentence it is reported

    @property
    def reported_as(self) -> str:
        return self.neighbour_of or self.name


@dataclass
class Exercise:
    """One exercise; the decorators below add its cases, misconceptions and other solutions.

    With the target "personal", an answer cell's function takes nothing and returns a student number
    and the answer for that student's own input. `solution` and the wrong variants take the input.
    The public case is for practice; the hidden ones are the variants of the input, always the same.
    """

    id: str
    title: str
    target: str  # "exercise_lib.module:attribute", or "notebook" for an answer cell's function
    solution: Any
    todo: str
    points: float
    difficulty: int  # 1: a line or two, 2: several steps, 3: easy to get wrong
    minutes: int  # that it is likely to take
    seconds: float = SECONDS  # that its public cases may take, and its hidden ones as well
    notebook: str = ""  # its lab's, set when the lab is read
    handed_out: Any = None  # the broken code that a debugging task hands out, set likewise
    make_cases: CaseMaker | None = None
    misconceptions: list[Misconception] = field(default_factory=list)
    variants: list[Any] = field(default_factory=list)

    @property
    def wrong(self) -> list[Misconception]:
        """The misconceptions, and the code that a debugging task hands out."""
        broken = [Misconception(HANDED_OUT, "", self.handed_out)] if self.handed_out else []
        return self.misconceptions + broken

    def cases(self, maker: CaseMaker) -> CaseMaker:
        """Decorate the function that makes the cases from a random generator.

        It is called with `hidden=False` for the cases students see and with another seed and
        `hidden=True`, which should choose other shapes, for those only the grader has.
        """
        self.make_cases = maker
        return maker

    def misconception(self, sentence: str, mild: str = "") -> Callable[[Any], Any]:
        """Decorate a wrong variant of the solution with what a teacher would say about it.

        Args: mild: why it may keep two thirds of the points or more; the build refuses others.
        """

        def register(variant: Any) -> Any:
            self.misconceptions.append(Misconception(variant.__name__, sentence, variant, mild))
            return variant

        return register

    def neighbour(self, misconception: Any, mild: str = "") -> Callable[[Any], Any]:
        """Decorate another wrong variant of which a misconception's sentence is as true.

        Args: misconception: a wrong variant declared above. mild: as for `misconception`.
        """
        [first] = [it for it in self.misconceptions if it.variant is misconception]

        def register(variant: Any) -> Any:
            neighbour = Misconception(
                variant.__name__, first.sentence, variant, mild, neighbour_of=first.name
            )
            self.misconceptions.append(neighbour)
            return variant

        return register

    def also_correct(self, variant: Any) -> Any:
        """Decorate a correct solution written differently; tests prove that it passes."""
        self.variants.append(variant)
        return variant
