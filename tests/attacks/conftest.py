"""One sandbox for all attacks: that it survives them is a part of what they prove."""

import os
import tempfile
from pathlib import Path

import pytest
from attacks import LIMITS
from toy_sandbox import toy_sandbox


@pytest.fixture(scope="session")
def toy():
    """The sandbox, with the repository outside /tmp, which is another one inside."""
    os.environ["A_SECRET_OF_THE_GRADER"] = "4.0"
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        toy_sandbox(Path(folder), LIMITS) as toy,
    ):
        Path(folder).chmod(0o755)  # as repositories are
        yield toy
    del os.environ["A_SECRET_OF_THE_GRADER"]
