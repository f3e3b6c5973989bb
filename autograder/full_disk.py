"""Tell a full disk from other failures."""

import errno
import re

SAID = re.compile(r"\[Errno (28|122)\]|database or disk is full")


def is_full(error: BaseException) -> bool:
    """Whether an error is that of a full disk or a used-up quota, however it was passed on."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or bool(SAID.search(str(error)))
