"""The environment variable that tells a check that it grades."""

HIDDEN_VARIABLE = "EXERCISE_HIDDEN"  # the folder of further cases, set by nbgrader_config.py
