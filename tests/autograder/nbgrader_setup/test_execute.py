"""Notebooks run in kernels: one whose start failed by chance is started again."""

from json import JSONDecodeError
from unittest.mock import patch

import nbformat
import pytest
from nbgrader.preprocessors import Execute

from autograder.nbgrader_setup.execute import ExecuteOrExplain


@pytest.mark.parametrize("failures", [1, 2])
def test_an_address_read_too_early_is_read_again_and_no_third_time(failures):
    notebook, early = nbformat.v4.new_notebook(), JSONDecodeError("Expecting value", "", 0)
    results = [*[early, early][:failures], (notebook, {})]
    with patch.object(Execute, "preprocess", side_effect=results) as run:
        if failures == 1:
            assert ExecuteOrExplain().preprocess(notebook, {}) == (notebook, {})
        else:
            with pytest.raises(JSONDecodeError):
                ExecuteOrExplain().preprocess(notebook, {})
    assert run.call_count == 2
