"""`python -m autograder`: build, release, grade, feedback, export, demo, lecture."""

from autograder.cli import app

app()
