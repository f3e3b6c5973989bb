"""What a submission could do with right functions in place of its own: nothing but call them."""

import textwrap
import time

import pytest
from toy_calling import SQUARE, calling_sandbox
from toy_sandbox import needs_bubblewrap

from autograder.sandbox.limits import MB, Limits

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("attacks")]
LIMITS = Limits(check_seconds=6.0, notebook_seconds=40.0, memory=400 * MB, disk=16 * MB)
ON_PURPOSE = {SQUARE: "    return x * x + 100"}
STEP = {"return x + self.gain(square(x))": "return x"}
FIND_PEER = """
import gc

def peer():
    from autograder.sandbox.remote import Peer
    [found] = [it for it in gc.get_objects() if type(it) is Peer]
    return found

def tried(*calls):
    said = []
    for call in calls:
        try:
            return call()
        except Exception as error:
            said.append(type(error).__name__)
    raise RuntimeError(f"refused: {said}")
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with calling_sandbox(tmp_path_factory.mktemp("calling"), LIMITS) as toy:
        yield toy


def grade(toy, source: str, only: str = "steps.energy", changes=ON_PURPOSE):
    start = time.monotonic()
    graded = toy.grade(changes, only=only, after=FIND_PEER + textwrap.dedent(source))
    assert time.monotonic() - start < LIMITS.notebook_seconds + 10
    assert toy.grade(only=only).points[only.partition(".")[2]] == 2
    assert toy.grader.sandbox.restarts == 0
    return graded


def test_what_an_earlier_exercise_returns_earns_nothing(toy):
    graded = toy.grade(ON_PURPOSE, after="def energy(x):\n    return square(x)\n")
    assert (graded.points["square"], graded.points["energy"], graded.points["power"]) == (0, 0, 0)


def test_no_solution_can_be_read(toy):
    """Not in an object or a file of the process that calls it."""
    graded = grade(
        toy,
        """
        import os

        def energy(x):
            secret, region = " ".join(("whole", "numbers")), " ".join(("BEGIN", "SOLUTION"))
            found = []
            for thing in gc.get_objects():
                constants = getattr(getattr(thing, "__code__", None), "co_consts", ())
                if secret in constants:
                    found.append(thing)
            left_out = {"proc", "sys", "usr", "lib", "dev", "site-packages", "lib64", "etc"}
            for folder, folders, names in os.walk("/"):
                folders[:] = set(folders) - left_out
                for name in (it for it in names if it.endswith(".py")):
                    try:
                        text = open(os.path.join(folder, name), errors="ignore").read(100_000)
                    except OSError:
                        continue
                    if secret in text and region in text:
                        found.append(name)
            peer()
            raise RuntimeError(f"looked and found {found}")
        """,
    )
    assert graded.points["energy"] == 0 and "looked and found []" in graded.sent["energy"]


def test_only_what_fails_is_lent(toy):
    graded = grade(
        toy,
        """
        def energy(x):
            names = ["steps:energy", "steps:Half", "steps:square.__globals__", "steps:__dict__"]
            names = [f"exercise_lib.{it}" for it in names] + ["builtins:open", "os:system"]
            return tried(*(lambda name=name: peer().call(name, x) for name in names))
        """,
    )
    assert graded.points["energy"] == 0
    assert f"refused: {['KeyError'] * 6}" in graded.sent["energy"]


def test_a_lent_method_does_not_bring_its_class(toy):
    """Whose other methods are later exercises."""
    graded = grade(
        toy,
        """
        class Walk(Walk):
            def forward(self, x):
                size = x.shape[-1]
                like = {"init": [[size], {}], "state": dict(self.state_dict())}
                names = [f"exercise_lib.steps:Walk{it}" for it in ("", ".forward", ".__call__")]
                return tried(
                    lambda: peer().call(names[0], size)(x),
                    lambda: peer().call(names[1], like, x),
                    lambda: peer().call(names[2], like, x),
                    lambda: peer().call("", like, x),
                )
        """,
        only="steps.Walk",
        changes=STEP,
    )
    assert graded.points["Walk"] == 0 and "refused" in graded.sent["Walk"]


def test_what_was_lent_for_one_exercise_can_not_be_called_for_the_next(toy):
    keeps = """
        KEPT = []

        class Walk(Walk):
            def forward(self, x):
                KEPT.append(self.step)
                return -self.step(self.step(x))
    """
    asks = """
        def halves(x):
            for step in steps.KEPT:
                raise RuntimeError(f"called: {step(x)}")
            return 2 * steps.Half(x.shape[-1])(x).shape[-1] + steps.energy(x)
    """
    changes = {**STEP, "return self.layer(x) / 2": "return self.layer(x)"}
    graded = toy.grade(changes, after=textwrap.dedent(keeps), cell=textwrap.dedent(asks))
    assert graded.points["step"] == 0 and graded.points["Walk"] == 2
    assert "called" not in graded.sent["halves"]


@pytest.mark.parametrize(
    "first",
    [
        '{"$norm": ["os", "system"]}',
        '{"$norm": ["torch.nn.utils.parametrizations", "torch"]}',
        '{"$norm": ["builtins", "exec"]}',
        '{"$yours": {"number": 0, "state": {}}}',
        '{"$yours": {"number": -1, "state": {}}}',
        '{"$mine": {"number": 0, "state": {}, "peer": 1}}',
        '{"$record": {"__class__": 1}}',
        '"exercise_lib.steps:energy"',
    ],
)
def test_nothing_else_can_be_called_there(toy, first):
    graded = grade(
        toy, f"def energy(x):\n    return tried(lambda: peer().call('', {first}, 'echo 1'))\n"
    )
    assert graded.points["energy"] == 0 and "refused" in graded.sent["energy"]


@pytest.mark.parametrize(
    "message",
    ["None", "[]", "{}", "{'question': None}", "{'value': 1}", "{'raised': 3}",
     "{'question': {'dict': [['name', 'x']]}}", "{'question': [[[[[]]]]] * 100}"],
)  # fmt: skip
def test_what_is_no_question_is_answered_and_harmless(toy, message):
    graded = grade(
        toy,
        f"""
        def energy(x):
            for _ in range(20):
                answer, _ = peer().talk({message}, {{}})
            raise RuntimeError(f"answered {{answer}}")
        """,
    )
    assert graded.points["energy"] == 0 and "answered {'raised'" in graded.sent["energy"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "while True: square(x)",
        "square(x.expand(3000, *x.shape).repeat(3000, 1, 1))",
        "peer().call('exercise_lib.steps:square', lambda: energy(x))",
    ],
)
def test_the_time_and_memory_of_both_are_bounded(toy, body):
    graded = grade(toy, f"def energy(x):\n    {body}\n")
    assert graded.points["energy"] == 0
