"""Student numbers of personal answers against the list of the course."""

from nbformat.v4 import new_code_cell, new_output
from toy_course import ASSIGNMENT

from autograder.cells import RESULT
from autograder.paths import Course
from autograder.reports.cohort_page import cohort_page
from autograder.reports.report import Report, describe, foreign_numbers, odd_numbers
from autograder.reports.said import read_check
from autograder.submissions.participants import read_numbers


def report(student: str, number: str) -> Report:
    """Return a report with one check, which a personal answer came to with this number."""
    data = {RESULT: {"number": number, "title": "Own"}, "text/plain": "1.0"}
    cell = new_code_cell('check("toy.own", own)', outputs=[new_output("execute_result", data)])
    cell.metadata["nbgrader"] = {"grade_id": "own", "grade": True, "solution": False, "points": 1}
    return Report(student, exercises=[describe(read_check(cell), 1, 1)])


def test_a_typed_number_is_compared_with_the_list_of_the_course(tmp_path):
    course = Course(tmp_path, ASSIGNMENT)
    assert read_numbers(course) == {}
    path = course.participants("numbers")
    path.parent.mkdir(parents=True)
    path.write_text("student,number\nanna,A 11\nbo,b22\n")
    listed = read_numbers(course)
    assert listed == {"anna": "a11", "bo": "b22"}
    assert foreign_numbers(report("anna", "a11"), listed) == []
    assert foreign_numbers(report("anna", "practice"), listed) == []
    assert foreign_numbers(report("chen", "c33"), listed) == []
    [copied] = foreign_numbers(report("anna", "b22"), listed)
    assert copied == "the student number b22 is that of bo on the course's list: a reason to look."
    [odd] = foreign_numbers(report("anna", "x99"), listed)
    assert odd.startswith("the student number x99 is of nobody on the course's list")
    page = cohort_page([report("anna", "b22"), report("bo", "b22")], listed)
    assert page.count("that of bo on the course") == 1 and page.count("was typed by each of") == 2


def test_two_numbers_of_one_student_are_flagged():
    two = report("anna", "a11")
    two.exercises += report("anna", "b22").exercises + report("anna", "practice").exercises
    assert odd_numbers(two) == ["typed 2 student numbers, a11 and b22: a reason to look."]
    assert odd_numbers(report("anna", "a11")) == [] and "typed 2 student" in cohort_page([two])
