"""What nbgrader has to know about this course, for its own commands and for ours alike."""

import os
import sys
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)
from traitlets.config import Config

from autograder.execute import ExecuteOrExplain
from autograder.repository import ASSIGNMENT, Course, Repository
from autograder.strip import configure_stripping

COURSE_ID = "text_to_speech"
CELL_SECONDS = 60  # an import on a cold, busy machine takes 20

CONFIG_FILE = '''\
"""nbgrader's configuration of this course, written by `python -m autograder build`."""

import sys
from pathlib import Path

sys.path.insert(0, {package!r})

from autograder.nbgrader_settings import configure
from autograder.repository import Course, Repository

configure(get_config(), Repository(Path({repository!r})), Course(Path(__file__).resolve().parent))
'''


def configure(config: Config, repository: Repository, course: Course) -> None:
    """Fill nbgrader's configuration and set the environment its kernels inherit."""
    os.environ["EXERCISE_HIDDEN"] = str(repository.hidden)
    put_commands_on_path()
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = COURSE_ID
    config.Exchange.root = str(course.exchange)
    config.Exchange.cache = str(course.root / "cache")
    configure_stripping(config)

    # The student's modules survive autograding, every other file is the source's again.
    # Only exact paths match.
    config.Autograde.exclude_overwriting = {ASSIGNMENT: repository.student_modules}
    config.OverwriteCells.add_missing_cells = True
    config.FileNameCollectorPlugin.valid_ext = [".ipynb", ".py"]

    configure_execution(config)
    config.Autograde.autograde_preprocessors = [
        ExecuteOrExplain,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]


def configure_execution(config: Config) -> None:
    """Set how notebooks are run: how long a cell may take, and no plain text over TCP."""
    config.Execute.timeout = CELL_SECONDS
    config.KernelManager.transport_encryption = "auto"


def course_config(repository: Repository, course: Course) -> Config:
    """Return the configuration for nbgrader's API."""
    config = Config()
    configure(config, repository, course)
    return config


def put_commands_on_path() -> None:
    """Let nbgrader find `alembic`, which it runs when it first opens a gradebook."""
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", "")])
