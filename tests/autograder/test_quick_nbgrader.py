"""nbgrader's modules come without what it adds to a server, which comes when it is needed."""

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("use", "whole"),
    [
        ("from nbgrader.utils import is_grade", False),
        ("from nbgrader import preprocessors; assert preprocessors.Execute", False),
        ("import nbgrader; assert nbgrader.utils.is_grade", False),
        ("import nbgrader; assert nbgrader.__version__", True),
        ("import nbgrader; assert nbgrader._jupyter_server_extension_points()", True),
    ],
)
def test_nbgraders_own_code_runs_when_something_of_it_is_used(use, whole):
    program = f"""
import sys
from autograder import quick_nbgrader
{use}
assert sum(hasattr(it, "__all__") for it in list(sys.modules.values()))
assert ("nbgrader.server_extensions.formgrader" in sys.modules) == {whole}
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
