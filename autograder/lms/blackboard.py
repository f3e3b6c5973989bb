"""Blackboard: names in its download of an assignment's files.

A name tells the assignment and the user, and both may hold underscores: so the two together stand
for the student.
"""

import re

from autograder.lms.system import System
from autograder.submissions.files import Refused
from autograder.submissions.participants import Participant

ATTEMPT = r"_attempt_(?P<attempt>[0-9]{4}(?:-[0-9]{2}){5})"


class Blackboard(System):
    layout = re.compile(rf"(?P<number>.+?){ATTEMPT}(?:_(?P<file>.+)|\.txt)")

    def read_name(self, name: str) -> tuple[Participant, str] | None:
        if len(re.findall(ATTEMPT, name)) > 1:
            raise Refused("its name could be that of two attempts")
        return super().read_name(name)


BLACKBOARD = Blackboard()
