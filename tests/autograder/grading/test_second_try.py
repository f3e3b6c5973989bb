"""One mistake costs once: later exercises are checked with right ones in place of wrong ones."""

from types import SimpleNamespace

import pytest
from toy_calling import SQUARE, calling_exercises, calling_sandbox
from toy_sandbox import needs_bubblewrap

from autograder.builder.callees import Tracer
from autograder.grading.fresh_cases import FreshBundles
from autograder.grading.lines import HelpedLine
from autograder.grading.notebook import Attempt
from autograder.grading.second_try import SecondTries, Try
from autograder.sandbox.sandbox import Sandbox
from exercise_lib.check.case import Case, SolvedCase, named_like
from exercise_lib.check.outcome import Outcome

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("second try")]
ALL = {"square": 2, "energy": 2, "power": 1, "step": 2, "Walk": 2, "Half": 2, "halves": 2}
RIGHT, WRONG = Outcome(1), Outcome(2)
ENERGY = "return square(x).sum() + square(x.diff()).sum()"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with calling_sandbox(tmp_path_factory.mktemp("calling")) as toy:
        yield toy


def test_what_an_exercise_calls_is_found_by_running_it():
    bundles = FreshBundles(calling_exercises())
    called = {it: bundles.callees(f"steps.{it}") for it in ALL}
    assert called == {
        "square": {},
        "energy": {"steps.square": "3.1"},
        "power": {"steps.square": "3.1"},
        "step": {"steps.square": "3.1"},
        "Walk": {"steps.square": "3.1", "steps.step": "3.4"},
        "Half": {},
        "halves": {"steps.square": "3.1", "steps.energy": "3.2", "steps.Half": "3.6"},
    }
    parts = Tracer(calling_exercises()).parts
    assert list(parts["steps.Walk"]) == ["exercise_lib.steps:Walk.forward"]
    assert list(parts["steps.Half"]) == [
        f"exercise_lib.steps:Half.{it}" for it in ("__init__", "forward")
    ]


def test_who_is_right_is_checked_once(toy, monkeypatch):
    monkeypatch.delattr(HelpedLine, "help_with")
    monkeypatch.setattr(FreshBundles, "calls", None)
    assert toy.grade().points == ALL


@pytest.mark.parametrize(
    "wrong",
    [
        "    return x * x + 1",
        '    raise NotImplementedError("TODO 3.1: x times x")',
        "    return None",
        "    while True:\n        pass",
        "    import os\n    os._exit(1)",
    ],
    ids=["wrong", "unwritten", "nothing", "endless", "an end"],
)
def test_a_mistake_costs_once(toy, wrong):
    graded = toy.grade({SQUARE: wrong})
    assert graded.points == ALL | {"square": 0, "power": 0}
    for name in ("energy", "step", "Walk", "halves"):
        assert (
            "`square` (TODO 3.1), which does not pass yet: mend that first." in graded.texts[name]
        )
        assert "so that one mistake costs once" in graded.texts[name]


def test_a_function_that_is_missing_costs_once(toy):
    graded = toy.grade({"def square(": "def squares("})
    assert graded.points == ALL | {"square": 0, "power": 0}


def test_a_method_costs_once(toy):
    graded = toy.grade({"return x + self.gain(square(x))": "return self.gain(square(x))"})
    assert graded.points == ALL | {"step": 0}
    assert "`step` (TODO 3.4)" in graded.texts["Walk"]


@pytest.mark.parametrize(
    "change",
    [
        {"return self.layer(x) / 2": "return 1"},
        {"return self.layer(x) / 2": "return self.layer(x).view(7)"},
        {"self.layer = nn.Linear(size, size)": "pass"},
        {"class Half(": "class Other("},
    ],
)
def test_a_class_costs_once(toy, change):
    assert toy.grade(change).points == ALL | {"Half": 0}


def test_what_is_right_given_a_mistake_is_not_blamed_for_it(toy):
    text = toy.grade({SQUARE: "    return x * x + 1"}).texts["halves"]
    assert "`energy`" not in text and "`square`" in text


def test_mistakes_of_its_own_cost_and_are_named(toy):
    graded = toy.grade({SQUARE: "    return x * x + 1", ENERGY: "return square(x).sum()"})
    assert graded.points == ALL | {"square": 0, "power": 0, "energy": 0}
    assert "The differences are left out" in graded.texts["energy"]
    assert "mend that first" in graded.texts["energy"]
    assert (
        "`square` (TODO 3.1) and `energy` (TODO 3.2), which do not pass" in graded.texts["halves"]
    )


def test_what_is_unwritten_itself_says_only_that(toy):
    todo = 'raise NotImplementedError("TODO 3.2: add up")'
    graded = toy.grade({SQUARE: "    return 0 * x", ENERGY: todo})
    assert graded.points["energy"] == 0 and "mend" not in graded.texts["energy"]


def test_one_exercise_alone_is_checked_as_among_the_others(toy):
    graded = toy.grade({SQUARE: "    return x * x + 1"}, only="steps.energy")
    assert graded.points == {"energy": 2} and "`square`" in graded.texts["energy"]


@pytest.mark.parametrize("apart", [False, True])
def test_what_one_notebook_found_holds_for_the_next_ones(toy, monkeypatch, apart):
    run, asked = Attempt.run_cases, []

    def noted(attempt, line, bundle, name, hidden):
        asked.append((bundle.id, "hidden" if hidden else "public"))
        return run(attempt, line, bundle, name, hidden)

    monkeypatch.setattr(Attempt, "run_cases", noted)
    graded = toy.grade({SQUARE: "    return x * x + 1"}, apart=apart)
    assert graded.points == ALL | {"square": 0, "power": 0}
    tries = {it: [when for name, when in asked if name == f"steps.{it}"] for it in graded.points}
    assert tries["Half"] == ["hidden"]  # all is right
    assert tries["square"] == ["hidden", "public"]  # there is something to tell
    assert tries["energy"] == ["hidden", "hidden"]  # with another `square` all is right


def test_the_child_of_the_first_tries_serves_for_the_second_ones_too(toy, monkeypatch):
    child, files = Sandbox.child, []
    monkeypatch.setattr(Sandbox, "child", lambda *args: (files.append(args[1]), child(*args))[1])
    changes = {SQUARE: "    return x * x + 1", "return self.layer(x) / 2": "return self.layer(x)"}
    assert toy.grade(changes).points == ALL | {"square": 0, "power": 0, "Half": 0}
    hidden, helper, public = files
    assert hidden == public != helper == {}


def test_what_a_module_remembers_of_the_first_try_is_not_there_in_the_second(toy):
    remembers = (
        "KNOWN = {}\ndef squared(x):\n    key = x.shape, float(x.sum())\n"
        "    if key not in KNOWN:\n        KNOWN[key] = square(x)\n    return KNOWN[key]\n"
    )
    changes = {
        SQUARE: "    return x * x + 1",
        ENERGY: "return squared(x).sum() + squared(x.diff()).sum()",
    }
    points = toy.grade(changes, after=remembers).points
    assert points == ALL | {"square": 0, "power": 0}


def test_who_keeps_what_was_lent_does_not_have_it_for_another_exercise(toy):
    keeps = "KEPT = []\ndef squared(x):\n    KEPT.append(square)\n    return KEPT[0](x)\n"
    changes = {
        SQUARE: "    return x * x + 1",
        ENERGY: "return squared(x).sum() + squared(x.diff()).sum()",
        "return self.layer(x) / 2": "return self.layer(x)",
    }
    points = toy.grade(changes, after=keeps).points
    assert points == ALL | {"square": 0, "power": 0, "Half": 0}


@pytest.mark.parametrize(("more", "points"), [("", 2), ("steps.power(x)", 0)])
def test_of_a_module_that_cannot_be_imported_only_what_the_solution_calls_is_lent(
    toy, more, points
):
    """Else a cell could let the course's own code solve it, as `power` does not in the solution."""
    cell = f"""
def halves(x):
    try:
        from exercise_lib import steps
        {more or "pass"}
        return 2 * steps.Half(x.shape[-1])(x).shape[-1] + steps.energy(x)
    except Exception as error:
        raise NameError(str(error))
"""
    graded = toy.grade({"": "raise ImportError('not yet')"}, cell=cell)
    assert graded.points == dict.fromkeys(ALL, 0) | {"halves": points}


@pytest.mark.parametrize(
    "keeps",
    [
        "import functools\n@functools.cache\ndef walk_of(size):\n    return Walk(size)\n",
        "walk_of = {'made': Walk}['made']\n",
        "def walk_of(size, made=Walk):\n    return made(size)\n",
    ],
    ids=["an instance", "a dictionary", "a default"],
)
def test_what_a_module_made_when_it_was_imported_is_made_anew_for_other_help(toy, keeps):
    """The cell's walk is made before and after a step is lent."""
    cell = (
        "def halves(x):\n    y = steps.Half(x.shape[-1])(x)\n"
        "    steps.walk_of(2).step(x.new_ones(1, 2))\n"
        "    return 2 * y.shape[-1] + steps.energy(x)\n"
    )
    changes = {
        SQUARE: "    return x * x + 1",
        "return x + self.gain(square(x))": "return self.gain(square(x))",
    }
    points = toy.grade(changes, after=keeps, cell=cell).points
    assert points == ALL | {"square": 0, "power": 0, "step": 0}


def test_the_class_that_is_asked_for_is_never_lent():
    exercises = {
        "a.net": SimpleNamespace(target="exercise_lib.a:Net", todo="1.2"),
        "a.layers": SimpleNamespace(target="exercise_lib.a:Net", todo="1.1"),
    }
    parts = [
        "exercise_lib.a:Net.__init__",
        "exercise_lib.a:Net.layers",
        "exercise_lib.b:Net.__init__",
    ]
    bundles = SimpleNamespace(exercises=exercises, parts=lambda _: parts, hidden=lambda _: None)
    asked = []
    tries = SecondTries(
        bundles, {}, lambda _, lent, names: asked.extend(lent) or "", lambda *_: "", {}
    )
    tries.attempt("a.net", ["a.layers"])
    assert asked == parts[1:]


def two_exercises(**changes) -> SimpleNamespace:
    """Return the bundles of two exercises, of which the second one calls the first one."""
    hidden = SolvedCase(Case("x"), RIGHT, {}, hidden=True, **changes)
    bundle = SimpleNamespace(target="exercise_lib.a:two", cases=[hidden])
    return SimpleNamespace(
        exercises={it: SimpleNamespace(target="", todo=it) for it in ("1.1", "1.2")},
        callees={"1.1": {}, "1.2": {"1.1": "1.1"}}.get,
        calls=lambda _: [{}],
        parts=lambda _: [],
        hidden=lambda _: bundle,
        is_in_cell=lambda _: False,
    )


def test_nothing_is_worked_out_for_a_first_try_that_a_better_one_replaces():
    bundles, judged = two_exercises(), []
    first = {it: Try([WRONG], bundles.hidden(it), judged.append) for it in bundles.exercises}
    tries = SecondTries(bundles, first, lambda *_: [RIGHT], lambda *_: "Right.", {})
    assert tries.better("1.2").verdict.startswith("Right. This needs") and not judged


@pytest.mark.parametrize("is_named", [False, True])
@pytest.mark.parametrize("second", [RIGHT, WRONG])
def test_public_cases_do_not_blame_for_an_earlier_mistake_what_hidden_ones_find_right(
    is_named, second
):
    """Such as an own kind of public case, in which alone the earlier exercise is wrong."""
    bundles = two_exercises(is_named=is_named)
    answers = {"1.1": [WRONG], "1.2": [RIGHT]}
    first = {name: Try(it, bundles.hidden(name), lambda _: "") for name, it in answers.items()}
    tries = SecondTries(bundles, first, lambda *_: [second], lambda *_: "Right.", {})
    counts = tries.better("1.2")
    assert counts.passed
    assert (
        counts.is_helped
        == ("`1` (TODO 1.1)" in counts.sentence)
        == (second is RIGHT and not is_named)
    )


@pytest.mark.parametrize(("name", "settles"), [("x", True), ("another size", False)])
def test_hidden_cases_settle_only_what_public_ones_are_named_like(name, settles):
    """A case with another name may be of another kind: code for even sizes can fail at odd ones."""
    hidden = [SolvedCase(Case(name), RIGHT, {}, hidden=True)]
    bundle = SimpleNamespace(cases=named_like([Case("x")], hidden))
    assert Try([RIGHT], bundle, lambda _: "").is_settled == settles
