"""An `exercise_lib` with the solutions in place of the one with gaps."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.builder.solved import assemble_solved
from autograder.paths import REPOSITORY


@contextmanager
def solved_modules() -> Iterator[None]:
    """Let `import exercise_lib` find the solutions as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        assemble_solved(REPOSITORY, Path(folder))
        forget_imported()
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            sys.path.remove(folder)
            forget_imported()


def forget_imported() -> None:
    """Have the next import of `exercise_lib` look for it again."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "exercise_lib"]:
        del sys.modules[name]
