"""Every verdict can be written, whatever was returned, and is the same in and out of a sandbox."""

import json
import math
from collections import Counter, OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
import torch

from autograder.sandbox.protocol import pack, unpack
from autograder.sandbox.values import read_outcome, write_outcome
from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.compare import agree, compare
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.result import MIME
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge, points_of

Pair = namedtuple("Pair", "first second")
One = IntEnum("One", {"ONE": 1})


class Unshowable:
    def __repr__(self):
        raise ValueError("no")


class Half(float):
    def __abs__(self):
        raise ValueError("no")

    __sub__ = __rsub__ = __eq__ = __hash__ = __float__ = __abs__


class Liar:
    __class__ = torch.Tensor


class Mute(Exception):
    def __str__(self):
        raise ValueError("no")


def cycle():
    value = []
    value.append(value)
    return value


def deep(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def mute():
    raise Mute


def odd_syntax_error():
    raise SyntaxError(3, (b"file", "two", 1, 7))


EXPECTED = [
    None, True, 3, 2.5, math.inf, "text", [1.0, 2.0], (1.0, 2), {"a": 1.0, "b": torch.ones(2)},
    torch.tensor(2.5), torch.tensor(3), torch.arange(4.0).reshape(2, 2),
    torch.ones(2, dtype=torch.complex64),
]  # fmt: skip
RETURNED = {
    **{f"numpy {it.__name__}": (lambda it=it: it(3)) for it in (
        np.float16, np.float32, np.float64, np.longdouble, np.int8, np.int64, np.uint16, np.uint32,
        np.uint64, np.complex64, np.complex128, np.clongdouble, np.bool_, np.str_, np.bytes_,
        np.void,
    )},
    "numpy date": lambda: np.datetime64("2026-01-01"),
    "numpy nan": lambda: np.float32("nan"),
    "numpy arrays": lambda: [np.ones(2, "uint16"), np.array(3.0), np.array([object()])],
    "masked": lambda: np.ma.masked_array([1.0, 2.0], [0, 1]),
    "nan": lambda: math.nan,
    "infinite": lambda: -math.inf,
    "complex": lambda: 3 + 4j,
    "huge": lambda: 10**400,
    "huge in a list": lambda: [10**400, 2.0],
    "too huge to be written": lambda: 10**5000,
    "bool": lambda: True,
    "enum": lambda: One.ONE,
    "a float of its own kind": lambda: Half(2.5),
    "named tuple": lambda: Pair(1.0, 2),
    "torch's named tuple": lambda: torch.ones(2, 2).max(dim=0),
    "dicts": lambda: [OrderedDict(a=1), Counter("a"), defaultdict(int, a=1)],
    "odd keys": lambda: {(1, 2): 3, torch.ones(1): 4, 10**30: 5, np.int64(3): 1, math.nan: 2},
    "numpy keys": lambda: {np.str_("a"): 1.0, np.str_("b"): torch.ones(2)},
    "a list in itself": cycle,
    "deep": lambda: deep(40),
    "very deep": lambda: deep(600),
    "no repr": lambda: [Unshowable(), {"a": Unshowable()}],
    "a liar": lambda: Liar(),
    "a class": lambda: Unshowable,
    "a generator": lambda: (it for it in "abc"),
    "bytes": lambda: b"\xff",
    "half a surrogate": lambda: "\udc80",
    "long text": lambda: "x" * 1_000_000,
    "sparse": lambda: torch.eye(2).to_sparse(),
    "quantised": lambda: torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.qint8),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "meta": lambda: torch.ones(2, 2, device="meta"),
    "meta number": lambda: torch.tensor(1.0, device="meta"),
    "a parameter": lambda: torch.nn.Parameter(torch.ones(2, 2)),
    **{f"{it}": (lambda it=it: torch.ones(2, 2).to(it)) for it in (
        torch.float16, torch.bfloat16, torch.complex32, torch.complex64, torch.complex128,
        torch.uint16, torch.float8_e4m3fn, torch.bool,
    )},
    "tensor with nan": lambda: torch.tensor([[math.nan, 1], [math.inf, 2]]),
    "complex with nan": lambda: torch.tensor([complex(math.nan, 1), 2]),
    "empty": lambda: torch.zeros(0, 3),
    "far off": lambda: torch.full((2, 2), 3e38),
    "mute exception": mute,
    "odd syntax error": odd_syntax_error,
}  # fmt: skip


def judged(expected, outcome):
    case = Case("a case")
    solved = SolvedCase(case, Outcome(expected), {"wrong": Outcome(torch.zeros(2, 2))})
    bundle = Bundle("a.b", "A", "notebook", "1", 1.0, {"wrong": "Wrong."}, [solved])
    result = judge(bundle, bundle.cases, [outcome])
    assert points_of(bundle, [outcome]) == result
    if outcome.raised is None:
        values = expected, outcome.value, case.rtol, case.atol
        assert agree(*values) == (compare(*values) is None)
    return result


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RETURNED)
def test_whatever_is_returned_gives_a_verdict_that_can_be_written(name):
    outcome = run_case(RETURNED[name], Case("a case"))
    tensors = {}
    data = write_outcome(outcome, tensors)
    arrived = read_outcome(*unpack(*pack(data, tensors)))
    for expected in EXPECTED:
        verdicts = []
        for it in (outcome, arrived):
            result = judged(expected, it)
            bundle = result._repr_mimebundle_()
            text = json.dumps(bundle[MIME], ensure_ascii=False)
            json.loads(text, parse_constant=no_constant)
            assert str(result) and bundle["text/html"] and 0 <= float(result) <= 1
            verdicts.append(float(result))
        assert verdicts[0] == verdicts[1] or name == "a float of its own kind", expected


@pytest.mark.parametrize(
    "kind",
    [
        *(float, np.float32, np.longdouble, np.float64, np.int64, np.uint16, np.uint64),
        *(Fraction, Decimal, torch.tensor),
        lambda n: torch.tensor(n, dtype=torch.float64),
        lambda n: torch.tensor(n).half(),
    ],
)
def test_a_number_of_any_kind_counts(kind):
    for expected in (3.0, torch.tensor(3.0)):
        assert judged(expected, run_case(lambda: kind(3), Case("a case"))) == 1
    assert judged(([3.0, 3.0],), run_case(lambda: ([kind(3), kind(3)],), Case("a case"))) == 1
    assert judged(3, run_case(lambda: np.int32(3), Case("a case"))) == 1
    assert judged(True, run_case(lambda: np.bool_(True), Case("a case"))) == 1
    assert judged("a", run_case(lambda: np.str_("a"), Case("a case"))) == 1
    pair = run_case(lambda: Pair(np.float32(1), 2), Case("a case"))
    assert pair.raised is None and judged((1.0, 2), pair) == 1


def test_an_argument_that_was_put_into_itself_is_a_changed_one():
    outcome = run_case(lambda x: x.append(x), Case("a case", {"x": [torch.ones(2)]}))
    assert outcome.mutated == ("x",)


def test_ints_of_400_digits_are_compared():
    assert compare(10**400, 10**400, 1e-4, 1e-4) is None
    assert compare(10**400, 10**400 + 1, 1e-4, 1e-4) is not None
    assert compare(8, 10**400, 1e-4, 1e-4) is not None
