"""`python -m autograder`: build, release, grade, feedback, export, demo."""

from autograder.cli import app

app()
