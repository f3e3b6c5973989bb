"""Two children of the sandbox: a student's, and one with the course's own modules that helps it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from autograder.sandbox.errors import Misbehaved
from autograder.sandbox.protocol import Tensors
from autograder.sandbox.sandbox import Child

TOO_LONG = "It ran for more than {:.0f} s and was stopped. Look for endless loops."


class Helped(Child):
    """A student's child of which some parts are done by another child; it sees values alone."""

    def __init__(
        self,
        student: Child,
        helper: Child,
        modules: Mapping[str, str],
        parts: list[str],
        seconds: float,
    ) -> None:
        """Join the two.

        Args:
            modules: the course's own, `exercise_lib.mel` -> its text.
            parts: of these, such as `exercise_lib.mel:frame`.

        Raises: Misbehaved where the student's modules end the child.
        """
        super().__init__(student.channel, student.limits)
        self.helper = helper
        helper.ask({"do": "lend", "modules": modules, "parts": parts}, {}, seconds)
        self.ask({"do": "borrow", "parts": parts}, {}, seconds)

    def ask(
        self, request: Mapping[str, Any], tensors: Tensors, seconds: float
    ) -> tuple[dict[str, Any], Tensors]:
        """Return the answer to one request, and hand on meanwhile what the two ask each other.

        Raises: Misbehaved when it takes too long, or one of the two has ended.
        """
        deadline = time.monotonic() + seconds
        answer, results = super().ask(request, tensors, seconds)
        while "peer" in answer:
            for child in (self.helper.ask, super().ask):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Misbehaved(TOO_LONG.format(seconds))
                answer, results = child({"do": "peer", "message": answer["peer"]}, results, left)
        return answer, results
