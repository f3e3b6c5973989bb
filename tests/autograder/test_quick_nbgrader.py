"""nbgrader's modules come without what it adds to a server, which comes when it is needed."""

import subprocess
import sys
from zipfile import ZipFile

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


@pytest.mark.slow
def test_archives_are_unpacked_by_setuptools_which_comes_when_one_is(tmp_path):
    program = f"""
import sys
from autograder import quick_nbgrader
from nbgrader.utils import unpack_archive
assert "setuptools" not in sys.modules
unpack_archive({str(tmp_path / "a.zip")!r}, {str(tmp_path / "out")!r})
"""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    assert (tmp_path / "out" / "a.txt").read_text() == "a"


@pytest.mark.slow
def test_hubs_are_asked_with_requests_which_come_when_one_is():
    program = """
import sys
from autograder import quick_nbgrader
import nbgrader.auth.jupyterhub
assert "requests.sessions" not in sys.modules
import requests
assert issubclass(requests.exceptions.ConnectionError, OSError)
assert requests.Session and "requests.sessions" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
