"""A course of its own with an assignment of this repository, for benchmarks and slow tests."""

from pathlib import Path

from autograder.builder.assignment import Assignment, read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import build_references, hidden_seed
from autograder.builder.exercises import load_exercises
from autograder.nbgrader_setup.exchange import release
from autograder.paths import Course, Repository
from autograder.plan import read_plans


def release_first(repository: Repository, root: Path) -> tuple[Assignment, Course]:
    """Release the first assignment of the table into a course in `root`; nothing is proved."""
    plan = next(iter(read_plans(repository).values()))
    assignment = read_assignment(repository, load_exercises(repository), plan)
    course, seed = Course(root, plan.name), hidden_seed(repository.hidden)
    build_references(assignment.exercises, repository.hidden / plan.name, seed, hidden=True)
    write_course(repository, course, assignment)
    release(repository, course)
    return assignment, course
