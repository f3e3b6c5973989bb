"""The check engine: what it says of right, wrong, broken and unfinished code."""

import html
import math
import re
import sys
import textwrap
import warnings
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from exercise_lib.check import verdict as check_module
from exercise_lib.check.bundle import Bundle, BundleError, read_bundle, write_bundle
from exercise_lib.check.case import HANDED_OUT, Case, SolvedCase
from exercise_lib.check.compare import agree, compare, summary
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.parameters import fill_parameters
from exercise_lib.check.result import MIME, CheckResult, Row
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import check, judge, points_of
from exercise_lib.figures.prose import prose

X = torch.tensor([[1.0, 2.0], [3.0, 4.5]])


def bundle_for(solution, cases, wrong=None, target="toy_student:double", points=2.0) -> Bundle:
    wrong = wrong or {}
    solved = [
        SolvedCase(
            case,
            run_case(solution, case),
            {name: run_case(function, case) for name, function in wrong.items()},
        )
        for case in cases
    ]
    sentences = {name: f"This is {name}." for name in wrong}
    return Bundle("toy.double", "Double", target, "9.1", points, sentences, solved)


def double(x):
    return 2 * x


def result_of(function, **changes):
    case = Case("a matrix", args={"x": X}, **changes)
    bundle = bundle_for(double, [case])
    outcomes = [run_case(function, case)]
    result = judge(bundle, bundle.cases, outcomes)
    assert points_of(bundle, outcomes) == result
    return result


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: None, "None (is there a `return`?)"),
        (lambda x: (2 * x).numpy(), "numpy array, not a torch tensor"),
        (lambda x: 2 * x[0], "shape (2,), not (2, 2)"),
        (lambda x: 2 * x.double(), "dtype torch.float64"),
        (lambda x: 2 * x / (x - 1), "1 values that are NaN or infinite"),
        (lambda x: 3 * x, "every value is 1.5 times the expected one"),
        (lambda x: -2 * x, "wrong sign"),
        (lambda x: 2 * x + 1, "off by +1"),
        (lambda x: 2 * x.T, "last two axes are swapped"),
        (lambda x: 2 * x.flip(0), "stand in other places"),
        (lambda x: 0 * x, "every value is zero"),
        (lambda x: [2 * x], "a list, not a torch tensor"),
        (lambda x: x.mul_(2), "changes its argument `x` in place"),
        (lambda x: 1 // 0, "ZeroDivisionError"),
        (lambda x: sys.exit(0), "SystemExit"),
    ],
)
def test_what_is_wrong_is_said(function, said):
    result = result_of(function)
    assert result == 0
    assert said in str(result)
    shown = html.unescape(re.sub("</?code>", "`", result.as_html()))
    assert said in shown


def test_missing_gradient_is_said():
    result = result_of(lambda x: 2 * x.detach(), grad=("x",))
    assert "no gradient reaches it" in str(result)


def test_right_answer_passes_with_its_gradient():
    assert result_of(lambda x: x + x, grad=("x",)) == 2.0


def test_exception_shows_the_students_own_line(tmp_path):
    file = tmp_path / "toy_student.py"
    file.write_text("def double(x):\n    return x.no_such_method()\n")
    namespace: dict = {}
    exec(compile(file.read_text(), str(file), "exec"), namespace)
    text = str(result_of(namespace["double"]))
    assert "toy_student.py, line 2" in text
    assert "return x.no_such_method()" in text
    assert "Traceback" not in text


def test_todo_is_no_error_but_unfinished():
    def stub(x):
        raise NotImplementedError("TODO 9.1: double it")

    result = result_of(stub)
    assert result == 0 and not result.passed
    assert "Not written yet. TODO 9.1: double it" in str(result)


def test_the_points_alone_see_what_was_handed_out():
    cases = [Case("ones", args={"x": torch.ones(2)}), Case("twos", args={"x": torch.ones(2) * 2})]
    bundle = bundle_for(double, cases, wrong={HANDED_OUT: lambda x: x + 1})
    bundle.cases[0] = replace(bundle.cases[0], wrong={})  # where it passes
    for function, points in ((lambda x: x + 1, 0), (lambda x: x**0 * 2, 0.5), (double, 2)):
        outcomes = [run_case(function, it) for it in cases]
        assert judge(bundle, bundle.cases, outcomes) == points
        assert points_of(bundle, outcomes) == points


def test_misconception_is_named_and_another_mistake_is_not():
    case = Case("a matrix", args={"x": X})
    bundle = bundle_for(double, [case], wrong={"squared": lambda x: x * x})

    def named(function):
        return list(judge(bundle, bundle.cases, [run_case(function, case)]).misconceptions)

    assert named(lambda x: x**2) == ["squared"]
    assert named(lambda x: x**3) == []
    assert named(double) == []


def test_misconception_that_a_passed_case_rules_out_is_not_named():
    cases = [Case("ones", args={"x": X}), Case("twos", args={"x": X + 1})]
    bundle = bundle_for(double, cases, wrong={"squared": lambda x: x * x})
    outcomes = [run_case(lambda x: x * x, cases[0]), run_case(double, cases[1])]
    assert judge(bundle, bundle.cases, outcomes).misconceptions == {}


def test_two_mistakes_in_different_cases_are_both_named():
    cases = [Case("ones", args={"x": X}), Case("empty", args={"x": torch.zeros(0)})]
    bundle = bundle_for(double, cases)
    wrong = [{"a": Outcome(value=X)}, {"b": Outcome(value=torch.ones(1))}]
    solved = [
        SolvedCase(it.case, it.expected, w) for it, w in zip(bundle.cases, wrong, strict=True)
    ]
    bundle = Bundle("t", "T", "t", "1", 1.0, {"a": "A.", "b": "B."}, solved)
    result = judge(bundle, solved, [Outcome(value=X), Outcome(value=torch.ones(1))])
    assert set(result.misconceptions) == {"a", "b"}


def test_rejecting_everything_earns_nothing():
    def guarded(x):
        if x.dim() != 2:
            raise ValueError("rank")
        return 2 * x

    cases = [
        Case("a matrix", args={"x": X}),
        Case("rejects a vector", args={"x": X[0]}, raises=("ValueError",)),
    ]
    bundle = bundle_for(guarded, cases)

    def always(x):
        raise ValueError("no")

    assert judge(bundle, bundle.cases, [run_case(always, it) for it in cases]) == 0
    lenient = judge(bundle, bundle.cases, [run_case(double, it) for it in cases])
    assert lenient == 1.5 and "bad input must be rejected" in str(lenient)


def test_output_and_warnings_are_caught_and_shown(capfd):
    def noisy(x):
        print("hello")
        warnings.warn("careful", stacklevel=1)
        print("quietly", file=sys.stderr)
        return 2 * x

    result = result_of(noisy)
    assert result == 2.0
    assert "hello" in str(result) and "careful" in str(result)
    out, err = capfd.readouterr()
    assert out == "" and err == ""


def test_random_state_is_put_back():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    result_of(lambda x: 2 * x + 0 * torch.rand(2))
    assert torch.equal(torch.rand(2), expected)


def test_mimebundle_in_a_kernel_is_a_number_for_nbgrader(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    shown = result_of(lambda x: 3 * x)._repr_mimebundle_()
    assert float(shown["text/plain"]) == 0.0
    assert "<table" in shown["text/html"]
    assert shown[MIME]["max_points"] == 2.0


def test_students_text_is_escaped_in_html():
    def evil(x):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in result_of(evil).as_html()


def test_what_stands_between_backquotes_is_code():
    assert prose("Use `a < b`, not `b`.") == "Use <code>a &lt; b</code>, not <code>b</code>."
    assert prose("`<script>` and one ` alone") == "<code>&lt;script&gt;</code> and one ` alone"


def test_fill_parameters_depends_on_names_only():
    torch.manual_seed(0)
    a = torch.nn.Linear(3, 2)
    torch.manual_seed(1)
    b = torch.nn.Linear(3, 2)
    fill_parameters(a)
    fill_parameters(b)
    assert torch.equal(a.weight, b.weight) and a.weight.std() > 0


# ---------------------------------------------------------------- bundles and modules on disk


@pytest.fixture
def student(tmp_path, monkeypatch):
    """Return a function that writes the student's module, with a bundle for it in place."""
    cases = [Case("a matrix", args={"x": X, "names": ("a", {"b": [1, None, True]})}, grad=("x",))]
    bundle = bundle_for(lambda x, names: 2 * x, cases)
    write_bundle(bundle, tmp_path / "references")
    monkeypatch.setattr(check_module, "REFERENCES", tmp_path / "references")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("EXERCISE_HIDDEN", raising=False)
    sys.modules.pop("toy_student", None)

    def write(body: str) -> None:
        (tmp_path / "toy_student.py").write_text(textwrap.dedent(body))

    yield write
    sys.modules.pop("toy_student", None)


def test_check_sees_the_file_as_it_is_saved_now(student):
    student("def double(x, names):\n    return 3 * x\n")
    assert check("toy.double") == 0
    student("def double(x, names):\n    return x + x  # mended\n")
    assert check("toy.double") == 2.0


@pytest.mark.parametrize(
    ("helper", "own", "said"),
    [
        ("return x + x", "return 2 * helper(x)", ""),
        ("return x", "return 4 * x", ""),
        ("return x", "return 2 * helper(x)", "`helper` (TODO 8.1), which does not pass yet"),
        ("raise NotImplementedError", "return 2 * helper(x)", "`helper` (TODO 8.1)"),
        ("return x + x", "return 4 * helper(x)", "2 times"),
        ("return x", "raise NotImplementedError('TODO 9.1: twice')", "TODO 9.1: twice"),
    ],
)
def test_an_earlier_exercise_that_fails_is_named(student, tmp_path, helper, own, said):
    case = [Case("a matrix", args={"x": X})]
    earlier = bundle_for(lambda x: 2 * x, case, target="toy_student:helper")
    write_bundle(replace(earlier, id="toy.helper", todo="8.1"), tmp_path / "references")
    later = bundle_for(lambda x: 4 * x, case)
    calls = {"toy.helper": "8.1", "other.lab": "1.1"}  # the other is in no bundle here
    write_bundle(replace(later, calls=calls), tmp_path / "references")
    student(f"def helper(x):\n    {helper}\n\n\ndef double(x):\n    {own}\n")
    result = check("toy.double")
    shown = re.sub("</?code>", "`", result.as_html())
    assert said in str(result) and said in shown
    assert ("mend" in str(result)) == ("8.1" in said)
    assert read_bundle("toy.double", tmp_path / "references").calls == calls


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def double(x, names)\n    return x\n", "SyntaxError"),
        ("import no_such_package\n", "No module named 'no_such_package'"),
        ("def twice(x, names):\n    return 2 * x\n", "has no `double`"),
        ("def double(x):\n    return 2 * x\n", "TypeError"),
        ("raise RuntimeError('at import')\n", "at import"),
    ],
)
def test_a_module_that_cannot_be_used_gets_a_reason(student, body, said):
    student(body)
    result = check("toy.double")
    assert result == 0
    assert said in str(result) and "Traceback" not in str(result)


def test_syntax_error_names_file_and_line(student):
    student("x = 1\ndef double(x, names)\n    return x\n")
    assert "toy_student.py, line 2" in str(check("toy.double"))


def test_a_merge_conflict_is_named(student):
    student(
        "def double(x, names):\n<<<<<<< HEAD\n    return 2 * x\n=======\n    return x + x\n"
        ">>>>>>> mine\n"
    )
    said = str(check("toy.double"))
    assert "a merge conflict is left in it" in said and "toy_student.py, line 2" in said


def test_hidden_cases_count_and_show_no_numbers(student, tmp_path, monkeypatch):
    cases = [Case("the secret", args={"x": X + 41.5, "names": ()})]
    hidden = bundle_for(lambda x, names: 2 * x, cases)
    write_bundle(hidden, tmp_path / "hidden")
    monkeypatch.setenv("EXERCISE_HIDDEN", str(tmp_path / "hidden"))
    student("def double(x, names):\n    return 2 * x if x.max() < 40 else x\n")
    result = check("toy.double")
    assert result == 0.5
    assert "hidden case" in str(result)
    assert "the secret" not in str(result) + result.as_html()
    assert "42.5" not in str(result) + result.as_html()
    monkeypatch.delenv("EXERCISE_HIDDEN")
    assert check("toy.double") == 2.0
    assert "Grading runs further cases" in str(check("toy.double"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("2 * x if x.max() < 40 else 2 * x + 43.25", "every value is off by …"),
        ("2 * x if x.max() < 40 else x * 2.5", "every value is … times the expected one"),
        ("2 * x if x.max() < 40 else [][int(x.max())]", "raises IndexError"),
        ("2 * x if x.max() < 40 else int('43' + str(x.tolist()))", "raises ValueError"),
        ("2 * x if x.max() < 40 else x[:1]", "has another shape"),
    ],
)
def test_hints_on_hidden_cases_say_no_value(answer, said, student, tmp_path, monkeypatch):
    write_bundle(
        bundle_for(lambda x, names: 2 * x, [Case("secret", args={"x": X + 41.5, "names": ()})]),
        tmp_path / "hidden",
    )
    monkeypatch.setenv("EXERCISE_HIDDEN", str(tmp_path / "hidden"))
    student(f"def double(x, names):\n    return {answer}\n")
    [row] = [it for it in check("toy.double").rows if it.hidden]
    assert said in row.reason
    assert not any(it.isdigit() for it in row.reason)


def test_a_hidden_case_has_a_name_where_a_public_one_has_the_same(student, tmp_path, monkeypatch):
    student("def double(x, names):\n    return x\n")
    known = check("toy.double").rows[0].case
    cases = [Case(it, args={"x": X + 41.5, "names": ()}) for it in (known, "the secret")]
    write_bundle(bundle_for(lambda x, names: 2 * x, cases), tmp_path / "hidden")
    monkeypatch.setenv("EXERCISE_HIDDEN", str(tmp_path / "hidden"))
    shown = [it.case for it in check("toy.double").rows if it.hidden]
    assert shown == [f"hidden case: {known}", "hidden case"]


def test_unknown_exercise_suggests_the_right_name(student):
    with pytest.raises(BundleError, match=r"Did you mean 'toy\.double'"):
        check("toy.duoble")


def test_missing_and_damaged_bundles_are_said(student, tmp_path):
    with pytest.raises(BundleError, match="no reference bundles"):
        read_bundle("toy.double", tmp_path / "nowhere")
    path = tmp_path / "references" / "toy.double.safetensors"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BundleError, match="damaged"):
        check("toy.double")


def test_bundle_round_trip_keeps_everything(tmp_path):
    case = Case(
        "all kinds",
        args={"x": X, "n": [1, 2.5, "s", None, True, (torch.arange(3), {"k": X})]},
        init={"width": 0.5},
        grad=("x",),
        options={"labels": {"x": ["decoder"]}},
        why="because",
    )
    solved = SolvedCase(case, Outcome(value=(X, [X]), gradients={"x": [X]}), {"w": Outcome(X)})
    bundle = Bundle("a.b", "T", "m:a", "1.1", 1.5, {"w": "W."}, [solved])
    write_bundle(bundle, tmp_path)
    again = read_bundle("a.b", tmp_path)
    assert (again.id, again.points, again.misconceptions) == ("a.b", 1.5, {"w": "W."})
    read = again.cases[0]
    assert read.case.args["n"][:5] == case.args["n"][:5]
    assert torch.equal(read.case.args["n"][5][1]["k"], X)
    assert read.case.grad == ("x",) and read.case.options == case.options
    assert torch.equal(read.expected.value[1][0], X)
    assert torch.equal(read.wrong["w"].value, X)


def test_bundle_is_the_same_file_each_time(tmp_path):
    bundle = bundle_for(double, [Case("a matrix", args={"x": X})])
    first = write_bundle(bundle, tmp_path / "a").read_bytes()
    assert first == write_bundle(bundle, tmp_path / "b").read_bytes()


# ---------------------------------------------------------------- figures


def draw(image, ax):
    ax.imshow(image, aspect="auto", origin="lower", interpolation="none")
    ax.set(xlabel="decoder step (frames)", ylabel="encoder step (characters)")


FIGURE = Case(
    "a picture",
    args={"image": X},
    probe="figure",
    options={"labels": {"x": ["decoder"], "y": ["encoder"]}},
)


def wrong_figure(**kwargs):
    def drawn(image, ax):
        draw(image, ax)
        ax.set(**kwargs)

    return drawn


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda image, ax: draw(image.T, ax), "last two axes are swapped"),
        (lambda image, ax: ax.imshow(image, aspect="auto"), "result `y axis upwards` differs"),
        (lambda image, ax: ax.pcolormesh(image.flip(1)), "result `image` differs"),
        (lambda image, ax: ax.pcolormesh(image, shading="gouraud"), "interpolation"),
        (lambda image, ax: draw(F.pad(image, (0, 1)), ax), "shape (2, 3), not (2, 2)"),
        (lambda image, ax: plt.imshow(image, origin="lower"), "it holds 0"),
        (lambda image, ax: None, "draw one image on the `ax` you are given; it holds 0"),
        (wrong_figure(xlabel="encoder"), "x label"),
        (wrong_figure(aspect="equal"), "aspect"),
        (wrong_figure(ylim=(1.5, -0.5)), "y axis upwards"),
        (wrong_figure(xlim=(1.5, -0.5)), "x axis to the right"),
    ],
)
def test_figure_is_examined_through_its_axes(function, said):
    bundle = bundle_for(draw, [FIGURE])
    result = judge(bundle, bundle.cases, [run_case(function, FIGURE)])
    assert result == 0 and said in str(result)


def test_a_right_figure_passes():
    bundle = bundle_for(draw, [FIGURE])
    outcome = run_case(lambda image, ax: draw(np.asarray(image), ax), FIGURE)
    assert judge(bundle, bundle.cases, [outcome]).passed


@pytest.mark.parametrize(
    "shown",
    [
        lambda image, ax: ax.imshow(image, aspect="auto", origin="lower"),
        lambda image, ax: ax.imshow(image, aspect="auto", origin="lower", interpolation="nearest"),
        lambda image, ax: (ax.imshow(image, aspect="auto"), ax.invert_yaxis()),
        lambda image, ax: ax.matshow(image, aspect="auto", origin="lower"),
        lambda image, ax: ax.imshow(image, aspect="auto", origin="lower", extent=(0, 2, 0, 2)),
        lambda image, ax: (draw(F.pad(image, (0, 3)), ax), ax.set_xlim(-0.5, 1.5)),
        lambda image, ax: ax.pcolormesh(image),
        lambda image, ax: ax.pcolormesh(range(2), range(2), image, shading="nearest"),
        lambda image, ax: ax.pcolor(image),
        lambda image, ax: ax.figure.colorbar(ax.pcolorfast(image), ax=ax),
        lambda image, ax: (plt.sca(ax), plt.imshow(image, aspect="auto", origin="lower")),
    ],
)
def test_a_figure_is_known_by_what_it_shows(shown):
    def drawn(image, ax):
        shown(image, ax)
        ax.set(xlabel="decoder step", ylabel="encoder step")

    bundle = bundle_for(draw, [FIGURE])
    result = judge(bundle, bundle.cases, [run_case(drawn, FIGURE)])
    assert result.passed, result
    assert not plt.get_fignums()


@pytest.mark.parametrize("change", [0, 1e-3, 0.05, 1, math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 5])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.complex64])
def test_whether_values_agree_is_seen_as_it_is_said(change, place, kind):
    expected = torch.arange(1, 7).to(kind)
    got = expected.clone()
    got[place] += change
    for tree in (lambda it: it, lambda it: [1, {"a": it}]):
        values = tree(expected), tree(got), 1e-2, 1e-3
        assert agree(*values) == (compare(*values) is None)
        assert agree(*values) == (change < 0.01 or (change, place) == (0.05, 5))


@pytest.mark.parametrize("got", [{"a": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 2}, [1, 2], 1])
def test_trees_of_another_form_do_not_agree(got):
    for expected in ({"a": 1, "b": 2}, (1, 2, 3), [1]):
        assert not agree(expected, got, 1.0, 1.0)
        assert compare(expected, got, 1.0, 1.0) is not None


def test_values_are_shown_where_the_error_is_largest():
    result = result_of(lambda x: torch.where(x > 4, 0.0, 2 * x))
    assert "expected (2, 2), at [1, 1]: 9, got (2, 2), at [1, 1]: 0" in str(result)


def test_tensors_in_a_dict_are_shown_by_their_shapes():
    assert summary({"image": torch.ones(3, 4), "steps": 3}) == "{'image': (3, 4), 'steps': 3}"
    assert summary((torch.tensor(5.379),)) == "1 item: 5.379"
    assert summary([torch.ones(3, 4), 0.5, None]).startswith("3 items: (3, 4), 0.5, None")


def test_items_are_counted():
    reasons = [compare([1, 2], [1] * n, 0, 0).reason for n in (0, 1, 3)]
    assert reasons == [f"result has {it}, not 2" for it in ("0 items", "1 item", "3 items")]


def test_columns_that_no_case_fills_are_left_out():
    passed = Row("hidden case", True, hidden=True)
    rows = [replace(passed, counts="1"), passed]
    result = CheckResult(1.0, id="a.b", title="A", max_points=1.0, rows=rows, misconceptions={},
                         message="", notes=[])  # fmt: skip
    heads = re.compile("<th[^>]*>([^<]*)</th>")
    assert heads.findall(result.as_html()) == ["", "case", "counts"]
    result.rows = [*rows, Row("wrong", False, "1", "2", 1.0, "differs")]
    assert heads.findall(result.as_html()) == [
        "", "case", "counts", "expected", "got", "largest error",
    ]  # fmt: skip
    assert '<td colspan="5"' in result.as_html()
    result.rows = [*rows, Row("hidden case", False, reason="differs", hidden=True)]
    assert '<td colspan="2"' in result.as_html() and "expected" not in str(result)
