"""What a submission could learn of the hidden cases by what it makes feedback say of them."""

import textwrap
from copy import deepcopy

import pytest
from attacks import FIND_CHANNEL, FIND_REQUEST, LIMITS
from nbgrader.utils import is_solution
from toy_calling import SQUARE, calling_sandbox
from toy_sandbox import MODULE, needs_bubblewrap

from autograder.cells import is_check_cell, output_text

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("attacks")]
# A hidden case has four columns, a public one three. Digits are spelt as letters, for what leaves
# out numbers, and as a number, for what leaves out letters.
SPELL = """
def spelt(x):
    return "".join(chr(97 + int(it)) for it in f"{abs(x.flatten()[0].item()):.9f}" if it != ".")

def number(x):
    return int(abs(x.flatten()[0].item()) * 1e9)

def is_hidden(x):
    return x.shape[-1] == 4

seen = []
"""
SPELLING: dict = {}
exec(SPELL, SPELLING)
FORGE = """
def answer(**content):
    for channel in channels():
        channel.sendall(frame({"answers": request()["token"], **content}))
    time.sleep(60)
"""
ATTACKS = FIND_CHANNEL + FIND_REQUEST + SPELL + FORGE
FROM_A_FILE = """
        import linecache
        text = "\\n" * (number(x) % 10**6) + f"raise ValueError('{spelt(x)}')  # {spelt(x)}"
        linecache.cache[spelt(x)] = len(text), None, text.splitlines(keepends=True), spelt(x)
        exec(compile(text, spelt(x), "exec"))
"""
ENDLESS = """
        import types
        def run():
            while True:
                pass
        types.FunctionType(run.__code__.replace(co_name=spelt(x), co_filename=spelt(x)), {})()
"""
OF_HIDDEN = {  # what is done with a hidden case
    "the type of an exception": "raise type('X' + spelt(x), (Exception,), {})",
    "the base of an exception": "raise type('X', (type('X' + spelt(x), (Exception,), {}),), {})",
    "a message": "raise ValueError(spelt(x))",
    "a message like a dtype": """
        raise ValueError(f"it has dtype torch.{spelt(x)}, not torch.float32: the values are right")
    """,
    "a message like a kind": "raise ValueError(f'it is a {spelt(x)}, not a tensor')",
    "a message like an axis": "raise ValueError(f'axis: (this is `{spelt(x)}`, unchanged)')",
    "a message like a factor": """
        raise ValueError(f"it: every value is {spelt(x)} times the expected one")
    """,
    "a TODO": "raise NotImplementedError(f'TODO {spelt(x)}')",
    "a file, its line and the text of it": FROM_A_FILE,
    "the type of a result": "return type('X' + spelt(x), (), {})()",
    "the text of a result": """
        return type("X", (), {"__repr__": lambda self: f"raises {spelt(x)}"})()
    """,
    "a key": "return {spelt(x): x}",
    "a string": "return f'raises {spelt(x)}'",
    "what is printed": "print(spelt(x), number(x))\n        return x",
    "a warning": "import warnings\n        warnings.warn(spelt(x))\n        return x",
    "the category of a warning": """
        import warnings
        warnings.warn("", type("X" + spelt(x), (UserWarning,), {}))
        return x
    """,
    "the name of a function that sets something": """
        import torch
        power.__name__ = spelt(x)
        torch.set_default_dtype(torch.float64)
        return x
    """,
    "a refusal": "answer(rejected=spelt(x))",
    "a failure": "answer(failed=spelt(x))",
    "a place that took too long": "answer(stopped=spelt(x))",
    "the length of a message": """
        for channel in channels():
            channel.sendall(struct.pack("!II", 10**9 + number(x), 0))
        time.sleep(60)
    """,
    "a function that takes too long": ENDLESS,
}


@pytest.fixture(scope="module")
def calling(tmp_path_factory):
    with calling_sandbox(tmp_path_factory.mktemp("calling"), LIMITS) as toy:
        yield toy


def secrets(toy, exercise: str) -> set[str]:
    """Return what the hidden cases of an exercise are spelt as."""
    cases = toy.grader.bundles.bundle(exercise).cases
    inputs = [it.case.args["x"] for it in cases if it.hidden and "x" in it.case.args]
    found = {SPELLING["spelt"](it) for it in inputs}
    return found | {str(10**9 + SPELLING["number"](it)) for it in inputs}


def lines(source: str) -> str:
    """Return statements as a body in a body."""
    first, *rest = source.strip("\n").split("\n")
    whole = "\n".join([first if first.startswith(" ") else f"        {first}", *rest])
    return textwrap.indent(textwrap.dedent(whole), "        ")


@pytest.mark.parametrize("attack", OF_HIDDEN)
def test_what_a_hidden_case_makes_of_it_is_not_told(calling, attack):
    body = (
        f"def power(x):\n    if is_hidden(x):\n{lines(OF_HIDDEN[attack])}\n    return square(x)\n"
    )
    graded = calling.grade(only="steps.power", after=ATTACKS + body)
    known = secrets(calling, "steps.power")
    assert known and not [it for it in known if it in graded.texts["power"]]
    assert graded.points["power"] < 1 and calling.grade(only="steps.power").points["power"] == 1


REMEMBER = """
def power(x):
    if is_hidden(x):
        seen.append(spelt(x))
    return x + 1

class Walk(Walk):
    def step(self, x):
        {told}
        return x

    def forward(self, x):
        {told}
        return x
"""


@pytest.mark.parametrize(
    "told",
    ["print(seen)", "raise ValueError(seen)", "return seen", "return {it: x for it in seen}"],
)
@pytest.mark.parametrize("square", [SQUARE, "    return x * x + 100"], ids=["", "with help"])
def test_a_public_case_does_not_tell_what_a_hidden_one_was(calling, told, square):
    """In a later exercise, or in the second try of an earlier one."""
    body = SPELL + REMEMBER.format(told=told)
    graded = calling.grade({SQUARE: square}, after=body)
    known = secrets(calling, "steps.power") | secrets(calling, "steps.step")
    assert not [it for it in known for text in graded.texts.values() if it in text]


@pytest.mark.parametrize("told", ["print(seen)", "raise ValueError(seen)", "return seen"])
def test_nor_does_one_of_a_second_try(calling, told):
    body = f"""
def energy(x):
    if is_hidden(x):
        seen.append(spelt(x))
    {told}

def halves(x):
    return energy(x)
"""
    graded = calling.grade(
        {SQUARE: "    return x * x + 100"}, after=SPELL + body, cell="def halves(x):\n    return 0"
    )
    known = secrets(calling, "steps.energy")
    assert not [it for it in known for text in graded.texts.values() if it in text]


def test_a_cell_below_does_not_tell_what_a_hidden_case_was(toy):
    notebook = toy.solved("01_double")
    [answer] = [it for it in notebook.cells if is_solution(it)]
    [check] = filter(is_check_cell, notebook.cells)
    below, again = deepcopy(answer), deepcopy(check)
    answer.source = "seen = []\n\ndef double(x):\n    seen.append(f'saw {x}')\n    return 2 * x\n"
    below.id, below.source = "below", "del double\nraise ValueError(seen)"
    again.id = "again"
    notebook.cells += [below, again]
    toy.grader.grade([notebook], {MODULE: b""})
    hidden = [it.case for it in toy.grader.bundles.bundle("toy.double").cases if it.hidden]
    told = f"{output_text(check)} {output_text(again)}"
    assert "The answer above raises ValueError" in told
    assert not [it for it in hidden if f"saw {it.args['x']}" in told]
