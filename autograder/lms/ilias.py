"""ILIAS: names of the folders in its download of an exercise's submissions."""

import re

from autograder.lms.system import System


class Ilias(System):
    layout = re.compile(r"(?P<name>[^_]+_[^_]+)_.+_(?P<number>[0-9]{1,12})")


ILIAS = Ilias()
