"""`python -m autograder` on another course: `python -m benchmarks.commands COURSE COMMAND ...`."""

from autograder import quick_end, quick_nbgrader  # noqa: F401, I001  # before nbgrader
from autograder.sandbox import quick_imports  # noqa: F401  # first, as in autograder.__main__
import sys
from pathlib import Path

from autograder import cli
from autograder.paths import ROOT, Repository


class RepositoryOfAnotherCourse(Repository):
    """This checkout with its course elsewhere."""

    course = Path()


if __name__ == "__main__":
    RepositoryOfAnotherCourse.course = Path(sys.argv.pop(1))
    cli.here.repository = RepositoryOfAnotherCourse(ROOT)
    quick_end.run(cli.app)
