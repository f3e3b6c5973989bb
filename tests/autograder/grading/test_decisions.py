"""Full points or none for everybody, and a solution accepted by hand: seen everywhere, undone."""

import html
import subprocess
import sys

import pytest
from toy_by_hand import change_answer, give, in_exports, in_formgrader, in_gradebook, seen, waiting
from toy_course import ASSIGNMENT
from toy_graded import run
from toy_sandbox import needs_bubblewrap
from typer.testing import CliRunner

from autograder import cli
from autograder.decisions import DROPPED, FULL, accept, decide, is_settled, read_decisions
from autograder.errors import BuildError
from autograder.grading.run import grade
from autograder.grading.settle import settle
from autograder.lms.graded import graded_reports
from autograder.lms.moodle import comment
from autograder.nbgrader_setup.gradebook import found_submission, opened_assignment
from autograder.nbgrader_setup.ledger import impose_decisions, lift_decisions
from autograder.page import render
from autograder.paths import ROOT
from autograder.reports.cohort_page import cohort_page
from autograder.reports.findings import find_misconceptions
from autograder.reports.report import read_report
from autograder.reports.summary import summary
from autograder.submissions.collect import is_confirmed
from autograder.terminal import problems

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("grade")]
STUDENTS = ("anna", "bilal")


@pytest.fixture
def graded(cohort, checks):
    """Anna solved all and has 1.5 of 2 for her question; bilal has half a point by hand."""
    cohort.course.decisions.unlink(missing_ok=True)
    run(cohort, checks, STUDENTS)
    give(cohort, "anna", "question", 1.5)
    give(cohort, "bilal", "check-peak", 0.5)
    run(cohort, checks, STUDENTS)
    return cohort


def shown(cohort) -> dict[str, tuple[float, float]]:
    """Return points and most points in formgrader, of whom is graded."""
    rows = [it for it in in_formgrader(cohort) if it["autograded"]]
    return {it["student"]: (it["score"], it["max_score"]) for it in rows}


def moved(cohort) -> dict[str, str]:
    return {it.student: str(it.now) for it in settle(cohort.repository, cohort.course)}


def notes(cohort, student: str) -> dict[str, str]:
    """Return the notes of a student's summary, by title."""
    with found_submission(cohort.course, student) as submission:
        notebooks = summary(cohort.course, student, submission)["notebooks"]
    return {part.title: part.note for notebook in notebooks for part in notebook.graded}


def stays(cohort, checks) -> None:
    """Grade again in every way; nothing may change."""
    before = seen(cohort)
    for options in ({}, {"again": True}, {"only": "toy.double"}):
        run(cohort, checks, STUDENTS, **options)
        assert seen(cohort) == before
    grade(cohort.repository, cohort.course, STUDENTS, again=True)  # nbgrader's own autograder
    assert seen(cohort)[:2] == before[:2]
    run(cohort, checks, STUDENTS, again=True)
    assert seen(cohort) == before


def test_full_points_for_everybody_hold_until_they_are_taken_back(graded, checks):
    before = seen(graded)
    decide(graded.course, "warmup.peak_normalise", FULL)
    decide(graded.course, "question", FULL)
    assert moved(graded) == {"anna": "4 of 4", "bilal": "3 of 4"}
    assert moved(graded) == {}
    assert shown(graded) == {"anna": (4, 4), "bilal": (3, 4)} and waiting(graded) == set()
    report = read_report(graded.course.report("bilal"))
    assert {it.id: it.points for it in report.exercises} == {
        "warmup.peak_normalise": 1, "toy.double": 0,
    }  # fmt: skip
    assert "full points for everybody" in notes(graded, "bilal").values()
    stays(graded, checks)

    decide(graded.course, "warmup.peak_normalise", "")
    decide(graded.course, "question", "")
    assert moved(graded) == {"anna": "3.5 of 4", "bilal": "0.5 of 4"}
    assert seen(graded) == before


def test_a_dropped_exercise_counts_for_nobody_until_it_is_counted(graded, checks):
    before = seen(graded)
    decide(graded.course, "toy.double", DROPPED)
    assert moved(graded) == {"anna": "2.5 of 3", "bilal": "0.5 of 3"}
    assert shown(graded) == {"anna": (2.5, 3), "bilal": (0.5, 3)}
    assert "dropped for everybody" in notes(graded, "anna").values()
    exports = seen(graded)[2]
    assert ",3\nanna,,,anna,,2.5\n" in exports["grades_canvas.csv"]
    assert "anna,anna,2.5,3," in exports["grades_moodle.csv"]
    assert exports["gradescope/anna/results.json"]["score"] == 2.5
    stays(graded, checks)

    decide(graded.course, "toy.double", "")
    assert moved(graded) == {"anna": "3.5 of 4", "bilal": "0.5 of 4"}
    assert seen(graded) == before


def test_a_solution_accepted_by_hand_has_its_points_until_another_is_handed_in(graded, checks):
    before = seen(graded)
    accept(graded.course, "toy.double", "bilal", True)
    assert moved(graded) == {"bilal": "1.5 of 4"}
    assert "accepted by hand" in notes(graded, "bilal").values()
    assert "accepted by hand" not in notes(graded, "anna").values()
    stays(graded, checks)

    folder = graded.course.step("submitted", "bilal")
    answer = change_answer(folder, "01_double", "answer-double", "double = 7")
    for again in (False, True):
        run(graded, checks, STUDENTS, again=again)
        assert waiting(graded) == {("bilal", "check-double")}
        assert in_gradebook(graded)["bilal", "check-double"]["score"] == 1
    change_answer(folder, "01_double", "answer-double", answer)
    run(graded, checks, STUDENTS)
    assert waiting(graded) == set()

    accept(graded.course, "toy.double", "bilal", False)
    assert moved(graded) == {"bilal": "0.5 of 4"}
    assert seen(graded) == before


def told(cohort, student: str) -> str:
    """Return what the student is told: Moodle's comment and the page's reasons."""
    [report] = [it for it in graded_reports(cohort.course) if it.student == student]
    with found_submission(cohort.course, student) as submission:
        page = render("summary.html.j2", **summary(cohort.course, student, submission))
    return f"{comment(report)}\n{page}"


def test_what_a_person_gave_points_for_is_told_no_old_reason(graded, checks):
    module = graded.course.step("submitted", "anna") / "exercise_lib/warmup.py"
    module.write_text(module.read_text().replace("= waveform.abs().max()", "= waveform.max()"))
    [report] = run(graded, checks, ["anna"])[0].values()
    before = told(graded, "anna")
    assert before.count("not by the largest absolute one") == 2 and "squared: " in before
    give(graded, "anna", "check-peak", 0.7)
    assert "largest absolute" in told(graded, "anna") and "squared: " not in told(graded, "anna")
    accept(graded.course, "warmup.peak_normalise", "anna", True)
    settle(graded.repository, graded.course)
    assert "largest absolute" not in told(graded, "anna")
    [report] = run(graded, checks, ["anna"])[0].values()
    assert report.misconceptions == {} and "largest absolute" not in told(graded, "anna")
    assert [it.students for it in find_misconceptions([report])] == [["anna"]]


def test_an_answer_with_points_that_waits_is_not_counted_as_0(graded, checks):
    accept(graded.course, "toy.double", "bilal", True)
    settle(graded.repository, graded.course)
    folder = graded.course.step("submitted", "bilal")
    change_answer(folder, "01_double", "answer-double", "double = 7")
    run(graded, checks, STUDENTS)
    page = told(graded, "bilal")
    assert "counted as 0" not in page
    assert "1 answer graded by hand, to be looked at again" in page
    change_answer(folder, "00_peak", "question", "I did.")
    give(graded, "bilal", "check-double", 1, notebook="01_double")
    run(graded, checks, STUDENTS)
    page = told(graded, "bilal")
    assert "1 answer still to be graded by hand</strong>, counted as 0" in page
    assert "looked at again" not in page


def test_a_module_that_cannot_be_imported_is_named_once_with_its_error(graded, checks):
    module = graded.course.step("submitted", "bilal") / "exercise_lib/warmup.py"
    module.write_text("raise ValueError('\\x1b[2J no\\tfile\\u202e ')\n")
    for options in ({}, {"again": True}):
        report = run(graded, checks, STUDENTS, **options)[0]["bilal"]
        said = "exercise_lib/warmup.py can't be imported: ValueError: no file"
        assert report.failures == [f"{said} (exercise_lib/warmup.py, line 1)"]
        assert html.unescape(comment(report)).count(said) == 1
        assert said in next(iter(problems([report])))
        page = cohort_page([report])
        assert "flagged: 1 failure<" in page and page.count("be imported: ValueError") == 1
    module.write_text("def peak_normalise(:\n")
    report = run(graded, checks, STUDENTS)[0]["bilal"]
    assert report.failures[0].startswith("exercise_lib/warmup.py can't be imported: SyntaxError")
    module.write_text("x = 1\n")
    assert run(graded, checks, STUDENTS)[0]["bilal"].failures == [], "it can be imported"


def test_points_given_by_hand_meanwhile_count_when_a_decision_is_taken_back(graded):
    decide(graded.course, "toy.double", FULL)
    settle(graded.repository, graded.course)
    give(graded, "bilal", "check-double", 0.25, notebook="01_double")
    decide(graded.course, "toy.double", "")
    settle(graded.repository, graded.course)
    assert in_gradebook(graded)["bilal", "check-double"]["score"] == 0.25


def test_the_commands_say_whose_grade_moves(graded, monkeypatch):
    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    monkeypatch.setattr(cli.here, "repository", graded.repository)

    def typed(*words: str) -> str:
        return CliRunner().invoke(cli.app, words).output

    assert "Whose grade moves" in typed("full", "toy.double")
    assert read_decisions(graded.course).everybody == {"toy.double": FULL}
    assert "Nobody's grade moves." in typed("full", "toy.double")
    assert "bilal" in typed("dropped", "toy.double") and shown(graded)["bilal"] == (0.5, 3)
    assert "bilal" in typed("counted", "toy.double") and shown(graded)["bilal"] == (0.5, 4)
    assert "bilal" in typed("accept", "bilal", "toy.double") and shown(graded)["bilal"] == (1.5, 4)
    assert "bilal" in typed("unaccept", "bilal", "toy.double")
    assert shown(graded)["bilal"] == (0.5, 4)
    assert "There is no exercise toy.double7" in typed("full", "toy.double7")
    assert "Nothing of nobody is graded" in typed("accept", "nobody", "toy.double")


def test_points_by_hand_stand_with_their_exercise_in_every_file(graded):
    give(graded, "bilal", "check-peak", 0.25)
    exports = in_exports(graded)
    [line] = [it for it in exports["grades_moodle.csv"].splitlines() if it.startswith("bilal,")]
    assert "warmup.peak_normalise: 0.25 of 1<br>" in line and "check-peak" not in line
    [check] = [
        it
        for it in exports["gradescope/bilal/results.json"]["tests"]
        if it["name"] == "warmup.peak_normalise"
    ]
    assert check["score"] == 0.25


def test_only_what_could_not_be_read_is_confirmed(graded, monkeypatch):
    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    said = " ".join(CliRunner().invoke(cli.app, ["confirm", "anna"]).output.split())
    assert said == f"anna: {ASSIGNMENT} could be read, there is nothing to confirm."
    assert not is_confirmed(graded.course, "anna")


def test_a_command_that_is_refused_decides_nothing(graded, monkeypatch):
    monkeypatch.setattr(cli, "courses", lambda _="": [graded.course])
    monkeypatch.setattr(cli.here, "repository", graded.repository)
    path = graded.course.decisions
    written = f'[{ASSIGNMENT}.everybody]\n"toy.duoble" = "full"\n'
    for words in (("full", "toy.double"), ("accept", "bilal", "toy.double")):
        path.write_text(written)
        done = CliRunner().invoke(cli.app, words)
        assert done.exit_code == 1 and "has no toy.duoble" in done.output
        assert path.read_text() == written


def test_the_file_may_be_written_by_hand_and_keeps_its_comments(graded):
    path = graded.course.decisions
    path.write_text(f'# agreed on 3 May\n[{ASSIGNMENT}.everybody]\n"toy.double" = "full" # wrong\n')
    assert moved(graded) == {"bilal": "1.5 of 4"}
    accept(graded.course, "question", "anna", True)
    assert path.read_text().startswith(
        f'# agreed on 3 May\n[{ASSIGNMENT}.everybody]\n"toy.double" = "full" # wrong\n'
    )
    assert moved(graded) == {"anna": "4 of 4"}


def test_what_is_settled_is_known_without_nbgrader(graded, monkeypatch):
    course = graded.course
    decide(course, "toy.double", FULL)
    assert not is_settled(course)
    settle(graded.repository, course)
    assert is_settled(course)
    program = (
        "import sys, pathlib; from autograder import cli, paths\n"
        "course = paths.Course(pathlib.Path(sys.argv[1]), sys.argv[2])\n"
        "cli.settle_and_show(course)\n"
        "assert 'nbgrader' not in sys.modules"
    )
    command = [sys.executable, "-c", program, str(course.root), course.assignment]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)

    give(graded, "bilal", "check-double", 0.25, notebook="01_double")
    assert not is_settled(course), "somebody gave other points"
    assert moved(graded) == {"bilal": "1.5 of 4"} and is_settled(course)
    with opened_assignment(course) as (session, assignment):  # as a release does
        before = lift_decisions(session, assignment)
        impose_decisions(session, assignment, read_decisions(course), before)
        session.commit()
    assert not is_settled(course), "a release may bring what is decided on, or take it away"
    settle(graded.repository, course)
    decide(course, "toy.double", "")
    assert not is_settled(course)
    settle(graded.repository, course)
    assert is_settled(course)


WRONG = {
    '[lecture7.everybody]\n"toy.double" = "ful"': "not 'ful'",
    '[lecture7.everybody]\n"toy.duoble" = "full"': "has no toy.duoble",
    '[lecture7.accepted]\n"toy.double" = "anna"': "a list of students",
    "[lecture7": "decisions.toml",
    "lecture7 = 3": "decisions.toml",
}


def test_a_wrong_file_is_refused_with_what_is_wrong(graded):
    before = seen(graded)
    for text, said in WRONG.items():
        graded.course.decisions.write_text(text)
        with pytest.raises(BuildError, match=said):
            settle(graded.repository, graded.course)
    graded.course.decisions.unlink()
    assert seen(graded) == before
