"""Students' names in nbgrader's gradebook, as formgrader is told them."""

import pytest
from nbgrader.api import Gradebook
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT
from toy_nbgrader import nbgrader
from typer.testing import CliRunner

from autograder import cli
from autograder.nbgrader_setup.api import open_api
from autograder.nbgrader_setup.students import enter_names
from autograder.paths import Course
from autograder.submissions.names import headed
from autograder.submissions.participants import write_participants
from autograder.submissions.roster import Listed, write_roster

pytestmark = pytest.mark.xdist_group("nbgrader")
LIST = 'Student,ID\n"李, 静",48201\n"Петров, Иван",48202\n'


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The toy cohort, graded by nbgrader's own command; bilal and gustav came with Canvas."""
    cohort = toy_cohort(tmp_path_factory.mktemp("names"), ["anna", "bilal", "gustav"])
    rows = [("48201", "bilal", "lijing"), ("48202", "gustav", "petrovivan")]
    keys = ("participant", "student", "name")
    write_participants(cohort.course, "canvas", [dict(zip(keys, it, strict=True)) for it in rows])
    nbgrader(cohort.course.root, "autograde", ASSIGNMENT)
    return cohort


def shown(graded) -> dict[str, str]:
    """Return student -> the name that formgrader has, in the list of one notebook's submissions."""
    api = open_api(graded.repository, graded.course)
    with Gradebook(graded.course.gradebook_url) as gradebook:
        ids = {it.id: it.student.id for it in gradebook.notebook_submissions("00_peak", ASSIGNMENT)}
    found = api.get_notebook_submissions(ASSIGNMENT, "00_peak")
    return {ids[it["id"]]: f"{it['last_name']}, {it['first_name']}" for it in found}


def test_names_of_the_list_reach_the_gradebook_and_survive_grading(graded, tmp_path, monkeypatch):
    course = graded.course
    enter_names(course, graded.students)
    assert set(shown(graded).values()) == {"None, None"}, "a login is no name"
    (tmp_path / "canvas.csv").write_text(LIST, encoding="utf-8")
    monkeypatch.setattr(cli, "courses", lambda _="": [course])
    done = CliRunner().invoke(cli.app, ["students", str(tmp_path / "canvas.csv")])
    assert done.exit_code == 0 and done.output.startswith("2 students: ")
    named = {"anna": "None, None", "bilal": "李, 静", "gustav": "Петров, Иван"}
    assert shown(graded) == named
    nbgrader(course.root, "autograde", ASSIGNMENT, "--force", "--student", "bilal")
    assert shown(graded) == named


def test_the_name_of_a_download_counts_where_there_is_no_list(graded):
    row = {"participant": "7", "student": "anna", "name": "Anna Virtanen"}
    write_participants(graded.course, "moodle", [row])
    enter_names(graded.course, graded.students)
    assert shown(graded)["anna"] == "Virtanen, Anna"
    line = Listed("anna", last_name="Korhonen,", email="a@uni.example")
    write_roster(graded.course, [line])
    enter_names(graded.course, graded.students)
    assert shown(graded)["anna"] == "Korhonen, Anna"
    with Gradebook(graded.course.gradebook_url) as gradebook:
        assert gradebook.find_student("anna").email == "a@uni.example"


def test_a_page_is_headed_by_the_name_with_the_id_beside_it(tmp_path):
    course = Course(tmp_path, ASSIGNMENT)
    told = {
        "participant-1": "王小明",
        "anna-2": "Anna Maria Virtanen",
        "anna-5": "Anna Virtanen",
        "petrovivan": "petrovivan",
    }
    keys = ("participant", "student", "name")
    rows = [(f"{n}", *it) for n, it in enumerate(told.items())]
    write_participants(course, "moodle", [dict(zip(keys, it, strict=True)) for it in rows])
    write_roster(
        course,
        [
            Listed("bo-3", "Bo", "Å"),
            Listed("participant-4", "静", "李"),
            Listed("anna-5", "Anna", "Korhonen"),
        ],
    )
    assert headed(course, [*told, "bo-3", "participant-4", "nobody"]) == [
        "王小明 (participant-1)",
        "Anna Maria Virtanen (anna-2)",
        "Korhonen, Anna (anna-5)",
        "petrovivan",
        "Å, Bo (bo-3)",
        "李, 静 (participant-4)",
        "nobody",
    ]
