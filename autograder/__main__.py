"""`python -m autograder`: build, release, grade, feedback, export, demo, lecture, preview."""

import os
import sys
from pathlib import Path

# What a PYTHONPATH names would stand in for what is installed, here and in all that is started.
ROOT = str(Path(__file__).resolve().parent.parent)
named = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
outside = {os.path.abspath(it) for it in named if it}
sys.path[:] = [ROOT, *(it for it in sys.path if it not in outside)]

from autograder import quick_end, quick_nbgrader  # noqa: F401, I001  # before nbgrader
from autograder.sandbox import quick_imports  # noqa: F401  # before all that needs jsonschema
from autograder.cli import app

quick_end.run(app)
