"""Imported first, this lets a process end at once: it doesn't take apart what it has imported.

With torch and nbgrader, Python takes up to a second for that. Whatever else is to be done when a
process ends is done before.
"""

import atexit
import os
import sys
from collections.abc import Callable

FAILED = 1
UNSAID = 120  # what Python ends with where the last words could not be written

status = 0  # with which this process ends


def run(program: Callable[[], object]) -> None:
    """Run a whole program, and have the process end with its status."""
    global status
    status = FAILED
    try:
        program()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else FAILED if error.code else 0
        raise


def end() -> None:
    """Say what is still to be said, and end."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        os._exit(UNSAID)
    os._exit(status)


atexit.register(end)  # what is registered first is called last
