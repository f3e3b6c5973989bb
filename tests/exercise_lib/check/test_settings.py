"""What a student's code sets for all of Python ends with the call or the import, and is named."""

import importlib
import os
import random
import sys
import textwrap
import warnings

import numpy as np
import pytest
import torch

import exercise_lib
from exercise_lib.check.case import Case
from exercise_lib.check.own_modules import REMARKS
from exercise_lib.check.run import run_case
from exercise_lib.check.settings import SETTINGS
from exercise_lib.check.target import load_target

CHANGES = {
    "torch's default dtype": "torch.set_default_dtype(torch.float64)",
    "torch's default device": "torch.set_default_device('meta')",
    "whether torch computes gradients": "torch.set_grad_enabled(False)",
    "torch's deterministic algorithms": "torch.use_deterministic_algorithms(True, warn_only=True)",
    "torch's detection of anomalies": "torch.autograd.set_detect_anomaly(True)",
    "torch's precision of matrix products": "torch.set_float32_matmul_precision('medium')",
    "torch's number of threads": "torch.set_num_threads(torch.get_num_threads() + 1)",
    "NumPy's handling of errors": "np.seterr(divide='raise')",
    "how NumPy prints": "np.set_printoptions(precision=2)",
    "the working folder": "os.chdir('/')",
}
IMPORTS = "import os, random, warnings\nimport numpy as np, torch\n"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module of the student's, with a function `double`; return its target."""
    monkeypatch.setattr(exercise_lib, "__path__", [*exercise_lib.__path__, str(tmp_path)])

    def write(body, top=""):
        text = (
            f"{IMPORTS}{top}\ndef double(x):\n{textwrap.indent(body, '    ')}\n    return 2 * x\n"
        )
        (tmp_path / "toy_module.py").write_text(text)
        return "exercise_lib.toy_module:double"

    yield write
    for gone in (sys.modules, REMARKS):
        gone.pop("exercise_lib.toy_module", None)
    vars(exercise_lib).pop("toy_module", None)


def values():
    found = {it.name: it.read() for it in SETTINGS}
    found[""] = {**os.environ, "PYTEST_CURRENT_TEST": ""}
    return found


@pytest.fixture(autouse=True)
def settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    before = values()
    yield before
    assert values() == before


CASE = Case("a number", {"x": 2.0})


@pytest.mark.parametrize(("name", "line"), CHANGES.items())
def test_what_a_module_sets_is_put_back_after_its_import_and_named(module, settings, name, line):
    target = load_target(module("pass", line))
    assert values() == settings
    outcome = run_case(target, CASE)
    assert outcome.value == 4
    assert outcome.notes[0].startswith(f"Importing exercise_lib/toy_module.py sets {name} for all")


@pytest.mark.parametrize(("name", "line"), CHANGES.items())
def test_what_a_call_sets_is_put_back_and_named(module, settings, name, line):
    outcome = run_case(load_target(module(line)), CASE)
    assert outcome.value == 4 and outcome.notes[0].startswith(f"`double` sets {name} for all")
    assert values() == settings


def test_an_import_anywhere_puts_settings_back_and_a_mended_module_is_named_no_more(module):
    module("pass", "torch.set_default_dtype(torch.float64)")
    imported = importlib.import_module("exercise_lib.toy_module")  # as a notebook does
    assert torch.get_default_dtype() == torch.float32
    assert "torch's default dtype" in run_case(imported.double, CASE).notes[0]
    module("pass", "K = 1")
    assert run_case(load_target("exercise_lib.toy_module:double"), CASE).notes == ()


def test_where_a_notebook_has_set_something_a_check_begins_without_it(monkeypatch):
    torch.set_default_dtype(torch.float64)
    try:
        outcome = run_case(lambda x: torch.ones(2) * x, CASE)
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert outcome.value.dtype == torch.float32
    assert "default dtype had been set" in outcome.notes[0]


@pytest.mark.parametrize("place", ["module", "call"])
def test_random_numbers_go_on_as_if_nothing_had_been_imported_or_called(module, place):
    def drawn():
        return random.random(), np.random.rand(), float(torch.rand(1))

    seeds = "random.seed(3)\nnp.random.seed(3)\ntorch.manual_seed(3)\ntorch.rand(5)"
    for it in (random.seed, np.random.seed, torch.manual_seed):
        it(1)
    expected = drawn()
    for it in (random.seed, np.random.seed, torch.manual_seed):
        it(1)
    outcome = run_case(
        load_target(module(*(("pass", seeds) if place == "module" else (seeds,)))), CASE
    )
    assert drawn() == expected and outcome.notes == ()


@pytest.mark.parametrize(
    "line", ["warnings.simplefilter('error')", "os.environ['A_STUDENTS'] = '1'"]
)
def test_filters_of_warnings_and_the_environment_are_put_back(module, line):
    before = list(warnings.filters)
    assert run_case(load_target(module(line, line)), CASE).notes == ()
    assert warnings.filters == before


def test_warnings_of_libraries_that_are_for_their_authors_are_not_shown(module):
    def noted(body):
        return run_case(load_target(module(body)), CASE).notes

    assert noted("warnings.warn('mine')") == ("warned: mine",)
    assert noted("warnings.warn('mine, too', DeprecationWarning)") == ("warned: mine, too",)
    for file in ("'/x/lib/site-packages/matplotlib/cbook.py'", "os.__file__"):
        theirs = f"warnings.warn_explicit('theirs', {{}}, {file}, 1)"
        for kind in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
            assert noted(theirs.format(kind)) == ()
        assert noted(theirs.format("UserWarning")) == ("warned: theirs",)


def test_what_imshow_makes_of_a_tensor_is_not_shown(module):
    draw = (
        "class Odd(torch.Tensor):\n    def __array__(self, dtype=None):\n"
        "        return np.eye(2)\n"
        "from matplotlib.figure import Figure\n"
        "Figure().add_subplot().imshow(torch.eye(2).as_subclass(Odd))"
    )
    assert run_case(load_target(module(draw)), CASE).notes == ()


def test_odd_targets_are_called_all_the_same():
    class Odd:
        def __getattr__(self, name):
            raise ValueError(name)

        def __call__(self, x):
            os.environ["A_STUDENTS"] = "1"
            return x

    assert run_case(Odd(), CASE).value == 2
