"""What is left of a merge that nobody finished."""

import re

MERGE_CONFLICT = (
    "a merge conflict is left in it: keep one version and delete the lines of <, = and >."
)


def has_merge_conflict(source: str) -> bool:
    """Whether the marks of two versions stand in a text."""
    return bool(re.search(r"^<{7} ", source, re.MULTILINE))
