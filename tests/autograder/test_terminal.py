"""What the terminal shows of a cohort: one screen, and every problem that needs a person."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from autograder import terminal
from autograder.reports.report import ExerciseReport, Report
from autograder.submissions.files import UNREADABLE
from autograder.terminal import MOST_LINES, MOST_NAMED, PlainConsole, show_grades
from exercise_lib.check.earlier import mend_first

ENDED = "The code ended Python. Look for calls of exit."


def cohort(count: int) -> list[Report]:
    """Return reports of which each has as much to say as there is."""
    named = {"decibels": "You took decibels.", "no_floor": "Clamp first."}
    reports = [
        Report(
            f"student-with-a-long-name-{n:03}",
            99.5,
            126.0,
            8,
            [ExerciseReport(f"mel.e{it}", 0, 2, named, "") for it in range(9)],
            repairs=[f"exercise_lib/m{it}.py is missing." for it in range(12)],
            failures=[f"0{it}_notebook: {ENDED}" for it in range(8)],
        )
        for n in range(count)
    ]
    reports[1].repairs.insert(0, UNREADABLE)
    return reports


def shown(reports: list[Report], width: int = 80) -> list[str]:
    console = Console(record=True, width=width)
    show_grades(reports, console)
    return console.export_text().splitlines()


def test_a_student_has_one_line_and_a_message_is_said_once():
    few, many = shown(cohort(16)), shown(cohort(32))
    assert len(many) - len(few) == 16
    assert len(few) <= 16 + 14
    [line] = [it for it in few if ENDED in it]
    assert line.count("student-with") == MOST_NAMED and f"and {16 - MOST_NAMED} more" in line
    assert f"student-with-a-long-name-001: {UNREADABLE}" in few
    wide = {it.split()[0]: it for it in shown(cohort(2), width=140) if " / " in it}
    assert [("12 notes" in it, "nothing could be read" in it) for it in wide.values()] == [
        (True, False),
        (False, True),
    ]


def test_advice_to_a_student_makes_no_second_message():
    first = f"13_unclip: {ENDED}"
    advice = mend_first({"unclip.noised": "13.3", "unclip.scaled": "13.1"})
    found = shown([Report("jing", failures=[first, f"{first} {advice}"], to_grade_by_hand=1)])
    assert [it for it in found if ENDED in it] == [f"jing: {ENDED}"]
    [line] = [it for it in found if " / " in it]
    assert line.rstrip().endswith("2 could not run, 1 to grade by hand"), "what is urgent, first"


def test_of_more_students_than_lines_those_have_one_that_need_a_person():
    many = [Report(f"student-{n:03}", 2.0, 2.0) for n in range(200)]
    many[7].failures = [f"01: {ENDED}"]
    lines = shown(many)
    assert len(lines) < 10 and " and 199 students more: see the page on the cohort" in lines
    assert sum("student-" in it for it in lines) == 2 and f"student-007: {ENDED}" in lines
    assert len(shown(cohort(200))) <= MOST_LINES + 15


def test_on_a_narrow_terminal_the_points_stay_readable():
    for line in shown(cohort(2), width=60)[2:4]:
        assert "student-with-a-long-name-00" in line and "99.5 / 126" in line


def test_a_log_says_how_far_it_is_in_a_few_lines(monkeypatch):
    def grade(repository, course, students, checks, done):
        for it in students:
            done(Report(it))
        return []

    monkeypatch.setattr(terminal, "grade", grade)
    console = Console(record=True, width=80)
    terminal.grade_with_progress(None, None, list("abcde"), None, console)
    said = [it for it in console.export_text().splitlines() if it.endswith(" graded")]
    assert said == ["1 of 5 graded", "2 of 5 graded", "4 of 5 graded"]


def test_no_name_and_no_message_steers_the_terminal():
    evil = "\x1b[2J\x1b]0;title\x07all passed\u202e\rover\x01"
    report = Report(f"{evil}anna", 1, 1, failures=[f"00_start: {evil}"])
    output = StringIO()
    show_grades([report], PlainConsole(file=output, force_terminal=True, color_system=None))
    assert output.getvalue().count("all passed") == 3 and "anna" in output.getvalue()
    assert not set(output.getvalue()) & set("\x1b\x07\r\u202e\x01")


def test_full_points_given_by_hand_leave_no_known_mistake_in_a_students_line():
    wrong = ExerciseReport("mel.e", 1, 2, {"decibels": "You took decibels."}, "")
    accepted = replace(wrong, points=2)
    lines = shown([Report("anna", 1, 2, 0, [wrong]), Report("bilal", 2, 2, 0, [accepted])])
    noted = {it.split()[0]: "known mistake" in it for it in lines if " / " in it}
    assert noted == {"anna": True, "bilal": False}
    assert any(it.startswith("2 students: mel.e: decibels.") for it in lines), "both made it"


def test_a_cohort_without_problems_has_none():
    assert not any("look at" in it for it in shown([Report("anna", 2.0, 2.0)]))
