"""What a person does in formgrader, and what is seen of grades there and in every export."""

import json
from pathlib import Path

from nbgrader.api import Gradebook
from toy_cohort import ToyCohort
from toy_course import ASSIGNMENT

from autograder.lms import systems
from autograder.nbgrader_setup.api import open_api


def give(
    cohort: ToyCohort, student: str, cell: str, points: float, comment: str = "", notebook="00_peak"
) -> None:
    """Save points and a comment as formgrader does."""
    with Gradebook(cohort.course.gradebook_url) as gradebook:
        grade = gradebook.find_grade(cell, notebook, ASSIGNMENT, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            found = gradebook.find_comment(cell, notebook, ASSIGNMENT, student)
            found.manual_comment = comment
        gradebook.db.commit()


def in_gradebook(cohort: ToyCohort) -> dict[tuple[str, str], dict]:
    """Return all grades, by student and cell, with the comments by hand."""
    with Gradebook(cohort.course.gradebook_url) as gradebook:
        return {
            (submission.student.id, grade.name): {
                **grade.to_dict(),
                "score": grade.score,
                "comments": sorted(it.manual_comment or "" for it in notebook.comments),
            }
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def in_formgrader(cohort: ToyCohort) -> list[dict]:
    """Return what formgrader lists of the submissions."""
    api = open_api(cohort.repository, cohort.course)
    shown = ("student", "needs_manual_grade", "score", "max_score", "autograded")
    return [
        {name: it[name] for name in shown}
        for it in sorted(api.get_submissions(ASSIGNMENT), key=lambda it: it["student"])
    ]


def in_exports(cohort: ToyCohort) -> dict[str, object]:
    """Return what every export says, but how long checks took."""
    found: dict[str, object] = {}
    for system in systems():
        for path in system.export(cohort.repository, cohort.course):
            for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
                name = file.relative_to(cohort.course.exports).as_posix()
                if file.suffix == ".json":
                    found[name] = {**json.loads(file.read_text()), "execution_time": 0}
                elif file.suffix == ".csv":
                    found[name] = file.read_text()
    return found


def seen(cohort: ToyCohort) -> list:
    return [in_gradebook(cohort), in_formgrader(cohort), in_exports(cohort)]


def waiting(cohort: ToyCohort) -> set[tuple[str, str]]:
    """Return which students' cells wait for a person."""
    return {who for who, grade in in_gradebook(cohort).items() if grade["needs_manual_grade"]}


def change_answer(folder: Path, notebook: str, grade_id: str, source: str) -> str:
    """Write another answer into a submission; return what was there."""
    path = folder / f"{notebook}.ipynb"
    data = json.loads(path.read_text(encoding="utf-8"))
    [cell] = [
        it for it in data["cells"] if it["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    ]
    before, cell["source"] = "".join(cell["source"]), source
    path.write_text(json.dumps(data), encoding="utf-8")
    return before
