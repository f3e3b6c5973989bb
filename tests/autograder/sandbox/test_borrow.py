"""What the course's own code stands in for: a student's function, wherever modules have it."""

import socket
import subprocess
import sys
from types import ModuleType

import pytest

from autograder.sandbox.borrow import substitute
from autograder.sandbox.child import Requests
from autograder.sandbox.limits import Limits
from autograder.sandbox.protocol import send_end


def module(name: str, text: str) -> ModuleType:
    made = ModuleType(name)
    exec(text, vars(made))
    return made


def test_a_function_that_another_module_imported_by_name_is_replaced_there(monkeypatch):
    home = module("exercise_lib.one", "def double(x): return x\ndef other(x): return x")
    user = module("exercise_lib.two", "def own(x): return double(x)")
    stranger = module("somebody", "")
    for it in (home, user, stranger):
        monkeypatch.setitem(sys.modules, it.__name__, it)
    for it in (user, stranger):
        it.double, it.other = home.double, home.other
    substitute({("exercise_lib.one", "double"): lambda x: 2 * x})
    assert user.own(3) == user.double(3) == 6
    assert user.other is home.other and stranger.double is home.double


def test_modules_that_can_have_something_borrowed_are_imported_anew():
    """In a process of its own, whose modules nobody else needs."""
    program = """
import sys
from types import ModuleType
import exercise_lib
from autograder.sandbox.borrow import forget_modules
given = sys.modules["exercise_lib.check.target"]
for name in ("exercise_lib.one", "somebody"):
    sys.modules[name] = ModuleType(name)
exercise_lib.one = sys.modules["exercise_lib.one"]
forget_modules()
assert "exercise_lib.one" not in sys.modules and not hasattr(exercise_lib, "one")
assert sys.modules["exercise_lib.check.target"] is given and "somebody" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_who_lends_anew_closes_the_channel_of_what_was_lent_before():
    grader, channel = socket.socketpair()
    requests, ends, lenders = Requests(channel, Limits()), [], []
    for _ in range(2):
        own, other = socket.socketpair()
        send_end(grader, other)
        other.close()
        requests.lend({"modules": {}, "parts": []}, {}, None)
        ends.append(own)
        lenders.append(requests.lender)
    for own in ends:
        own.setblocking(False)
    assert ends[0].recv(1) == b""
    with pytest.raises(BlockingIOError):
        ends[1].recv(1)
