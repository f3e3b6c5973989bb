"""Several assignments of one course: kept apart, split by an edit, modules carried or given."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest
from toy_course import toy_repository
from toy_sandbox import InKeptSandbox, needs_bubblewrap

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import PUBLIC_SEED, build_references
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.errors import BuildError
from autograder.grading.run import grade, sandboxed
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.old_course import keep_apart
from autograder.paths import REPOSITORY, ROOT, Course, Repository, read_manifest, student_modules
from autograder.plan import read_plans
from autograder.submissions.files import UNREADABLE
from autograder.submissions.intake import take_in
from exercise_lib.doctor.diagnosis import examine, mend

WARMUP = "exercise_lib/warmup.py"
LOUD = '''\
"""A module that uses one of another lab."""

from .warmup import peak_normalise


def loud(waveform):
    """Return a waveform at full scale."""
    ### BEGIN SOLUTION
    # TODO 2.1: call peak_normalise
    return peak_normalise(waveform, 1.0)
    ### END SOLUTION
'''
NOTEBOOK = """\
# %% [markdown]
# # Loud

# %%
from exercise_lib import loud
from exercise_lib.check import check

# %%
check("loud.loud")
"""
EXERCISE = '''\
"""Loud."""

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import loud

exercise = Exercise(
    id="loud.loud",
    title="Loud",
    target="exercise_lib.loud:loud",
    solution=loud.loud,
    todo="2.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng, hidden):
    return [Case("a waveform", args={"waveform": normal(rng, 6 if hidden else 5)})]


@exercise.misconception("You return the waveform as it is.")
def unchanged(waveform):
    return waveform
'''
TABLE = """\
[first]
labs = ["lab00_peak", "lab01_double"]

[second]
labs = ["lab02_loud"]
"""
HALF = """### BEGIN SOLUTION
    return waveform * 0
"""


@pytest.fixture
def repository(tmp_path) -> Repository:
    """The toy labs, and one that needs a module of the first."""
    repository = toy_repository(tmp_path / "repository")
    folder = repository.solutions / "lab02_loud"
    (folder / "exercises").mkdir(parents=True)
    (folder / "loud.py").write_text(LOUD)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "exercises" / "loud.py").write_text(EXERCISE)
    (repository.solutions / "assignments.toml").write_text(TABLE)
    build_references(load_exercises(repository), repository.references, PUBLIC_SEED, hidden=False)
    return repository


def edit_table(repository: Repository, line: str) -> None:
    (repository.solutions / "assignments.toml").write_text(f"{TABLE}{line}\n")


def make(repository: Repository, root, name: str) -> Course:
    """Write and release one assignment of a course."""
    plan, course = read_plans(repository)[name], Course(root, name)
    assignment = read_assignment(repository, load_exercises(repository), plan)
    build_references(assignment.exercises, repository.hidden / name, 1, hidden=True)
    write_course(repository, course, assignment)
    release(repository, course)
    return course


def solve(repository: Repository, folder, lab: str, module: str) -> None:
    shutil.copy(repository.solutions / lab / module, folder / "exercise_lib")


def score(repository: Repository, course: Course) -> dict[str, float]:
    exercises = load_exercises(repository, read_plans(repository)[course.assignment].labs)
    with sandboxed(repository, course, lambda: exercises, start=InKeptSandbox) as checks:
        reports = grade(repository, course, course.students("submitted"), checks)
    return {it.student: it.score for it in reports}


def test_a_module_that_comes_from_nowhere_is_refused(repository):
    plan = read_plans(repository)["second"]
    with pytest.raises(BuildError, match=r"second: its labs need exercise_lib/warmup\.py"):
        read_assignment(repository, load_exercises(repository), plan)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('after = "third"', "no assignment 'third'"),
        ('labels = ["lab00_peak"]', "no setting 'labels'"),
        ("largest_mb = true", "largest_mb can't be True"),
        ('given = "warmup"', "given is a list of names"),
        ("[second.sandbox]\nseconds = 3", "the limits of the sandbox are"),
        ("[second.sandbox]\nmemory = -1", "memory can't be -1"),
        ('[third]\nlabs = ["lab09"]', "there is no lab 'lab09'"),
        ('[third]\nlabs = ["lab00-peak"]', "Did you mean 'lab00_peak'.*are: lab00_peak, lab01_d"),
        ('after = "fist"', r"after: .* no assignment 'fist'. Did you mean 'first'\? .*are: first$"),
        ('given = ["warmpu"]', r"second: given: .*Did you mean 'warmup'\? There are: warmup, loud"),
        ('given = ["mel"]', "second: given: there is no student module 'mel'. There are: warmup"),
        ("[third]\nlabs = []", "there is no labs"),
        ("[third", "is no TOML"),
    ],
)
def test_a_wrong_table_is_refused_with_what_to_change(repository, line, complaint):
    edit_table(repository, line)
    with pytest.raises(BuildError, match=complaint):
        read_plans(repository)


def test_a_given_module_is_handed_out_solved(repository, tmp_path):
    edit_table(repository, 'given = ["warmup"]')
    plan = read_plans(repository)["second"]
    assignment = read_assignment(repository, load_exercises(repository), plan)
    assemble(repository, tmp_path / "out", assignment)
    assert student_modules(tmp_path / "out") == ["exercise_lib/loud.py"]
    text = (tmp_path / "out" / WARMUP).read_text()
    assert "waveform / largest" in text
    assert "SOLUTION" not in text and "# TODO" not in text and "\n\n\n\n" not in text
    references = tmp_path / "out" / "data" / "references"
    assert [it.stem for it in references.glob("*.safetensors")] == ["loud.loud"]


def test_what_nothing_needs_is_not_given(repository):
    edit_table(repository, 'after = "first"\ngiven = ["warmup"]')
    read_assignment(repository, load_exercises(repository), read_plans(repository)["second"])
    edit_table(repository, 'after = "first"\ngiven = ["loud"]')
    with pytest.raises(BuildError, match=r"loud\.py is given, but nothing needs it"):
        read_assignment(repository, load_exercises(repository), read_plans(repository)["second"])


def test_points_are_shown_only_where_the_table_says_so(repository):
    exercises = load_exercises(repository)
    plans = read_plans(repository)
    shown = read_assignment(repository, exercises, plans["first"])
    assert "**Points:** 3" in shown.student_notebooks["00_peak"].cells[0].source
    text = TABLE.replace("[second]", "show_points = false\n\n[second]")
    (repository.solutions / "assignments.toml").write_text(text)
    plan = read_plans(repository)["first"]
    quiet = read_assignment(repository, exercises, plan).student_notebooks["00_peak"]
    assert not any("point" in cell.source.lower() for cell in quiet.cells)
    assert [it.metadata.nbgrader.points for it in quiet.cells if it.metadata.get("nbgrader")] == [
        it.metadata.nbgrader.points
        for it in shown.student_notebooks["00_peak"].cells
        if it.metadata.get("nbgrader")
    ]


def test_the_doctor_brings_modules_over_from_the_folder_of_the_assignment_before(
    repository, tmp_path
):
    edit_table(repository, 'after = "first"')
    for name in ("first", "second"):
        plan = read_plans(repository)[name]
        assignment = read_assignment(repository, load_exercises(repository), plan)
        assemble(repository, tmp_path / "home" / name, assignment)
    first, second = tmp_path / "home" / "first", tmp_path / "home" / "second"
    assert read_manifest(second)["after"] == "first"
    [finding] = [it for it in examine(second).findings if it.file == WARMUP]
    assert "so is the one in first beside this folder" in finding.text and finding.mend is None
    assert "copy it from there" not in finding.text
    first.rename(tmp_path / "elsewhere")
    [finding] = [it for it in examine(second).findings if it.file == WARMUP]
    assert "You wrote it in first" in finding.text and finding.mend is None
    (tmp_path / "elsewhere").rename(first)
    solve(repository, first, "lab00_peak", "warmup.py")
    [finding] = [it for it in examine(second).findings if it.file == WARMUP]
    assert "yours is in first" in finding.text
    assert any(WARMUP in it for it in mend(second))
    assert (second / WARMUP).read_text() == (first / WARMUP).read_text()
    assert not [it for it in examine(second).findings if it.file == WARMUP]


@needs_bubblewrap
@pytest.mark.xdist_group("nbgrader")
def test_grading_takes_the_students_own_earlier_module(repository, tmp_path):
    edit_table(repository, 'after = "first"')
    root = tmp_path / "course"
    first, second = make(repository, root, "first"), make(repository, root, "second")
    for student in ("anna", "bilal", "chen", "dilara"):
        for course in (first, second):
            if (student, course) != ("dilara", first):
                shutil.copytree(course.release, course.step("submitted", student))
        solve(repository, second.step("submitted", student), "lab02_loud", "loud.py")
    solve(repository, first.step("submitted", "anna"), "lab00_peak", "warmup.py")
    solve(repository, second.step("submitted", "chen"), "lab00_peak", "warmup.py")
    module = first.step("submitted", "anna") / WARMUP
    (module.parents[1] / "helpers.py").write_text(module.read_text())
    module.write_text("from helpers import peak_normalise\n")
    wrong = first.step("submitted", "bilal") / WARMUP
    wrong.write_text("def peak_normalise(waveform, peak=0.95):\n    return waveform * 0\n")

    assert score(repository, second) == {"anna": 1, "bilal": 0, "chen": 1, "dilara": 0}
    report = json.loads(second.report("anna").read_text())
    assert f"{WARMUP} was taken from the submission of first." in report["repairs"]
    report = json.loads(second.report("dilara").read_text())
    assert any("no submission of first" in it for it in report["repairs"])

    shutil.copytree(first.release, first.step("submitted", "elias"))
    shutil.copytree(second.release, second.step("submitted", "elias"))
    assert take_in(second, "elias") == []
    shutil.copytree(first.step("submitted", "anna"), second.step("submitted", "fatima"))
    assert take_in(second, "fatima") == [f"{UNREADABLE} It is the work on first: hand in second."]
    (second.step("submitted", "fatima") / "02_loud.ipynb").write_text("{}")
    assert take_in(second, "fatima") != []
    for student in ("elias", "fatima"):
        shutil.rmtree(second.root / "submitted" / student)

    assert score(repository, first)["anna"] == 1
    shutil.copy(module.parents[1] / "helpers.py", wrong)
    assert score(repository, second)["bilal"] == 1, "a changed earlier submission counts"

    for course in (first, second):
        assert {it.name for it in course.reports.glob("*.json")} >= {"anna.json", "bilal.json"}
        assert course.journal.is_dir() and course.assignment in course.journal.parts
    assert {it.stem for it in (repository.hidden / "second").glob("*.safetensors")} == {"loud.loud"}
    with closing(sqlite3.connect(root / "gradebook.db")) as gradebook:
        names = gradebook.execute("SELECT name FROM assignment ORDER BY name").fetchall()
    assert names == [("first",), ("second",)]


@needs_bubblewrap
@pytest.mark.xdist_group("nbgrader")
def test_a_given_module_earns_its_points_with_nothing_of_the_first(repository, tmp_path):
    edit_table(repository, 'given = ["warmup"]')
    course = make(repository, tmp_path / "course", "second")
    shutil.copytree(course.release, course.step("submitted", "anna"))
    solve(repository, course.step("submitted", "anna"), "lab02_loud", "loud.py")
    spoiled = course.step("submitted", "anna") / WARMUP
    spoiled.write_text("def peak_normalise(waveform, peak):\n    return waveform * 0\n")
    assert score(repository, course) == {"anna": 1}


FIRST_HALF = (
    '["lab00_start_here", "lab01_alignment_plots", "lab02_mel_features", '
    '"lab03_hifigan_losses", "lab04_mpd_msd"]'
)
SECOND_HALF = (
    '["lab05_hifigan_generator", "lab06_tacotron", "lab07_text_to_speech", "lecture_alignment"]'
)
BOTH = [
    ('after = "first_half"', ["attention", "discriminators", "losses", "mel", "warmup"], []),
    ('after = "first_half"\ngiven = ["attention"]',
     ["discriminators", "losses", "mel", "warmup"], ["attention"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "carried", "given"), BOTH)
def test_the_home_exercise_is_split_by_one_edit(tmp_path, line, carried, given):
    labs = tmp_path / "labs"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY.solutions, labs, ignore=unwanted)
    (labs / "assignments.toml").write_text(
        f"[first_half]\nlabs = {FIRST_HALF}\n[second_half]\nlabs = {SECOND_HALF}\n{line}\n"
    )
    repository = Repository(ROOT, labs)
    exercises = load_exercises(repository)
    assignments = {
        name: read_assignment(repository, exercises, plan)
        for name, plan in read_plans(repository).items()
    }
    for name, assignment in assignments.items():
        assemble(repository, tmp_path / name, assignment)
    first, second = (tmp_path / name for name in assignments)
    modules = {f"exercise_lib/{it}.py" for it in carried}
    assert set(read_manifest(second)["carried"]) == modules
    assert set(student_modules(first)) >= modules
    handed_out = {f"exercise_lib/{it}.py" for it in given}
    assert assignments["second_half"].given_modules.keys() == handed_out
    assert not (first / "exercise_lib" / "tacotron2.py").exists()
    assert not (first / "exercise_lib" / "models").exists()
    bundles = [
        {it.stem for it in (folder / "data" / "references").glob("*.safetensors")}
        for folder in (first, second)
    ]
    assert not bundles[0] & bundles[1]
    assert bundles[0] | bundles[1] == {
        it.id for both in assignments.values() for it in both.exercises
    }


def test_what_an_older_version_left_is_moved_with_a_message(tmp_path):
    root = tmp_path / "course"
    with_names = {
        "journal/anna.json": "journal/lecture7/anna.json",
        "reports/anna.json": "reports/lecture7/anna.json",
        "reports/cohort.html": "reports/lecture7/cohort.html",
        "collected/anna.json": "collected/lecture7/anna.json",
        "moodle.csv": "participants/lecture7/moodle.csv",
        "grades_moodle.csv": "exports/lecture7/grades_moodle.csv",
    }
    for old in with_names:
        (root / old).parent.mkdir(parents=True, exist_ok=True)
        (root / old).write_text(old)
    with closing(sqlite3.connect(root / "gradebook.db")) as gradebook, gradebook:
        gradebook.execute("CREATE TABLE assignment (name TEXT)")
        gradebook.execute("INSERT INTO assignment VALUES ('lecture7')")
    notes = keep_apart(root)
    assert {it.partition(" is now ")[0]: it.partition(" is now ")[2] for it in notes} == {
        old: f"{new}." for old, new in with_names.items()
    }
    assert all((root / new).read_text() == old for old, new in with_names.items())
    assert keep_apart(root) == []


def test_an_old_course_whose_assignment_is_not_clear_is_left_alone(tmp_path):
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "anna.json").write_text("{}")
    [note] = keep_apart(tmp_path)
    assert "0 assignments" in note and (tmp_path / "journal" / "anna.json").exists()
