"""Solved masters of the student modules."""
