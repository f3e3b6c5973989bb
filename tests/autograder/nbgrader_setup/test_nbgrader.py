"""Stock nbgrader on the generated course, from the masters to feedback, beside our own grading."""

import csv
import shutil
from types import SimpleNamespace

import pytest
from toy_course import ASSIGNMENT, toy_exercises, toy_repository
from toy_nbgrader import make_home, nbgrader, scores
from toy_sandbox import InKeptSandbox, needs_bubblewrap

from autograder.builder.assignment import generated_files
from autograder.builder.build import build
from autograder.grading.run import grade, sandboxed
from autograder.lms import read_name
from autograder.lms.csv_files import CSV_FILES
from autograder.nbgrader_setup.exchange import collect, fetch, submit
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.settings import COURSE_ID
from autograder.paths import REPOSITORY, Course
from autograder.reports.report import read_report
from autograder.samples.cohort import make_cohort
from autograder.samples.released import release_first
from autograder.submissions.collect import collect_submissions
from autograder.submissions.unpack import KEPT

pytestmark = pytest.mark.xdist_group("nbgrader")  # one worker makes the course, once

MISTAKES = [("dilara", "warmup.peak_normalise", "signed_maximum")]
HONEST = ["anna", "bilal", "dilara", "gustav"]
BROKEN = ["hanna", "ivan", "jing"]
NOTEBOOKS = ["00_peak", "01_double"]


@pytest.fixture(scope="session")
def graded(tmp_path_factory) -> SimpleNamespace:
    """A toy course that went through stock nbgrader first and through our grading then."""
    root = tmp_path_factory.mktemp("nbgrader")
    repository = toy_repository(root / "repository")
    course = Course(root / "course", ASSIGNMENT)
    assignment = build(repository, course, toy_exercises())
    shown = generated_files(repository, assignment)
    log = {}
    log["generate"] = nbgrader(course.root, "generate_assignment", ASSIGNMENT, fork=False)
    log["release"] = nbgrader(course.root, "release_assignment", ASSIGNMENT)

    cohort = {it.student: it for it in make_cohort(assignment, toy_exercises(), MISTAKES)}
    for student in [*HONEST, *BROKEN]:
        home = course.root / "home" / student
        if student != "anna":
            cohort[student].work(fetch(repository, course, student, home))
            submit(repository, course, student, home)
            continue
        make_home(course, home)
        log["list"] = nbgrader(home, "list")
        log["fetch"] = nbgrader(home, "fetch_assignment", ASSIGNMENT)
        log["validate stub"] = nbgrader(home, "validate", f"{ASSIGNMENT}/01_double.ipynb")
        cohort[student].work(home / ASSIGNMENT)
        log["validate"] = nbgrader(home, "validate", f"{ASSIGNMENT}/01_double.ipynb", fork=False)
        log["submit"] = nbgrader(home, "submit", ASSIGNMENT, "--CourseDirectory.student_id=anna")
    log["collect"] = nbgrader(course.root, "collect", ASSIGNMENT)

    exclude = f"--CourseDirectory.student_id_exclude={','.join(BROKEN)}"
    log["autograde"] = nbgrader(course.root, "autograde", ASSIGNMENT, exclude)
    stock = scores(course)
    assert collect(repository, course) == sorted(HONEST + BROKEN)
    reports = {it.student: it for it in grade(repository, course, course.students("submitted"))}
    return SimpleNamespace(**locals())


def test_the_commands_of_nbgrader_work(graded):
    assert ASSIGNMENT in graded.log["list"]
    assert "Submitted as" in graded.log["submit"]
    assert "VALIDATION FAILED ON 1 CELL" in graded.log["validate stub"]
    assert "Success" in graded.log["validate"]


def test_the_release_is_what_the_repository_shows(graded):
    names = sorted(path.stem for path in graded.course.release.glob("*.ipynb"))
    assert names == NOTEBOOKS
    for name in names:
        released = (graded.course.release / f"{name}.ipynb").read_text()
        assert released.strip() == graded.shown[f"notebooks/{name}.ipynb"].strip()


def test_nothing_secret_is_released(graded):
    everything = b"".join(
        path.read_bytes()
        for path in (graded.course.exchange / COURSE_ID / "outbound").rglob("*")
        if path.is_file()
    )
    assert b"SOLUTION" not in everything and b"model answer" not in everything
    for hidden in graded.repository.hidden.glob("*/*.safetensors"):
        assert hidden.read_bytes() not in everything


def test_stock_autograde_gives_honest_submissions_the_same_scores(graded):
    assert graded.stock == {name: graded.reports[name].score for name in HONEST}


@needs_bubblewrap
def test_the_sandbox_gives_honest_submissions_the_same_scores(graded):
    repository, course = graded.repository, graded.course
    with sandboxed(repository, course, toy_exercises, start=InKeptSandbox) as checks:
        reports = grade(repository, course, HONEST, checks)
    assert graded.stock == {it.student: it.score for it in reports}


def test_the_scores_are_those_of_what_was_handed_in(graded):
    points = {name: report.score for name, report in graded.reports.items()}
    assert points["anna"] == 2 and points["bilal"] == 0
    assert 1 < points["dilara"] < 2
    assert points["gustav"] == 1  # the broken module's exercise; the notebook's is right
    assert points["hanna"] == 1  # her answer was deleted, her check came back
    assert points["ivan"] == 1
    assert {it.max_score for it in graded.reports.values()} == {4}
    assert graded.reports["anna"].to_grade_by_hand == 1
    assert graded.reports["bilal"].to_grade_by_hand == 0


def test_the_misconception_is_named(graded):
    assert list(graded.reports["dilara"].misconceptions) == [
        "warmup.peak_normalise: signed_maximum"
    ]
    [exercise] = [it for it in graded.reports["dilara"].exercises if it.misconceptions]
    assert "not by the largest absolute one" in exercise.reason
    for name in set(graded.reports) - {"dilara"}:
        assert graded.reports[name].misconceptions == {}


def test_repairs_and_failures_are_reported(graded):
    hanna = "\n".join(graded.reports["hanna"].repairs)
    assert "the answer of TODO 1.1 was deleted" in hanna and "the check toy.double" in hanna
    ivan = "\n".join(graded.reports["ivan"].repairs)
    assert "01_double.ipynb: the file is cut off or damaged" in ivan
    [failure] = graded.reports["jing"].failures
    assert failure.startswith("00_peak: The notebook could not be run to its end")
    assert "SyntaxError" not in failure
    assert graded.reports["jing"].score < 2
    reasons = {it.id: it.reason for it in graded.reports["gustav"].exercises}
    assert "SyntaxError" in reasons["warmup.peak_normalise"]
    report = read_report(graded.course.reports / "hanna.json")
    assert report == graded.reports["hanna"]


def test_feedback_is_written_released_and_fetched(graded):
    nbgrader(graded.course.root, "generate_feedback", ASSIGNMENT)
    nbgrader(graded.course.root, "release_feedback", ASSIGNMENT)
    nbgrader(graded.home.parent / "anna", "fetch_feedback", ASSIGNMENT,
             "--CourseDirectory.student_id=anna")  # fmt: skip
    pages = list((graded.home.parent / "anna" / ASSIGNMENT / "feedback").rglob("*.html"))
    assert sorted(page.stem for page in pages) == NOTEBOOKS
    page = (graded.course.step("feedback", "dilara") / "00_peak.html").read_text()
    assert "not by the largest absolute one" in page and "hidden case" in page
    assert "model answer" not in page and "<script" not in page


def test_grades_are_exported(graded):
    paths = CSV_FILES.export(graded.repository, graded.course)
    grades, by_exercise = (list(csv.DictReader(path.open())) for path in paths)
    assert {it["student_id"]: float(it["score"]) for it in grades} == scores(graded.course)
    columns = ["warmup.peak_normalise", "question", "toy.double"]
    anna = next(it for it in by_exercise if it["student_id"] == "anna")
    assert [anna[it] for it in columns] == ["1.0", "", "1.0"]
    nbgrader(graded.course.root, "export")
    assert "anna" in (graded.course.root / "grades.csv").read_text()


def test_a_failing_regrade_never_keeps_the_old_score(graded):
    repository, course = graded.repository, graded.course
    folder = course.step("submitted", "anna")
    module, notebook = folder / "exercise_lib/warmup.py", folder / "01_double.ipynb"
    kept = module.read_text(), notebook.read_text()

    module.write_text("import os\nos._exit(1)\n")
    [report] = grade(repository, course, ["anna"])
    assert report.score == scores(course)["anna"] == 1
    assert report.failures[0].startswith("00_peak: The notebook could not be run to its end")

    module.write_text(kept[0])
    notebook.write_text(
        kept[1].replace("return 2 * x", 'return 2 * x\\n", "check = lambda *_: 9.0')
    )
    [report] = grade(repository, course, ["anna"])
    assert report.score == scores(course)["anna"] == 0
    assert "counts as empty" in report.failures[0]

    notebook.write_text(kept[1])


def test_a_folder_of_submissions_can_be_graded(graded, tmp_path):
    course = graded.course
    without_dates = shutil.ignore_patterns(*KEPT)  # what nbgrader adds when a student submits
    shutil.copytree(course.step("submitted", "anna"), tmp_path / "kaisa", ignore=without_dates)
    assert collect_submissions(course, tmp_path, read_name) == (["kaisa"], [])
    [report] = grade(graded.repository, course, ["kaisa"])
    assert report.score == 2
    give_feedback(graded.repository, course)
    assert (course.step("feedback", "kaisa") / "01_double.html").exists()
    before = course.students("submitted")
    assert collect_submissions(course, course.root / "submitted", read_name) == (before, [])


@pytest.mark.slow
def test_stock_autograde_agrees_on_the_real_assignment(tmp_path):
    assignment, course = release_first(REPOSITORY, tmp_path / "course")
    exercises = assignment.exercises
    for member in make_cohort(assignment, exercises)[:6]:
        home = tmp_path / "home" / member.student
        member.work(fetch(REPOSITORY, course, member.student, home))
        submit(REPOSITORY, course, member.student, home)
    students = collect(REPOSITORY, course)
    nbgrader(course.root, "autograde", course.assignment)
    stock = scores(course)
    assert len(stock) == 6 and min(stock.values()) == 0
    assert stock == {it.student: it.score for it in grade(REPOSITORY, course, students)}
