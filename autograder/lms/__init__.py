"""Grades and feedback in the files that learning-management systems exchange."""
