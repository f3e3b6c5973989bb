"""Code that runs too long is stopped, wherever it runs, and the place is said."""

import os
import re
import signal
import sys
import threading
import time

import pytest

from exercise_lib.check import time_limit as module
from exercise_lib.check import verdict
from exercise_lib.check.bundle import SECONDS, Bundle, read_bundle, write_bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.run import run_case
from exercise_lib.check.time_limit import TOO_SLOW, TookTooLong, Watch, time_limit
from exercise_lib.environment.variables import HIDDEN_VARIABLE

LOOP = "def loop(x):\n    while True:\n        x = x + 1\n"
CASE = Case("a number", {"x": 2.0})


@pytest.fixture
def student(tmp_path):
    """Return the functions of a file of the student's."""

    def write(text):
        file = tmp_path / "toy_student.py"
        file.write_text(text)
        space: dict = {}
        exec(compile(text, str(file), "exec"), space)
        return space

    return write


def stopped(function, seconds=0.2):
    with pytest.raises(TookTooLong) as found, time_limit(seconds):
        run_case(function, CASE)
    return str(found.value)


def in_thread(function):
    """Return what a function returns or raises in another thread than the first."""
    box: list = []

    def work():
        try:
            box.append(function())
        except BaseException as error:
            box.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(box[0], BaseException):
        raise box[0]
    return box[0]


def without_signals(function):
    """As on Windows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(signal, "setitimer")
        return function()


WAYS = {"main": lambda function: function(), "thread": in_thread, "no signals": without_signals}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_endless_loop_is_stopped_and_its_place_said(student, way):
    loop = student(LOOP)["loop"]
    text = way(lambda: stopped(loop))
    first, line = text.split("\n")
    assert re.fullmatch(
        r"ran for more than 0\.2 s and was stopped in `loop` \(toy_student\.py, line [23]\)\. "
        + re.escape(TOO_SLOW), first,
    )  # fmt: skip
    assert line in ("while True:", "x = x + 1")


CAUGHT = "        except BaseException:\n            n = 1\n"
ALL_CAUGHT = {
    "in turn": f"def loop(x):\n    while True:\n        try:\n            x = x + 1\n{CAUGHT}",
    "inside": "def loop(x):\n    while True:\n        try:\n            while True:\n"
    f"                x = x + 1\n{CAUGHT}",
    "below": "def add(x):\n    while True:\n        x = x + 1\n"
    f"def loop(x):\n    while True:\n        try:\n            add(x)\n{CAUGHT}",
}


@pytest.mark.parametrize("text", ALL_CAUGHT.values(), ids=ALL_CAUGHT)
def test_code_that_catches_everything_is_stopped_too(student, text):
    loop = student(text)["loop"]
    trace = sys.gettrace()
    done = threading.Event()

    def give_up():
        if not done.wait(20):
            os._exit(3)  # it could not be stopped

    threading.Thread(target=give_up, daemon=True).start()
    stopped(loop)
    done.set()
    assert sys.gettrace() == trace


def test_a_sleep_is_stopped_at_once(student):
    wait = student("import time\ndef wait(x):\n    time.sleep(60)\n")["wait"]
    text = stopped(wait)
    assert "in `wait` (toy_student.py, line 3)" in text
    assert ", after " not in text  # as is said of a call that had to be waited for


def test_the_line_is_the_students_where_a_library_runs(student):
    call = "torch.nn.Linear(9, 9)(torch.ones(9))"
    text = f"import torch\ndef slow(x):\n    while True: {call}\n"
    assert "in `slow` (toy_student.py, line 3)" in stopped(student(text)["slow"])


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_call_that_cannot_be_stopped_is_named_meanwhile_and_ends_the_check_after(
    student, way, monkeypatch, capsys
):
    monkeypatch.setattr(module, "STUCK", 0.2)
    long = "hashlib.pbkdf2_hmac('sha256', b'', b'', 4_000_000)"  # in C, and others may run
    call = student(f"import hashlib\ndef call(x):\n    {long}\n")["call"]
    text = way(lambda: stopped(call))
    assert "was stopped in `call` (toy_student.py, line 3), after" in text
    assert "since a library's call can't be before it returns. Look" in text
    said = capsys.readouterr().err
    assert said.startswith("Still running in `call` (toy_student.py, line 3): a library's call")
    assert said.count("Still running") == 1


def test_where_there_are_no_more_threads_a_signal_will_do(student, monkeypatch):
    def start(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert "in `loop`" in stopped(student(LOOP)["loop"])


def test_what_is_in_time_is_left_alone_and_the_handler_is_put_back(student):
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(5):
        assert run_case(lambda x: 2 * x, CASE).value == 4
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert not any(isinstance(it, Watch) for it in threading.enumerate())


def test_what_the_check_itself_does_is_not_interrupted_but_counted(monkeypatch):
    done = []
    with pytest.raises(TookTooLong, match=r"was stopped\. Look"), time_limit(0.1):
        time.sleep(0.5)
        done.append(1)
    assert done


def toy(tmp_path, monkeypatch, text, **changes):
    (tmp_path / "toy_slow.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(verdict, "REFERENCES", tmp_path)
    monkeypatch.delenv(HIDDEN_VARIABLE, raising=False)  # of a grader in this process
    sys.modules.pop("toy_slow", None)
    cases = [SolvedCase(CASE, Outcome(4.0), {})]
    write_bundle(
        Bundle("toy.double", "Double", "toy_slow:double", "9.1", 2.0, {}, cases, **changes),
        tmp_path,
    )


def test_a_check_that_takes_too_long_earns_nothing_and_says_where(tmp_path, monkeypatch):
    slow = "def double(x):\n    while True:\n        pass\n"
    toy(tmp_path, monkeypatch, slow, seconds=0.3)
    result = verdict.check("toy.double")
    assert result == 0 and not result.passed
    assert "The code ran for more than 0.3 s and was stopped in `double` (toy_slow.py" in str(
        result
    )


def test_an_import_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    toy(tmp_path, monkeypatch, "while True:\n    pass\ndef double(x):\n    return 2 * x\n")
    monkeypatch.setattr(verdict, "IMPORT_SECONDS", 0.3)
    assert "was stopped (toy_slow.py, line" in str(verdict.check("toy.double"))


def test_an_exercise_says_how_long_it_may_take(tmp_path, monkeypatch):
    toy(tmp_path, monkeypatch, "def double(x):\n    return 2 * x\n")
    assert read_bundle("toy.double", tmp_path).seconds == SECONDS == 10
    toy(tmp_path, monkeypatch, "def double(x):\n    return 2 * x\n", seconds=60.0)
    assert read_bundle("toy.double", tmp_path).seconds == 60


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_is_left_behind_that_a_profiler_or_debugger_would_stumble_on(student, way):
    loop = student(LOOP)["loop"]

    def check():
        stopped(loop)
        with time_limit(5):
            pass
        sys.setprofile(lambda *_: None)
        try:
            return run_case(lambda x: 2 * x, CASE).value
        finally:
            sys.setprofile(None)

    assert way(check) == 4


def test_where_nobody_reads_the_screen_no_thread_is_needed(student):
    with time_limit(5, tells=False):
        assert not any(isinstance(it, Watch) for it in threading.enumerate())
    with pytest.raises(TookTooLong, match="in `loop`"), time_limit(0.2, tells=False):
        student(LOOP)["loop"](2.0)
