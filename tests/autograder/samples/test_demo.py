"""The demo's cohort proves that solutions earn all points and stubs none."""

import pytest

from autograder.errors import BuildError
from autograder.reports.report import ExerciseReport, Report
from autograder.samples.demo import demand_proof


def reports(perfect: float, idle: float) -> list[Report]:
    return [
        Report(student, exercises=[ExerciseReport("toy.double", points, 2.0, {}, "")])
        for student, points in (("anna", perfect), ("bilal", idle), ("chen", 1.0))
    ]


def test_a_cohort_as_it_should_be_is_a_proof():
    demand_proof(reports(perfect=2.0, idle=0.0))


@pytest.mark.parametrize(("perfect", "idle"), [(1.5, 0.0), (2.0, 0.5)])
def test_a_solution_that_loses_points_and_a_stub_that_earns_some_are_refused(perfect, idle):
    with pytest.raises(BuildError, match=r"toy\.double"):
        demand_proof(reports(perfect, idle))
