"""One check does not touch the next, and what is a submission's own counts in the sandbox, too."""

import pytest
from toy_sandbox import MODULE, needs_bubblewrap, toy_sandbox

pytestmark = [pytest.mark.xdist_group("sandbox"), needs_bubblewrap]


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with toy_sandbox(tmp_path_factory.mktemp("isolation")) as toy:
        yield toy


def test_a_setting_of_a_module_costs_nothing_and_is_named(toy):
    solved = toy.assignment.solved_modules[MODULE]
    verdict = toy.grade_module(f"{solved}\ntorch.set_default_dtype(torch.float64)\n")
    assert verdict.points == 1
    assert "warmup.py sets torch&#x27;s default dtype for all of Python" in verdict.html


@pytest.mark.slow
def test_what_runs_too_long_is_named_with_its_line(toy):
    module = toy.grade_module(
        "def peak_normalise(waveform, peak=0.95):\n    while True:\n        pass\n"
    )
    assert module.points == 0
    assert "was stopped in `peak_normalise` (exercise_lib/warmup.py, line" in module.text
    called = toy.grade_cell("def double(x):\n    while True:\n        pass\n")
    assert "was stopped in `double` (your cell, line" in called.text
    cell = toy.grade_cell("while True:\n    x = 1\ndef double(x):\n    return 2 * x\n")
    assert "define no `double`. The answer above raises TookTooLong: it ran for more" in cell.text
    assert "was stopped (your cell, line" in cell.text
    assert toy.still_grades()


def test_an_import_that_runs_too_long_is_named_with_its_line(toy):
    verdict = toy.grade_module("import time\ntime.sleep(1000)\n")
    assert "was stopped (exercise_lib/warmup.py, line 2)" in verdict.text


def test_code_that_cannot_be_stopped_ends_with_its_child(toy):
    block = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\n"
    verdict = toy.grade_cell(f"{block}def double(x):\n    while True:\n        pass\n")
    assert verdict.points == 0 and "was stopped" in verdict.text
    assert toy.still_grades()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "# mine\nprint(\u201chello\u201d)",
            "SyntaxError: invalid character '\u201c' (U+201C) (your cell, line 2)",
        ),
        ("# mine\nimport no_such_package", "'no_such_package' (your cell, line 2)"),
        ("# mine\n%no_such_magic", "`%no_such_magic` not found"),
    ],
)
def test_an_error_in_an_answer_cell_is_told_with_its_line(toy, source, said):
    verdict = toy.grade_cell(f"{source}\ndef double(x):\n    return 2 * x\n")
    assert verdict.points == 0 and said in verdict.text, verdict.text


def with_own(toy, own, line, module=None):
    """Grade the toy module with a line more, beside files of the student's own."""
    solved = toy.assignment.solved_modules[MODULE] if module is None else module
    files = {f"own/{name}": text.encode() for name, text in own.items()}
    return toy.verdict(toy.solved("00_peak"), {MODULE: f"{solved}\n{line}\n".encode(), **files})


PEAK = "def peak_normalise(waveform, peak=0.95):\n    return 0 * waveform\n"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("helpers.py", "from helpers import peak_normalise"),
        ("more/tools.py", "from more.tools import peak_normalise"),
        ("exercise_lib/extra.py", "from .extra import peak_normalise"),
    ],
)
def test_files_of_the_students_own_are_imported(toy, name, line):
    right = toy.assignment.solved_modules[MODULE]
    assert with_own(toy, {name: right}, line, module=PEAK).points == 1
    assert with_own(toy, {name: f"{right}\n1 / 0"}, line, module=PEAK).points == 0
    assert f"({name}, line" in with_own(toy, {name: "\n1 / 0"}, line).text


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("torch.py", "import torch"),
        ("statistics.py", "import statistics"),
        ("safetensors.py", "import safetensors.torch"),
        ("exercise_lib/check.py", "from exercise_lib.check import run"),
        ("exercise_lib/check/run.py", "from exercise_lib.check import run"),
        ("exercise_lib/warmup.py", "import exercise_lib.warmup"),
        ("exercise_lib/__init__.py", "import exercise_lib.files"),
    ],
)
def test_none_of_them_takes_the_place_of_an_installed_or_given_module(toy, name, line):
    assert with_own(toy, {name: "raise SystemExit"}, line).points == 1
    assert toy.still_grades()


ASKS = "n = int(input('n? '))\ndef main():\n    return input()\nmain()\nm = 2\n"
NOBODY = "nobody answers input() in a check or in grading"


def test_of_a_module_that_asks_only_what_depends_on_the_answer_is_lost(toy):
    solved = toy.assignment.solved_modules[MODULE]
    module = toy.grade_module(f"{solved}\n{ASKS}")
    assert module.points == 1 and f"; {NOBODY}" in module.html
    depends = toy.grade_module(f"{solved.replace('peak: float = 0.95', 'peak=None')}\n{ASKS}\nn\n")
    assert depends.points == 0 and "NameError" in depends.text


def test_of_a_cell_that_asks_only_what_depends_on_the_answer_is_lost(toy):
    cell = toy.grade_cell(f"{ASKS}def double(x):\n    return m * x\n")
    assert cell.points == 1
    assert f"Left out: your cell, line 1 and your cell, line 3; {NOBODY}" in cell.html
    depends = toy.grade_cell(f"{ASKS}def double(x):\n    return n * x\n")
    assert depends.points == 0 and "NameError" in depends.html and NOBODY in depends.html
    asks = toy.grade_cell("def double(x):\n    return int(input()) * x\n")
    assert asks.points == 0 and f"NobodyAnswers: {NOBODY}" in asks.html
    assert toy.still_grades()
