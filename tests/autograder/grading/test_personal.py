"""Personal exercises: everyone has an input of their own, and only its answer earns points."""

import dataclasses
import functools
import hashlib
import itertools
import shutil
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from rich.console import Console
from toy_course import ASSIGNMENT
from toy_nbgrader import nbgrader, scores
from toy_personal import VARIANTS, answer_to, own_exercise, personal_exercises, personal_repository
from toy_sandbox import InThisProcess, needs_bubblewrap

from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import PUBLIC_SEED, ExerciseError, build_references, solve
from autograder.cells import is_check_cell
from autograder.grading.notebook import decisive_output
from autograder.grading.run import grade, sandboxed
from autograder.grading.worker import start_grader
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.paths import ROOT, Course
from autograder.reports.cohort_page import cohort_page
from autograder.reports.findings import flagged_numbers
from autograder.reports.report import read_report, shared_numbers
from autograder.samples.cohort import make_cohort
from autograder.terminal import show_grades
from exercise_lib.check import verdict as check_module
from exercise_lib.check.bundle import Bundle, write_bundle
from exercise_lib.check.case import Case
from exercise_lib.check.personal import (
    NO_NUMBER,
    PRACTISED,
    STILL_PRACTICE,
    TWO_THINGS,
    student_number,
    variant,
)
from exercise_lib.check.result import CheckResult
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import check, judge
from exercise_lib.speech import personal
from solutions.lab02_mel_features.exercises.my_strongest_bands import exercise as my_strongest_bands
from solutions.lab02_mel_features.exercises.my_strongest_bands import own_bands

pytestmark = pytest.mark.xdist_group("personal")

ANNA, BILAL = "anna", "bilal"
X = {it: variant(it, VARIANTS) for it in (ANNA, BILAL, "chen", "elias")}


# ---------------------------------------------------------------- the number and its input
def test_a_number_chooses_the_same_variant_everywhere():
    assert hashlib.sha256(b"123456").digest()[:8].hex() == "8d969eef6ecad3c2"
    assert variant("123456", 32) == int("8d969eef6ecad3c2", 16) % 32 == 2
    assert [variant(it, 32) for it in ("k1234567", "aalto.student@example.org")] == [31, 21]


def test_the_segment_of_a_number_is_the_same_in_every_process():
    program = (
        "import hashlib, numpy; from exercise_lib.speech.personal import segment;"
        "pcm = (segment('K123456') * 32768).numpy().astype('<i2');"
        "print(hashlib.sha256(pcm.tobytes()).hexdigest()[:16])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    pcm = (personal.segment("k123456") * 32768).numpy().astype("<i2")
    assert found == {hashlib.sha256(pcm.tobytes()).hexdigest()[:16]} == {"80081646a86c6bf0"}


def test_numbers_spread_over_all_segments():
    segments = {personal.segment(f"k{n:03}").numpy().tobytes() for n in range(300)}
    assert len(segments) == len(personal.PLACES) == 32
    assert personal.segment("practice").numpy().tobytes() not in segments
    assert all(len(personal.cut(*it)) == personal.SAMPLES for it in personal.PLACES)


@pytest.mark.parametrize("typed", ["K 123 456", " k123456\n", "K123456"])
def test_a_number_is_the_same_however_it_is_typed(typed):
    assert student_number(typed) == "k123456"


@pytest.mark.parametrize("typed", ["", "  ", "12", None, 123456, "<b>123</b>", "１２３", "1" * 41])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match="Type your student number"):
        student_number(typed)


# ---------------------------------------------------------------- what a check says
@functools.cache
def graders_bundle(real: bool = False) -> Bundle:
    exercise = my_strongest_bands if real else own_exercise()
    public, hidden = (solve(exercise, PUBLIC_SEED, it) for it in (False, True))
    return dataclasses.replace(public, cases=public.cases + hidden.cases)


def judged(returned: object, graded: bool = True, real: bool = False) -> CheckResult:
    bundle = graders_bundle(real)
    cases = bundle.cases if graded else bundle.cases[:1]
    return judge(bundle, cases, [run_case(lambda: returned, Case("your answer"))])


def test_only_the_answer_for_ones_own_input_earns_the_points():
    assert judged((ANNA, answer_to(X[ANNA]))) == 1
    assert judged((ANNA.upper(), int(answer_to(X[ANNA])))) == 1
    assert judged((BILAL, answer_to(X[BILAL]))) == 1


def test_a_copied_answer_earns_nothing_and_is_named():
    assert X[ANNA] != X[BILAL]
    result = judged((BILAL, answer_to(X[ANNA])))
    assert result == 0 and "right for another student number, not for bilal" in result.message
    assert "another" not in judged((BILAL, 500.0)).message
    published = judged((BILAL, answer_to(100)))
    assert published == 0 and "right for practice, and not for bilal" in published.message


def test_a_misconception_is_named():
    result = judged((ANNA, 3.0 * X[ANNA]))
    assert result == 0 and list(result.misconceptions) == ["nothing_added"]
    practised = judged(("practice", 300.0), graded=False)
    assert practised == 0 and list(practised.misconceptions) == ["nothing_added"]


@pytest.mark.parametrize(
    ("returned", "graded", "said"),
    [
        (("practice", 301.0), True, STILL_PRACTICE),
        (("practice", 301.0), False, PRACTISED),
        (("", 1.0), True, NO_NUMBER),
        ((None, 1.0), True, NO_NUMBER),
        (1.0, True, TWO_THINGS),
        ((ANNA, 1.0, 2.0), True, TWO_THINGS),
        ((ANNA, 1000.0), False, "1000 can't be right: only 0 to 999 can"),
        ((ANNA, float("nan")), False, "nan can't be right"),
        ((ANNA, "301"), False, "differs"),
        (("practice", 7.0), False, "the input for practice"),
    ],
)
def test_what_earns_nothing_is_explained(returned, graded, said):
    result = judged(returned, graded)
    assert result == 0 and said in str(result)


def test_a_student_sees_that_the_form_is_right_and_not_more():
    right, wrong = (judged((ANNA, it), graded=False) for it in (answer_to(X[ANNA]), 7.7))
    assert right == wrong == 1
    assert str(right) == str(wrong) and "the form of your answer" in str(right)
    assert "Only grading finds out" in str(right)


def test_the_result_hides_the_expected_answer():
    shown = str(decisive_output(judged((ANNA, 500.0))))
    assert f"{answer_to(X[ANNA]):g}" not in shown.replace("500", "")
    assert "'number': 'anna'" in shown


def test_an_exception_and_a_todo_are_explained():
    def raises():
        raise ZeroDivisionError("no")

    def unfinished():
        raise NotImplementedError("TODO 2.1: your student number")

    bundle = graders_bundle()
    for function, said in ((raises, "ZeroDivisionError: no"), (unfinished, "Not written yet")):
        result = judge(bundle, bundle.cases, [run_case(function, Case("your answer"))])
        assert result == 0 and said in str(result)


def test_the_check_reads_the_variants_only_when_grading(tmp_path, monkeypatch):
    exercise = own_exercise()
    for folder, hidden in (("public", False), ("hidden", True)):
        write_bundle(solve(exercise, PUBLIC_SEED, hidden), tmp_path / folder)
    monkeypatch.setattr(check_module, "REFERENCES", tmp_path / "public")
    monkeypatch.delenv("EXERCISE_HIDDEN", raising=False)
    assert check("toy.own", lambda: (ANNA, 7.7)) == 1
    monkeypatch.setenv("EXERCISE_HIDDEN", str(tmp_path / "hidden"))
    assert check("toy.own", lambda: (ANNA, 7.7)) == 0
    assert check("toy.own", lambda: (ANNA, answer_to(X[ANNA]))) == 1


# ---------------------------------------------------------------- what the build demands
def test_variants_with_one_answer_are_refused():
    exercise = own_exercise()
    exercise.cases(lambda rng, hidden: [Case(f"{x}", args={"x": x}) for x in (1.0, 2.0, 1.0)])
    solve(exercise, 0, hidden=False)
    with pytest.raises(ExerciseError, match=r"'1\.0' and '1\.0' have one answer"):
        solve(exercise, 0, hidden=True)


def test_a_misconception_that_a_variant_does_not_show_is_refused():
    exercise = own_exercise()

    @exercise.misconception("Only large numbers.")
    def wrong_above_five(x):
        return answer_to(x) + (x > 5)

    with pytest.raises(ExerciseError, match="no case catches the misconception 'wrong_above_five'"):
        solve(exercise, 0, hidden=True)


# ---------------------------------------------------------------- the exercise of notebook 02
def test_ones_own_bands_are_right_and_anothers_are_named():
    numbers = [f"k{n:03}" for n in range(60)]
    answers = {it: own_bands(personal.segment(it)) for it in numbers}
    assert all(judged((it, answers[it]), real=True) == 1 for it in numbers)
    for one, other in itertools.pairwise(numbers):
        copied = judged((one, answers[other]), real=True)
        same = variant(one, 32) == variant(other, 32)
        assert copied == same and ("another student number" in copied.message) != same


@pytest.mark.parametrize("wrong", my_strongest_bands.misconceptions, ids=lambda it: it.name)
def test_a_misconception_is_named_for_everybody(wrong):
    for n in range(12):
        result = judged((f"k{n:03}", wrong.variant(personal.segment(f"k{n:03}"))), real=True)
        assert result == 0 and list(result.misconceptions) == [wrong.name]


def test_the_released_bundle_has_only_the_answer_for_practice():
    public, *variants = graders_bundle(real=True).cases
    [released] = check_module.read_bundle(my_strongest_bands.id, check_module.REFERENCES).cases
    assert torch.equal(released.case.args["segment"], personal.segment("practice"))
    assert np.allclose(released.expected.value, public.expected.value)
    for it in variants:
        assert not np.allclose(released.expected.value, it.expected.value, rtol=0.02, atol=20)


# ---------------------------------------------------------------- a cohort
def answer(student: str, value: str) -> str:
    return f"def own():\n    return {student!r}, {value}\n"


ANNAS = str(answer_to(X[ANNA]))
HANDED_IN = {  # student -> the answer cell, and what it earns
    "anna": (answer("anna", ANNAS), 1.0),
    "bilal": (answer("bilal", ANNAS), 0.0),  # a copied value
    "chen": (answer(" Anna", ANNAS), 1.0),  # all of it copied
    "dilara": (answer("practice", "301.0"), 0.0),
    "elias": (answer("elias", str(3.0 * X["elias"])), 0.0),
    "gustav": (answer("", "1.0"), 0.0),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A cohort graded by stock nbgrader and then in the sandbox."""
    root = tmp_path_factory.mktemp("personal")
    repository, course = (
        personal_repository(root / "repository"),
        Course(root / "course", ASSIGNMENT),
    )
    exercises = personal_exercises()
    assignment = read_assignment(repository, exercises)
    build_references(exercises, repository.references, PUBLIC_SEED, hidden=False)
    build_references(exercises, repository.hidden / ASSIGNMENT, 1, hidden=True)
    write_course(repository, course, assignment)
    release(repository, course)
    [anna] = [it for it in make_cohort(assignment, exercises, []) if it.student == "anna"]
    for student, (source, _) in HANDED_IN.items():
        folder = course.step("submitted", student)
        shutil.copytree(course.release, folder)
        anna.work(folder)
        path = folder / "02_own.ipynb"
        notebook = nbformat.read(path, as_version=4)
        own_cell(notebook).source = source
        nbformat.write(notebook, path)
    nbgrader(course.root, "autograde", "lecture7", "--create")
    stock = scores(course)
    with sandboxed(repository, course, personal_exercises, start=InThisProcess) as checks:
        found = grade(repository, course, list(HANDED_IN), checks)
        give_feedback(repository, course)
        yield SimpleNamespace(**locals(), reports={it.student: it for it in found})


def own_cell(notebook: NotebookNode) -> NotebookNode:
    [cell] = [it for it in notebook.cells if it.id == "answer-own"]
    return cell


@needs_bubblewrap
def test_stock_nbgrader_and_the_sandbox_give_the_same_scores(graded):
    assert graded.stock == {student: points for student, (_, points) in HANDED_IN.items()}
    assert graded.stock == {it.student: it.score for it in graded.found}


@needs_bubblewrap
def test_reasons_and_numbers_are_in_the_reports(graded):
    own = {it.student: it.exercises[-1] for it in graded.found}
    assert {it.id for it in own.values()} == {"toy.own"}
    assert "right for another student number, not for bilal" in own["bilal"].reason
    assert STILL_PRACTICE in own["dilara"].reason and NO_NUMBER in own["gustav"].reason
    assert list(own["elias"].misconceptions) == ["nothing_added"]
    assert [own[it].number for it in HANDED_IN] == ["anna", "bilal", "anna", "", "elias", ""]
    assert read_report(graded.course.report("chen")).exercises[-1].number == "anna"
    page = (graded.course.step("feedback", "bilal") / "02_own.html").read_text()
    assert "right for another student number" in page and f">{answer_to(X[BILAL]):g}<" not in page


@needs_bubblewrap
def test_a_number_typed_twice_is_flagged_for_both(graded):
    flags = shared_numbers(graded.found)
    assert flags.keys() == {"anna", "chen"}
    assert "student number anna was typed by each of anna, chen" in flags["anna"]
    page = cohort_page(graded.found)
    assert page.count("was typed by each of") == 2 and flags["chen"] in page
    console = Console(record=True, width=200)
    show_grades(graded.found, console)
    assert console.export_text().count("was typed by") == 1, "one line for all of them"


@needs_bubblewrap
def test_an_answer_that_is_right_for_another_number_is_flagged(graded):
    flags = flagged_numbers(graded.found, {})
    assert flags["bilal"] == [
        "the answer to toy.own is right for another student number than bilal: a reason to look."
    ]
    assert flags.keys() == {"anna", "bilal", "chen"}
    page = cohort_page(graded.found)
    assert page.count('class="flag"') == 3 and flags["bilal"][0] in page


@needs_bubblewrap
@pytest.mark.parametrize(
    "value",
    [
        "(type('S', (str,), {'split': lambda self: ['anna']})('bilal'), ANSWER)",
        "(['anna', 'bilal'], ANSWER)",
        "('anna' * 1000, ANSWER)",
        "('anna', float('nan'))",
        "('anna', [ANSWER])",
        "{'anna': ANSWER, 'bilal': ANSWER}",
        "(chr(0x430) + 'nna', ANSWER)",
        "('<script>', ANSWER)",
    ],
)
def test_odd_answers_gain_nothing(graded, value):
    notebook = deepcopy(graded.assignment.solved_notebooks["02_own"])
    own_cell(notebook).source = answer("", "").replace("'', ", value.replace("ANSWER", ANNAS))
    files = {it: text.encode() for it, text in graded.assignment.solved_modules.items()}
    start_grader(graded.checks.settings).grade([notebook], files)
    [cell] = filter(is_check_cell, notebook.cells)
    assert determine_grade(cell) == (0, 1) and "<script" not in str(cell.outputs)


@needs_bubblewrap
def test_the_childs_own_number_changes_nothing_but_the_variant(graded):
    """The value is asked for once: who answers otherwise the second time gains nothing."""
    source = f"""\
calls = []
def own():
    calls.append(0)
    return ("bilal", {answer_to(X[BILAL])}) if len(calls) > 1 else ("anna", 0.5)
"""
    notebook = deepcopy(graded.assignment.solved_notebooks["02_own"])
    own_cell(notebook).source = source
    files = {it: text.encode() for it, text in graded.assignment.solved_modules.items()}
    start_grader(graded.checks.settings).grade([notebook], files)
    [cell] = filter(is_check_cell, notebook.cells)
    assert determine_grade(cell) == (0, 1)
