"""What the course's own code stands in for: a student's function, wherever modules have it."""

import sys
from types import ModuleType

from autograder.sandbox.borrow import substitute


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
