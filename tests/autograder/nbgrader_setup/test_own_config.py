"""The instructor's own settings of nbgrader: a build leaves them, and every command has them."""

from types import SimpleNamespace

import pytest
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT, toy_exercises
from toy_nbgrader import nbgrader
from typer.testing import CliRunner

from autograder import cli
from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.errors import BuildError
from autograder.gradebook import is_known
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.settings import course_config, read_own_config
from autograder.paths import OWN_CONFIG
from autograder.submissions.fingerprint import fingerprint_of_grading

OWN = """
c = get_config()
c.CourseDirectory.course_id = "speech"
c.Exchange.root = {root!r}
"""


@pytest.mark.xdist_group("nbgrader")
def test_own_settings_hold_for_our_commands_and_nbgraders_and_survive_a_build(tmp_path):
    cohort = toy_cohort(tmp_path, [])
    repository, course = cohort.repository, cohort.course
    before = fingerprint_of_grading(repository, course, "sandbox")
    hub = tmp_path / "hub"
    (course.root / OWN_CONFIG).write_text(OWN.format(root=str(hub)))
    assert fingerprint_of_grading(repository, course, "sandbox") != before, "scores may change"
    write_course(repository, course, read_assignment(repository, toy_exercises()))
    assert course_config(repository, course).CourseDirectory.course_id == "speech"

    assert release(repository, course) == (hub, [])
    released = hub / "speech" / "outbound" / ASSIGNMENT / "00_peak.ipynb"
    assert released.exists()
    released.unlink()
    nbgrader(course.root, "release_assignment", ASSIGNMENT, "--force")
    assert released.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c = get_config(", "SyntaxError"),
        ("c.CourseDirectory.db_url = 'sqlite:///other.db'", "CourseDirectory.db_url can't be set"),
        ("c.CourseDirectory.feedback_directory = 'f'", "feedback_directory can't be set"),
    ],
)
def test_settings_that_cannot_be_used_end_a_command_in_a_sentence(
    tmp_path, monkeypatch, text, said
):
    with pytest.raises(BuildError, match=said):
        (tmp_path / OWN_CONFIG).write_text(text)
        read_own_config(tmp_path)
    monkeypatch.setattr(cli, "here", SimpleNamespace(repository=SimpleNamespace(course=tmp_path)))
    done = CliRunner().invoke(cli.app, ["export"])
    assert done.exit_code == 1 and said in done.output


@pytest.mark.xdist_group("nbgrader")
def test_without_its_gradebook_a_course_is_not_graded_and_release_makes_it_anew(
    tmp_path, monkeypatch
):
    cohort = toy_cohort(tmp_path, ["anna"])
    monkeypatch.setattr(cli, "courses", lambda _="": [cohort.course])
    monkeypatch.setattr(cli.here, "repository", cohort.repository)
    cohort.course.gradebook.unlink()
    done = CliRunner().invoke(cli.app, ["grade", "--no-sandbox"])
    assert done.exit_code == 1 and f"knows nothing of {ASSIGNMENT}" in done.output
    release(cohort.repository, cohort.course)
    assert is_known(cohort.course)
