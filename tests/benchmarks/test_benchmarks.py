"""Each benchmark starts from the repository's folder, with nothing of the tests on the path."""

import os
import subprocess
import sys

import pytest

from autograder.paths import ROOT

PROGRAMS = sorted(it.stem for it in (ROOT / "benchmarks").glob("*.py") if it.stem != "__init__")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_benchmark_can_be_imported(name):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-c", f"import benchmarks.{name}"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=300)
