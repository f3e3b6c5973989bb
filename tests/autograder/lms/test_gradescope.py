import pytest

from autograder.lms.gradescope import results
from autograder.reports.report import ExerciseReport, Report


@pytest.mark.parametrize(("points", "said"), [(0.5, "It is wrong.\nThe sign."), (1.0, "")])
def test_where_all_points_were_given_no_mistake_is_told(points, said):
    """Somebody may have given them by hand, after the check had named a mistake."""
    report = Report("anna", score=points, max_score=1.0)
    report.exercises = [ExerciseReport("a.b", points, 1.0, {"sign": "The sign."}, "It is wrong.")]
    [test] = results(report)["tests"]
    assert test["output"] == said
