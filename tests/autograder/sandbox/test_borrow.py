"""What the course's own code stands in for: a student's function, wherever modules have it."""

import socket
import sys
from types import ModuleType, SimpleNamespace

import pytest

from autograder.sandbox import borrow
from autograder.sandbox.borrow import Borrower
from autograder.sandbox.child import Requests
from autograder.sandbox.limits import Limits
from autograder.sandbox.protocol import send_end

PEER = SimpleNamespace(
    call=lambda name, x: f"lent {name} of {x}",
    call_method=lambda name, owner, made_with, x: f"lent {name} of {x}",
)


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
    Borrower().substitute({("exercise_lib.one", "double"): lambda x: 2 * x})
    assert user.own(3) == user.double(3) == 6
    assert user.other is home.other and stranger.double is home.double


@pytest.fixture
def modules(monkeypatch):
    """A module of a student's, one that has a function of it, and one that is imported later."""
    one = module(
        "exercise_lib.one",
        "def double(x): return x\n"
        "class Base:\n    def __init__(self): self.own = 1\n"
        "class Layer(Base):\n    def step(self, x): return x\n",
    )
    two, late = module("exercise_lib.two", ""), module("exercise_lib.late", "")
    two.double = one.double
    for it in (one, two):
        monkeypatch.setitem(sys.modules, it.__name__, it)
    monkeypatch.setattr(borrow, "load_target", lambda target: None)
    return one, two, late


def test_what_was_borrowed_is_given_back_wherever_it_was(modules, monkeypatch):
    one, two, late = modules
    double, step = one.double, one.Layer.step
    borrower = Borrower()
    borrower.borrow(["exercise_lib.one:double", "exercise_lib.one:Layer.step"], PEER)
    assert one.double(3) == two.double(3) == "lent exercise_lib.one:double of 3"
    assert one.Layer().step(3) == "lent exercise_lib.one:Layer.step of 3"
    late.double = one.double
    monkeypatch.setitem(sys.modules, late.__name__, late)
    borrower.give_back()
    assert one.double is two.double is late.double is double
    assert one.Layer.step is step and "__init__" not in vars(one.Layer)
    assert one.Layer().own == 1 and not borrower.is_spoilt


@pytest.mark.parametrize("missing", ["exercise_lib.one:gone", "exercise_lib.gone:double"])
def test_who_lacks_what_it_borrows_can_not_borrow_again(modules, monkeypatch, missing):
    def load_target(target):
        if "gone:__name__" in target:
            raise ImportError

    monkeypatch.setattr(borrow, "load_target", load_target)
    monkeypatch.setitem(sys.modules, "exercise_lib.gone", None)
    borrower = Borrower()
    borrower.borrow(["exercise_lib.one:double"], PEER)
    assert not borrower.is_spoilt
    borrower.borrow([missing], PEER)
    assert borrower.is_spoilt
    monkeypatch.delattr("exercise_lib.gone", raising=False)


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
