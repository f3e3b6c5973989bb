"""The fixtures of several tests of grading."""

from toy_cluster import cluster
from toy_graded import checks, cohort, pristine

__all__ = ["checks", "cluster", "cohort", "pristine"]
