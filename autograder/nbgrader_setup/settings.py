"""What nbgrader has to know about this course, for its own commands and for ours alike."""

import os
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
)
from traitlets.config import Config, PyFileConfigLoader

from autograder.cells import SKIP_TAG
from autograder.errors import BuildError
from autograder.nbgrader_setup.execute import ExecuteOrExplain
from autograder.nbgrader_setup.late_penalty import configure_penalties
from autograder.nbgrader_setup.offline import OfflineExporter, markdown_to_html
from autograder.nbgrader_setup.rubric import with_rubrics
from autograder.nbgrader_setup.save import SaveGrades
from autograder.nbgrader_setup.strip import configure_stripping
from autograder.paths import OWN_CONFIG, Course, Repository, student_modules
from exercise_lib.environment.variables import HIDDEN_VARIABLE
from exercise_lib.files.names import MANIFEST

COURSE_ID = "text_to_speech"
CELL_SECONDS = 60  # an import on a cold, busy machine takes 20

CONFIG_FILE = '''\
"""nbgrader's configuration of this course, written by `python -m autograder build`.

Settings of your own stay in `own_config.py` beside this file.
"""

import sys
from pathlib import Path

sys.path.insert(0, {package!r})

from autograder.nbgrader_setup.settings import configure
from autograder.paths import Repository

configure(get_config(), Repository(*map(Path, {folders!r})), Path(__file__).resolve().parent)
'''


def configure(config: Config, repository: Repository, root: Path) -> None:
    """Fill nbgrader's configuration and prepare the environment its kernels inherit.

    Args: root: the folder of the course, with all of its assignments.
    """
    prepare_environment(repository.hidden)
    config.ExecuteOrExplain.hidden = str(repository.hidden)
    config.SaveGrades.root = str(root)
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = COURSE_ID
    config.Exchange.root = str(root / "exchange")
    config.Exchange.cache = str(root / "cache")
    configure_stripping(config)

    # The student's modules survive autograding, every other file is the source's again.
    # Only exact paths match.
    config.Autograde.exclude_overwriting = {
        it.name: student_modules(it)
        for it in sorted((root / "source").glob("*/"))
        if (it / MANIFEST).exists()  # an instructor may have other assignments in the course
    }
    config.OverwriteCells.add_missing_cells = True
    config.FileNameCollectorPlugin.valid_ext = [".ipynb", ".py"]

    configure_execution(config)
    configure_autograding(config)
    configure_penalties(config, repository)
    config.HTMLExporter.filters = {"markdown2html": with_rubrics(root)}  # formgrader's
    config.OfflineExporter.filters = {"markdown2html": markdown_to_html}  # of feedback
    config.GenerateFeedback.exporter_class = OfflineExporter
    config.merge(read_own_config(root))


def read_own_config(root: Path) -> Config:
    """Return the instructor's settings of a course, which come after all that is set here.

    Raises: BuildError where they can't be read, or move what the grader has to find in its place.
    """
    path = root / OWN_CONFIG
    if not path.exists():
        return Config()
    try:
        own = PyFileConfigLoader(path.name, path=str(root)).load_config()
    except Exception as error:  # whatever the file raises
        raise BuildError(f"{path} can't be used: {type(error).__name__}: {error}") from error
    places = {"root", "db_url", "directory_structure"}
    for name in own.get("CourseDirectory", {}):
        if name in places or name.endswith("_directory"):
            raise BuildError(f"{path}: CourseDirectory.{name} can't be set, the grader needs it")
    return own


def configure_autograding(config: Config) -> None:
    """Let nbgrader's autograder explain a notebook that could not be run to its end."""
    config.Autograde.autograde_preprocessors = [
        ExecuteOrExplain,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]


def configure_execution(config: Config) -> None:
    """Set how notebooks are run: what is left out, how long a cell may take, encrypted sockets."""
    config.Execute.timeout = CELL_SECONDS
    config.Execute.skip_cells_with_tag = SKIP_TAG
    config.KernelManager.transport_encryption = "auto"


def course_config(repository: Repository, course: Course) -> Config:
    """Return the configuration for nbgrader's API."""
    config = Config()
    configure(config, repository, course.root)
    return config


def prepare_environment(hidden: Path) -> None:
    """Set what the grader's kernels and nbgrader's child processes inherit.

    Args: hidden: the folder with the hidden cases of an assignment.
    """
    os.environ[HIDDEN_VARIABLE] = str(hidden)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # tensors this small gain nothing from more
    os.environ.pop("PYTHONPATH", None)  # it comes before a kernel's folder and what is installed
