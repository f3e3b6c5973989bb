"""The sandboxed grader: honest work scores as ever, messages are bounded, faults are mended."""

import base64
import json
import math
import os
import shutil
import socket
import struct
import threading
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch
from nbgrader.api import Gradebook
from safetensors.torch import save
from toy_course import ASSIGNMENT, toy_exercises, toy_repository
from toy_sandbox import (
    MODULE,
    QUICK,
    InKeptSandbox,
    InThisProcess,
    needs_bubblewrap,
    terminate,
    toy_sandbox,
)
from typer.testing import CliRunner

from autograder import cli
from autograder.builder.assignment import read_assignment
from autograder.builder.build import write_course
from autograder.builder.bundles import (
    PUBLIC_SEED,
    build_references,
    passes,
    public_cases,
    solve,
    with_misconceptions,
)
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.cells import RESULT, checked_exercise, is_check_cell, is_graded_by_hand
from autograder.exercise import Exercise
from autograder.grading import notebook as verdict
from autograder.grading import second_try, worker
from autograder.grading.fresh_cases import FreshBundles, asked
from autograder.grading.imports import imported_by_answers, imported_modules
from autograder.grading.notebook import Attempt, Grader, decisive_output
from autograder.grading.outputs import read_output
from autograder.grading.run import grade, sandboxed
from autograder.grading.worker import start_grader
from autograder.nbgrader_setup.exchange import release
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.paths import REPOSITORY, ROOT, Course, student_modules
from autograder.samples.cohort import NUMBER_OF_MASTER, make_cohort
from autograder.sandbox import sandbox as sandbox_module
from autograder.sandbox.errors import SandboxDied, SandboxUnavailable
from autograder.sandbox.protocol import ProtocolError, pack, receive, send, unpack
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.small_convolutions import small_convolutions
from autograder.sandbox.values import read_outcome, write_case, write_outcome
from exercise_lib.check.case import Case
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.personal import PERSONAL, variant
from exercise_lib.check.result import CheckResult
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge
from exercise_lib.files.names import MANIFEST
from exercise_lib.speech.audio import wav_bytes

group = pytest.mark.xdist_group("sandbox")


# ---------------------------------------------------------------- messages


@pytest.fixture
def channel():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield SimpleNamespace(ours=ours, theirs=theirs)


def test_a_message_arrives_whole(channel):
    tensors = {"0": torch.randn(3, 4), "1": torch.tensor(True)}
    send(channel.theirs, {"a": [1, None, "ä"]}, tensors, 5)
    message, received = receive(channel.ours, 5, 10_000)
    assert message == {"a": [1, None, "ä"]}
    assert all(torch.equal(received[it], tensors[it]) for it in tensors)


def test_a_slow_drip_ends_at_the_deadline_of_the_whole_message(channel):
    stop = threading.Event()

    def drip():
        text, arrays = pack({"complete": "in the end"}, {})
        for byte in struct.pack("!II", len(text), len(arrays)) + text + arrays:
            if stop.wait(0.02):
                return
            channel.theirs.send(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(TimeoutError):
        receive(channel.ours, 0.3, 10_000)
    stop.set()
    thread.join()


def test_a_large_message_is_refused_before_it_is_read(channel):
    channel.theirs.send(struct.pack("!II", 2**31, 2**31))
    with pytest.raises(ProtocolError, match=r"2147483648 \+ 2147483648 bytes"):
        receive(channel.ours, 5, 10_000)


def test_a_text_that_would_grow_large_is_refused(channel):
    channel.theirs.send(struct.pack("!II", 9_000_000, 8))
    with pytest.raises(ProtocolError, match="9000000"):
        receive(channel.ours, 5, 64_000_000)


def test_a_message_that_breaks_off_is_noticed(channel):
    channel.theirs.send(struct.pack("!II", 10, 10) + b"{}")
    channel.theirs.close()
    with pytest.raises(EOFError):
        receive(channel.ours, 5, 10_000)
    with pytest.raises(EOFError):
        send(channel.ours, {}, {}, 5)


def tensors_of(header):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    "parts",
    [
        (b"{", save({})),
        (b"\xff\xfe", save({})),
        (b"[" * 100_000, save({})),
        (b"9" * 5000, save({})),
        (b"{}", b""),
        (b"{}", b"\xff" * 64),
        (b"{}", struct.pack("<Q", 2**40) + b"{}"),
        (b"{}", tensors_of({"0": {"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]}})),
        (b"{}", tensors_of({"0": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 0]}})),
        (b"{}", save({"x": torch.zeros(2, dtype=torch.float8_e4m3fn)})),
        (b"{}", save({str(number): torch.zeros(0) for number in range(20_000)})),
    ],
)
def test_a_damaged_message_is_refused(parts):
    with pytest.raises(ProtocolError):
        unpack(*parts)


COUNT_DRAWS = """import matplotlib.pyplot as plt
from matplotlib.figure import Figure
draws, draw = [], Figure.draw
Figure.draw = lambda *its, **named: (draws.append(1), draw(*its, **named))"""
VALUES = [
    None, True, 3, -2.5, "text", [1, (2.0, "a")], {"a": [torch.ones(2)], 3: None, "tensor": 1},
    torch.arange(3), torch.arange(6.0).reshape(2, 3).T, torch.tensor(1.5), torch.zeros(0, 4),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_results_come_back_as_they_were(value):
    sent = Outcome(value, {"x": torch.ones(2)}, None, ("x",), ("printed: hello",))
    got = there_and_back(sent)
    assert repr(got) == repr(sent)


def there_and_back(outcome: Outcome) -> Outcome:
    tensors = {}
    data = write_outcome(outcome, tensors)
    return read_outcome(*unpack(*pack(data, tensors)))


def test_exceptions_and_odd_results_come_back_as_what_they_show():
    raised = Raised(("ValueError", "Exception"), "no", "exercise_lib/mel.py", 3, "raise")
    assert there_and_back(Outcome(raised=raised)).raised == raised
    array = there_and_back(Outcome(np.arange(3))).value
    assert isinstance(array, np.ndarray) and array.tolist() == [0, 1, 2]
    number = there_and_back(Outcome(np.float32(1.5))).value
    assert isinstance(number, np.float32) and number == 1.5
    other = there_and_back(Outcome(SimpleNamespace(a=1))).value
    assert type(other).__name__ == "SimpleNamespace" and repr(other) == "namespace(a=1)"
    assert math.isnan(there_and_back(Outcome(math.nan)).value)


@pytest.mark.parametrize(
    "value",
    [
        {"tensor": "5"}, {"tensor": 0}, {"dict": [["a"]]}, {"dict": [[[1], 2]]}, {"x": 1}, {},
        {"tuple": 3}, {"other": ["a"]}, {"number": "0"}, 10**30, "x" * 5000,
        {"$import": "os:_exit"},
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused(value):
    data = {**write_outcome(Outcome(), {}), "value": value}
    with pytest.raises(ProtocolError):
        read_outcome(data, {"0": torch.ones(2)})


def test_a_case_on_its_way_in_says_nothing_of_what_is_expected():
    case = Case("a telling name", {"x": 1.0}, raises=("ValueError",), rtol=0.5, why="telling")
    assert set(write_case(case, {})) == {"args", "init", "probe", "grad", "options"}
    assert "telling" not in str(write_case(case, {}))


@pytest.mark.parametrize(("points", "shown"), [(0.5, "0.5"), (2.0, "1.0"), (-1.0, "0.0")])
def test_a_verdict_is_one_number_within_bounds(points, shown):
    result = CheckResult(points, id="a", title="A", max_points=1.0, rows=[], misconceptions={},
                         message="", notes=[])  # fmt: skip
    output = decisive_output(result)
    assert output.output_type == "execute_result" and output.data["text/plain"] == shown


# ---------------------------------------------------------------- fresh cases


def test_each_run_draws_its_own_cases():
    peak = toy_exercises()[0]
    first, second = (FreshBundles([peak]).bundle(peak.id) for _ in range(2))
    recorded = [solve(peak, PUBLIC_SEED, hidden=hidden) for hidden in (False, True)]
    names = [it.case.name for bundle in recorded for it in bundle.cases]
    for bundle in (first, second):
        assert [it.case.name for it in bundle.cases] == names
        assert [it.hidden for it in bundle.cases] == sorted(it.hidden for it in bundle.cases)
    assert str(first.cases[0].case.args) != str(second.cases[0].case.args)
    assert str(first.cases[0].case.args) != str(recorded[0].cases[0].case.args)


def test_a_misconception_runs_when_it_is_asked_for():
    peak = toy_exercises()[0]
    cases = FreshBundles([peak]).bundle(peak.id).cases
    assert not any(it.wrong.known for it in cases)
    right = [it.expected for it in cases]
    assert judge(FreshBundles([peak]).bundle(peak.id), cases, right).passed
    assert not any(it.wrong.known for it in cases)
    for it in cases:
        found = with_misconceptions(peak, it)
        assert {*found.wrong} == {name for name in it.wrong if name in it.wrong}
        for name, outcome in found.wrong.items():
            assert passes(outcome, it.wrong[name], it.case)
    assert any(name in it.wrong for it in cases for name in it.wrong)


def clipped(weight: float) -> Exercise:
    """An exercise whose one value is known, and whose other case is drawn and gives zero."""
    exercise = Exercise("toy.clip", "Clip", "notebook", lambda x: max(x, 0.0), "0.1", 2, 1, 5)
    exercise.cases(
        lambda rng, hidden: [
            Case("two", args={"x": 2.0}, weight=weight),
            Case("below zero", args={"x": -float(rng.random())}),
        ]
    )
    return exercise


def test_fresh_cases_weigh_what_is_declared():
    cases = FreshBundles([clipped(weight=3)]).bundle("toy.clip").cases
    assert [it.case.weight for it in cases] == [3, 1, 3, 1]


def test_where_only_zeros_are_drawn_the_known_values_count():
    bundle = FreshBundles([clipped(weight=1)]).bundle("toy.clip")
    assert judge(bundle, bundle.cases, [it.expected for it in bundle.cases]) == 2


def test_a_table_of_the_public_answers_earns_nothing():
    unknown = Outcome(raised=Raised(("KeyError",), "not in the table"))
    for exercise in load_exercises(REPOSITORY):
        if exercise.target == PERSONAL:
            continue
        bundle = FreshBundles([exercise]).bundle(exercise.id)
        public = {asked(it) for it in public_cases(exercise)}
        cases = [replace(it, wrong={}) for it in bundle.cases]  # nothing is to be named
        table = [it.expected if asked(it.case) in public else unknown for it in cases]
        assert judge(bundle, cases, table) == 0, exercise.id
        solved = [it.expected for it in cases]
        assert judge(bundle, cases, solved) == exercise.points


# ---------------------------------------------------------------- honest work


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with toy_sandbox(tmp_path_factory.mktemp("sandbox")) as toy:
        yield toy


@group
@needs_bubblewrap
def test_what_students_write_scores_as_it_should(toy):
    solved, stub = (it[MODULE] for it in (toy.assignment.solved_modules,
                                          toy.assignment.student_modules))  # fmt: skip
    assert toy.grade_module(solved).points == 1
    assert "Not written yet. TODO 0.1" in toy.grade_module(stub).text
    assert "can't be imported. SyntaxError" in toy.grade_module("def peak_normalise(:").text
    assert "has no `peak_normalise`" in toy.grade_module("x = 1").text
    assert "exercise_lib/warmup.py, line 2" in toy.grade_module("\nimport no_such_module").text
    assert toy.grade_cell("double = lambda x: x + x").points == 1
    assert "define no `double`" in toy.grade_cell("def dobble(x):\n    return 2 * x").text
    assert "define no `double`" in toy.grade_cell("1 / 0").text


@group
@needs_bubblewrap
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print(\u201chello\u201d)", "SyntaxError: invalid character"),
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("raise SystemExit(3)", "raises SystemExit: 3"),
    ],
)
def test_what_an_answer_raises_is_the_reason_that_it_defines_nothing(toy, source, said):
    text = toy.grade_cell(f"{source}\ndef double(x):\n    return 2 * x\n").text
    assert "define no `double`. The answer above raises" in text and said in text


@group
@needs_bubblewrap
def test_what_ends_a_check_says_nothing_to_a_terminal(toy):
    evil = "raise KeyboardInterrupt('\\x1b[2J\\x1b]0;title\\x07all passed \\u202e \\r over')"
    verdict = toy.grade_cell(f"def double(x):\n    {evil}\n")
    assert verdict.points == 0 and "could not be run to its end" in verdict.text
    assert "all passed" in verdict.text and not set(verdict.text) & set("\x1b\x07\r\u202e")


@group
@needs_bubblewrap
@pytest.mark.parametrize(
    ("value", "points"),
    [
        ("np.float32(2 * x)", 1), ("np.uint16(2 * x)", 1), ("np.longdouble(2 * x)", 1),
        ("np.float32(x + 1)", 0), ("np.complex64(x)", 0), ("np.datetime64('2026')", 0),
        ("10**5000", 0), ("float('nan')", 0), ("float('inf')", 0), ("[np.void(3), {(1,): 2}]", 0),
        ("torch.eye(2).to_sparse()", 0), ("torch.ones(2, dtype=torch.complex128)", 0),
    ],
)  # fmt: skip
def test_any_value_gets_a_verdict_of_its_own(toy, value, points):
    source = f"import numpy as np, torch\ndef double(x):\n    return {value}\n"
    verdict = toy.grade_cell(source)
    assert verdict.points == points and "<table" in verdict.html


@group
@needs_bubblewrap
def test_modules_and_cells_of_many_megabytes_reach_a_child(toy):
    long = "# " + "x" * 9_000_000
    module = f"{toy.assignment.solved_modules[MODULE]}\n{long}\n"
    cell = f"def double(x):\n    return 2 * x\n{long}\n"
    assert toy.grade_cell(cell, module).points == 1


@group
@needs_bubblewrap
def test_a_misconception_is_named(toy):
    verdict = toy.grade_module(
        "def peak_normalise(waveform, peak=0.95):\n    return waveform / waveform.abs().max()\n"
    )
    assert verdict.points < 1 and "multiply by <code>peak</code>" in verdict.html


@group
@needs_bubblewrap
def test_numbers_of_hidden_cases_are_not_shown(toy):
    verdict = toy.grade_cell("def double(x):\n    return x * 2 + 1000\n")
    assert "1004" in verdict.html  # the public case's, expected beside got
    assert "1006" not in verdict.html and "hidden case" in verdict.html


@group
@needs_bubblewrap
def test_an_answer_that_hangs_does_not_take_the_next_one_along(toy):
    notebook = toy.solved("01_double")
    hanging = deepcopy(notebook.cells[1])
    hanging.source, hanging.id = "while True:\n    pass", "hanging"
    notebook.cells.insert(1, hanging)
    assert toy.verdict(notebook, {MODULE: b""}).points == 1


@group
@needs_bubblewrap
def test_a_notebook_has_no_names_of_the_one_before(toy):
    first, second = toy.solved("01_double"), toy.solved("01_double")
    second.cells = [it for it in second.cells if it.id != "answer-double"]
    toy.grader.grade([first, second], {MODULE: b""})
    one, two = (next(filter(is_check_cell, it.cells)) for it in (first, second))
    assert one.outputs[0].output_type == "execute_result"
    assert "The notebook's answers define no `double`." in str(two.outputs)


@pytest.mark.slow
@group
@needs_bubblewrap
@pytest.mark.parametrize("name", [lab.notebook for lab in REPOSITORY.labs])
def test_every_solution_scores_as_in_process(real, name):
    notebook = deepcopy(real.assignment.solved_notebooks[name])
    files = {path: text.encode() for path, text in real.assignment.solved_modules.items()}
    real.grader.grade([notebook], files)
    for cell in filter(is_check_cell, notebook.cells):
        exercise = real.grader.bundles.exercises[checked_exercise(cell)]
        bundle = real.grader.bundles.bundle(exercise.id)
        hidden = [it for it in bundle.cases if it.hidden]
        if hidden and all(it.is_named for it in hidden):  # then these alone settle what is right
            bundle = replace(bundle, cases=hidden)
        with small_convolutions():  # as there: else a digit that is shown may be another
            outcomes = [run_case(exercise.solution, it.case) for it in bundle.cases]
        if exercise.target == PERSONAL:
            right = outcomes[1 + variant(NUMBER_OF_MASTER, len(outcomes) - 1)]  # practice is first
            outcomes = [replace(right, value=(NUMBER_OF_MASTER, right.value))]
        [output] = cell.outputs
        assert output.output_type == "execute_result", (exercise.id, output)
        assert output.data["text/plain"] == repr(float(exercise.points)), exercise.id
        assert output.data[RESULT] == judge(bundle, bundle.cases, outcomes).as_dict()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The repository's own assignment in a sandbox."""
    torch.set_num_threads(1)
    exercises, folder = load_exercises(REPOSITORY), tmp_path_factory.mktemp("real") / "release"
    assignment = read_assignment(REPOSITORY, exercises)
    assemble(
        REPOSITORY, folder, assignment, assignment.student_notebooks, assignment.student_modules
    )
    with Sandbox(folder, student_modules(ROOT), imported_modules(folder)) as sandbox:
        yield SimpleNamespace(
            assignment=assignment, grader=Grader(sandbox, FreshBundles(exercises))
        )


# ---------------------------------------------------------------- notebooks that are shown


def test_what_only_shows_something_is_warm_where_notebooks_are_shown(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import colorsys"),
            nbformat.v4.new_code_cell(
                "print(colorsys.rgb_to_hsv(1, 0, 0), other.name)",
                metadata={"tags": ["skip-when-grading"]},
            ),
        ]
    )
    nbformat.write(notebook, tmp_path / "01_colours.ipynb")
    assert imported_modules(tmp_path) == ["colorsys"]
    assert imported_modules(tmp_path, show=True) == ["colorsys", "colorsys.rgb_to_hsv"]


# ---------------------------------------------------------------- what only some answers import

ANSWERS = """
import math


def cases(generator, hidden):
    return []


def wrong(x):
    import colorsys

    return colorsys.rgb_to_hsv(math.pi, 0, x)
"""


def test_what_the_courses_own_answers_import_when_they_are_called(tmp_path, monkeypatch):
    (tmp_path / "exercise_on_colours.py").write_text(ANSWERS)
    monkeypatch.syspath_prepend(tmp_path)
    exercise = SimpleNamespace(make_cases=import_module("exercise_on_colours").cases)
    assert imported_by_answers([exercise]) == ["colorsys", "colorsys.rgb_to_hsv"]
    assert "librosa.filters.mel" in imported_by_answers(load_exercises(REPOSITORY))


def is_warm(sandbox, name):
    """Return whether a child that is forked from now on finds a module imported."""
    with sandbox.child({}):
        pass  # it was forked before
    with sandbox.child({}) as child:
        request = {"do": "run", "source": f"import sys\nassert {name!r} in sys.modules"}
        return child.ask(request, {}, 10)[0]["raised"] == ""


@group
@needs_bubblewrap
def test_more_can_be_had_warm_but_no_module_of_a_students(toy):
    sandbox, own = toy.grader.sandbox, MODULE.removesuffix(".py").replace("/", ".")
    assert not is_warm(sandbox, "colorsys")
    sandbox.import_more(["colorsys", "no_such_module", own])
    assert is_warm(sandbox, "colorsys") and not is_warm(sandbox, own)


@group
@needs_bubblewrap
def test_a_module_that_runs_endlessly_is_imported_once(toy):
    target = f"{MODULE.removesuffix('.py').replace('/', '.')}:peak"
    with toy.grader.sandbox.child({MODULE: b"while True:\n    pass\n"}) as child:
        said = [
            child.ask(
                {"do": "check", "target": target, "name": "", "cases": [], "seconds": it}, {}, 9
            )
            for it in (0.5, 5.0)
        ]
        cell = {"do": "run", "source": f"import {target.partition(':')[0]}", "seconds": 5.0}
        raised = child.ask(cell, {}, 9)[0]["raised"]
    first, second = (answer["rejected"] for answer, _ in said)
    assert f"{MODULE} ran for more than 0.5 s and was stopped ({MODULE}, line " in first
    assert second.startswith(first.partition("\n")[0]) and "more than 0.5 s" in raised


@group
@needs_bubblewrap
@pytest.mark.parametrize("dies", [False, True])
def test_it_is_warm_after_some_submissions(course, monkeypatch, dies):
    repository, course = course.repository, course.course
    monkeypatch.setattr(worker, "GRADERS", {})  # a sandbox of its own
    monkeypatch.setattr(worker, "GRADED", Counter())
    monkeypatch.setattr(worker, "MANY", 2)
    monkeypatch.setattr(worker, "imported_by_answers", lambda _: ["colorsys"])
    with sandboxed(repository, course, toy_exercises, start=InThisProcess) as checks:
        sandbox = start_grader(checks.settings).sandbox
        grade(repository, course, ["anna"], checks, again=True)
        assert not is_warm(sandbox, "colorsys")
        if dies:
            more = sandbox.import_more
            monkeypatch.setattr(sandbox, "import_more", lambda it: (terminate(sandbox), more(it)))
        found = grade(repository, course, ["bilal", "anna"], checks, again=True)
        assert [it.student for it in found] == ["bilal", "anna"] and not found[1].failures
        assert is_warm(sandbox, "colorsys") and sandbox.restarts == dies


@group
@needs_bubblewrap
def test_a_notebook_that_nobody_grades_by_hand_is_not_run_to_be_shown(toy):
    grader = replace(toy.grader, show=True)
    for by_hand in (False, True):
        notebook = toy.solved("01_double")
        notebook.cells = [it for it in notebook.cells if not is_graded_by_hand(it)]
        if by_hand:
            graded = {"grade": True, "solution": True, "grade_id": "words", "points": 1}
            answer = nbformat.v4.new_markdown_cell("because", metadata={"nbgrader": graded})
            notebook.cells.append(answer)
        notebook.cells.append(nbformat.v4.new_code_cell("double(4)"))
        grader.grade([notebook], {MODULE: b""})
        assert bool(notebook.cells[-1].outputs) == by_hand


@group
@needs_bubblewrap
def test_a_notebook_is_run_to_be_shown_and_bounded(toy):
    notebook = toy.solved("01_double")
    sources = [
        "import matplotlib.pyplot as plt\nfrom exercise_lib import figures\n"
        "plt.plot([1, 2])\nplt.title('<b>mine</b>');",
        "print('x' * 100_000)\ndouble(4)",
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
        "from IPython.display import Audio, HTML\nplayer = Audio([0.0, 0.5, -0.5], rate=8000)\n"
        "source = player.src_attr()\n"
        "one = f'<div><b>mine &amp; yours</b><audio src=\"{source}\"></audio></div>'\n"
        "HTML(player._repr_html_() + one + '<script>alert(1)</script>')",
        "import os\nos._exit(1)",
        "print('not reached')",
    ]
    for source in sources:
        notebook.cells.append(nbformat.v4.new_code_cell(source, id=f"c{len(notebook.cells)}"))
    Attempt(toy.grader, notebook, {MODULE: b""}).show()
    picture, text, script, sounds, end, after = (
        it.outputs for it in notebook.cells[-len(sources) :]
    )
    assert picture[0].data["image/png"].startswith("iVBOR")
    assert picture[0].metadata["image/png"]["alt"] == "<b>mine</b>; curve."
    assert "characters more" in text[0].text and len(text[0].text) < 30_000
    assert text[1].data["text/plain"] == "8"
    assert "text/html" not in str(script) and "script" not in str(sounds)
    first, words, second = (it.data for it in sounds)
    assert first == second and first["text/html"].count("<audio") == 1
    assert 'aria-label="a sound of 0.0 s"' in first["text/html"]
    assert words["text/plain"].endswith("mine & yours")
    assert "ended Python" in end[0].evalue and after == []
    nbformat.validate(notebook)


@group
@needs_bubblewrap
def test_a_figure_is_drawn_for_its_size_and_for_its_picture_and_no_further_time(toy):
    notebook = toy.solved("01_double")
    sources = [f"{COUNT_DRAWS}\nplt.plot([1, 2]);", "print(len(draws))"]
    notebook.cells += [nbformat.v4.new_code_cell(it) for it in sources]
    Attempt(toy.grader, notebook, {MODULE: b""}).show()
    assert notebook.cells[-1].outputs[0].text == "2\n"


def test_a_sound_reaches_the_page_as_samples_and_nothing_else():
    shown = wav_bytes(torch.linspace(-0.5, 0.5, 800), 16_000)
    evil = shown[:44] + b'"><script>alert(1)</script>' + shown[71:] + b"LIST<script>"
    for sent, samples in ((shown, shown[44:]), (evil, evil[44 : len(shown)])):
        page = read_output(
            {"kind": "audio/wav", "shown": base64.b64encode(sent).decode(), "words": ""}
        )
        kept = base64.b64decode(page.data["text/html"].partition("base64,")[2].partition('"')[0])
        assert kept == shown[:44] + samples
        assert "script" not in str(page)
    for sent in (b"", b"RIFF", b"<script>" * 20, shown[:20], shown.replace(b"WAVE", b"AVI ")):
        page = read_output(
            {"kind": "audio/wav", "shown": base64.b64encode(sent).decode(), "words": ""}
        )
        assert list(page.data) == ["text/plain"]
    for sent in ('"><script>', "data:", 3, None):
        with pytest.raises(ProtocolError):
            read_output({"kind": "audio/wav", "shown": sent, "words": ""})


# ---------------------------------------------------------------- through nbgrader


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A released toy course and what its sample cohort hands in."""
    root = tmp_path_factory.mktemp("graded")
    repository = toy_repository(root / "repository")
    course = Course(root / "course", ASSIGNMENT)
    assignment = read_assignment(repository, toy_exercises())
    build_references(toy_exercises(), repository.references, PUBLIC_SEED, hidden=False)
    write_course(repository, course, assignment)
    release(repository, course)
    cohort = make_cohort(assignment, toy_exercises(), [
        ("dilara", "warmup.peak_normalise", "signed_maximum")
    ])  # fmt: skip
    for member in cohort:
        shutil.copytree(course.release, course.step("submitted", member.student))
        member.work(course.step("submitted", member.student))
    return SimpleNamespace(repository=repository, course=course)


@group
@needs_bubblewrap
def test_a_cohort_is_graded_through_nbgrader(course):
    students = course.course.students("submitted")
    kept = {"show": True, "start": InKeptSandbox}
    with sandboxed(course.repository, course.course, toy_exercises, **kept) as checks:
        found = grade(course.repository, course.course, students, checks)
    reports = {it.student: it for it in found}
    points = {name: report.score for name, report in reports.items()}
    assert points.pop("anna") == 2 and points.pop("bilal") == 0
    assert 1 < points.pop("dilara") < 2
    assert points == {"chen": 1, "gustav": 1, "hanna": 1, "ivan": 1, "jing": 1}
    assert list(reports["dilara"].misconceptions) == ["warmup.peak_normalise: signed_maximum"]
    [failure] = reports["jing"].failures
    assert failure.startswith("00_peak: The code ended Python.")
    assert reports["anna"].to_grade_by_hand == 1
    with Gradebook(course.course.gradebook_url) as gradebook:
        scores = gradebook.assignment_submissions(ASSIGNMENT)
        assert {it.student.id: it.score for it in scores} == {
            name: report.score for name, report in reports.items()
        }
    give_feedback(course.repository, course.course)
    page = (course.course.step("feedback", "dilara") / "00_peak.html").read_text()
    assert "not by the largest absolute one" in page and "hidden case" in page
    assert "model answer" not in page


# ---------------------------------------------------------------- faults


@group
@needs_bubblewrap
def test_a_sandbox_that_dies_is_started_again_and_the_submission_graded(toy, monkeypatch):
    before = toy.grader.sandbox.restarts
    terminate(toy.grader.sandbox)
    assert toy.still_grades()
    assert toy.grader.sandbox.restarts == before + 1

    ask, asked = sandbox_module.Child.ask, []

    def ask_and_die(child, request, *rest):
        if request["do"] == "check" and not asked:
            asked.append(request)
            terminate(toy.grader.sandbox)
        return ask(child, request, *rest)

    monkeypatch.setattr(sandbox_module.Child, "ask", ask_and_die)
    assert toy.still_grades() and asked
    assert toy.grader.sandbox.restarts == before + 2


@group
@needs_bubblewrap
def test_a_submission_that_ends_the_sandbox_again_and_again_gets_nothing_and_the_run_goes_on(
    course, monkeypatch
):
    take = sandbox_module.Child.take
    repository, course = course.repository, course.course
    with sandboxed(repository, course, toy_exercises, start=InThisProcess) as checks:
        sandbox = start_grader(checks.settings).sandbox

        def take_and_die(child, files):
            if b"deadly" in b"".join(files.values()):
                terminate(sandbox)
            take(child, files)

        module = course.step("submitted", "gustav") / MODULE
        before = module.read_text()
        module.write_text("# deadly\n" + before)
        monkeypatch.setattr(sandbox_module.Child, "take", take_and_die)
        found = grade(repository, course, ["gustav", "anna"], checks, again=True)
        module.write_text(before)
    gustav, anna = sorted(found, key=lambda it: it.student, reverse=True)
    assert gustav.score == 0 and anna.score == 2
    assert "ended the sandbox 3 times" in " ".join(gustav.failures)


@pytest.mark.slow
@group
@needs_bubblewrap
def test_a_sandbox_that_dies_with_an_empty_child_stops_the_run(course, monkeypatch):
    repository, course = course.repository, course.course
    monkeypatch.setattr(worker, "GRADERS", {})  # a sandbox of its own
    with sandboxed(repository, course, toy_exercises, start=InThisProcess) as checks:
        sandbox = start_grader(checks.settings).sandbox

        def die(child, files):
            terminate(sandbox)
            raise SandboxDied("a child could not be set up")

        monkeypatch.setattr(sandbox_module.Child, "take", die)
        with pytest.raises(SandboxUnavailable, match="anna was not graded"):
            grade(repository, course, ["anna", "bilal"], checks, again=True)


@group
@needs_bubblewrap
def test_a_sandbox_that_was_got_ready_lives_until_the_run_ends(course, monkeypatch):
    repository, course = course.repository, course.course
    monkeypatch.setattr(worker, "GRADERS", {})  # a sandbox of its own
    with sandboxed(repository, course, toy_exercises, start=InThisProcess) as checks:
        checks.get_ready(jobs=1, only="")
        sandbox = start_grader(checks.settings).sandbox
        assert sandbox.is_alive()
        [anna] = grade(repository, course, ["anna"], checks, again=True)
        assert anna.score == 2 and sandbox.restarts == 0


@group
@needs_bubblewrap
def test_what_a_notebook_left_in_a_library_still_works_in_the_next_one(toy):
    """Its names are gone there, but not for a function that it put into torch."""
    wraps = "import torch\nplain = torch.neg\ntorch.neg = lambda x: plain(x)"
    with toy.grader.sandbox.child({}) as child:

        def run(source):
            return child.ask({"do": "run", "source": source}, {}, 20)[0]["raised"]

        assert not run(wraps) and not run("plain(torch.ones(1))")
        child.ask({"do": "forget"}, {}, 20)
        assert not run("import torch\ntorch.neg(torch.ones(1))")
        assert "NameError" in run("plain(torch.ones(1))")


@group
@needs_bubblewrap
def test_a_result_that_breaks_the_comparison_counts_as_wrong(toy, monkeypatch):
    def judge_and_break(*_):
        raise OverflowError

    monkeypatch.setattr(verdict, "judge", judge_and_break)
    broken = toy.grade_cell("def double(x):\n    return 3 * x\n")
    assert broken.points == 0 and "could not be compared (OverflowError)" in broken.text
    monkeypatch.setattr(second_try, "all_pass", judge_and_break)
    broken = toy.grade_cell("def double(x):\n    return 2 * x\n")
    assert broken.points == 0 and "could not be compared (OverflowError)" in broken.text


@group
@needs_bubblewrap
def test_no_student_pays_for_a_sandbox_that_can_not_be_kept_running(course, monkeypatch):
    def start_no_more(_):
        raise SandboxUnavailable("no more")

    repository, course = course.repository, course.course
    with sandboxed(repository, course, toy_exercises, start=InThisProcess) as checks:
        sandbox = start_grader(checks.settings).sandbox
        monkeypatch.setattr(Sandbox, "start", start_no_more)
        terminate(sandbox)
        with pytest.raises(SandboxUnavailable, match="anna was not graded"):
            grade(repository, course, ["anna"], checks, again=True)
    assert sandbox.process.poll() is not None


def test_without_bubblewrap_grading_refuses_and_says_what_to_do(tmp_path, monkeypatch):
    course = Course(tmp_path / "course", ASSIGNMENT)
    (course.release / MANIFEST).parent.mkdir(parents=True)
    (course.release / MANIFEST).write_text('{"modules": {}}')
    (course.step("submitted", "anna")).mkdir(parents=True)
    monkeypatch.setattr(cli, "courses", lambda _="": [course])
    monkeypatch.setattr("autograder.sandbox.sandbox.find_program", lambda: None)
    done = CliRunner().invoke(cli.app, ["grade"])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "apt install bubblewrap" in said and "--no-sandbox" in said and "Dockerfile" in said


@needs_bubblewrap
def test_a_host_without_user_namespaces_is_refused(tmp_path, monkeypatch):
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SandboxUnavailable, match="No permissions to create new namespace"):
        Sandbox(tmp_path, [], limits=QUICK).start()
