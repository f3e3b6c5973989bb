"""Keep off the terminal what nbgrader logs beside what it raises."""

import logging
import warnings

from sqlalchemy.exc import SAWarning


def quiet() -> None:
    """Keep nbgrader's log off the terminal, `capture_log` still collects it, and its warnings."""
    for handler in logging.getLogger("traitlets").handlers:
        handler.setLevel(logging.CRITICAL)
    logging.getLogger("tornado.application").addFilter(is_not_raised_as_well)
    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.api")


def is_not_raised_as_well(record: logging.LogRecord) -> bool:
    """Whether nbgrader's gradebook logs something that it does not raise, too."""
    return not record.getMessage().startswith("Rolling back session")
