"""Mistakes that any exercise can meet, known by what is said of every case that fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from exercise_lib.check.case import SolvedCase
from exercise_lib.check.outcome import Outcome


class Mistake(NamedTuple):
    """A pattern in the reason why a case fails, and the sentence about it, with its groups."""

    name: str
    pattern: re.Pattern[str]
    sentence: str


REFUSED = "Input that is right is refused: your own `raise` or `assert` asks for too much."


def _mistake(name: str, pattern: str, sentence: str) -> Mistake:
    return Mistake(name, re.compile(pattern), sentence)


MISTAKES = (
    _mistake(
        "nothing_returned",
        r"is None \(is there",
        "Nothing is returned: end your function with `return`.",
    ),
    _mistake(
        "other_kind", r"\bis (an? .+), not (an? [\w ]+)$", "Asked for is {1}, returned is {0}."
    ),
    _mistake(
        "other_dtype",
        r"has dtype (torch\.\w+), not (torch\.\w+): the values are right",
        "The values are right, but their dtype is {0} and not {1}.",
    ),
    _mistake(
        "gradient_cut_off",
        r"no gradient reaches it$",
        "The values are right, but the gradient is cut off: stay in torch, without detach, .data, "
        ".item(), NumPy or no_grad.",
    ),
    _mistake(
        "argument_changed",
        r"changes its argument|leaf [Vv]ariable that requires grad .*in-place",
        "You change an argument in place: make a new tensor, `x = x + 1` and not `x += 1`, and no "
        "function whose name ends in an underscore.",
    ),
    _mistake(
        "argument_returned",
        r": (this is `\w+`, unchanged)$",
        "You return an argument as it is: {0}.",
    ),
    _mistake(
        "results_exchanged",
        r"the results are right but returned in another order",
        "The results are right, but returned in another order.",
    ),
    _mistake(
        "axes_exchanged",
        r"axes are swapped|axes \d and \d are swapped|the axes stand in another order",
        "The axes stand in another order: transpose the result.",
    ),
    _mistake(
        "axis_missing",
        r"an axis of length one is missing",
        "An axis of length one is missing: keepdim=True, unsqueeze, or a slice in place of an "
        "index keeps it; squeeze() takes all of them away.",
    ),
    _mistake(
        "axis_too_many",
        r"an axis of length one is too many",
        "An axis of length one is too many: squeeze it away, or don't make it.",
    ),
    _mistake(
        "other_shape",
        r"the values are right and in order, but have another shape",
        "The values are right and in order, but have another shape: reshape them.",
    ),
    _mistake(
        "one_of_the_batch",
        r"only the (first|last) along axis 0 is there",
        "Only the {0} along axis 0 is returned: keep all of them.",
    ),
    _mistake(
        "axis_reduced",
        r"this is the (mean|sum) along axis \d",
        "You take a {0} along an axis that should stay.",
    ),
    _mistake(
        "axis_not_reduced",
        r"the (mean|sum) along axis \d is still to be taken",
        "The {0} along one axis is still to be taken.",
    ),
    _mistake(
        "length_off",
        r"\w+ (missing|too many) at the (start|end) of axis \d",
        "At the {1} something is {0}: look where you begin and stop.",
    ),
    _mistake(
        "entries_off",
        r"has \d+ items?, not \d+$",
        "A list or tuple has too many or too few entries: look at what goes in, and how often.",
    ),
    _mistake(
        "not_cut_off",
        r"right as far as they should go",
        "The values are right as far as they should go: cut off the rest.",
    ),
    _mistake(
        "reversed",
        r"reversed along axis \d",
        "The values are right but stand in reverse.",
    ),
    _mistake(
        "shifted",
        r"shifted by \w+ along axis \d",
        "The values are right but shifted: look where you start to count.",
    ),
    _mistake(
        "other_order",
        r"mixed along axis (\d)",
        "The values are right but stand in another order along axis {0}.",
    ),
    _mistake(
        "whole_numbers",
        r"all numbers are whole where fractions are expected",
        "All numbers are whole where fractions are expected: is there a //, round or argmax?",
    ),
    _mistake(
        "function_of_the_result",
        r": e(very value has the wrong sign"
        r"|very value is (?:the (?:log|exp|tanh|sigm|squ)|one |rounded).*)$",
        "E{0}.",
    ),
    _mistake("sign_lost", r": n(egative values have .+)$", "N{0}."),
    _mistake(
        "factor",
        r": e(very value is .*(?:times the expected one|the expected one divided by).*)$",
        "E{0}.",
    ),
    _mistake("offset", r": e(very value is off by [-+]\S+)$", "E{0}."),
    _mistake(
        "bad_input",
        r"^bad input must be rejected|^another exception was raised",
        "Bad input is let through or ends in another exception: ask for it first, and raise the "
        "exception that is named.",
    ),
)
ERRORS = (
    _mistake(
        "mode_changed",
        r"leaves the module in another mode",
        "A call leaves the module in another mode: train() and eval() are for whoever uses it, and "
        "F.dropout takes `training=`.",
    ),
    _mistake(
        "seed_set",
        r"the call seeds torch's random numbers",
        "A call seeds torch's random numbers: then each one draws the same, and so does all that "
        "comes after. Leave seeds to whoever starts the training.",
    ),
    _mistake(
        "needed_value_changed",
        r"needed for gradient computation has been modified by an inplace operation",
        "A tensor that the gradient still needs is changed in place: make a new one, `x = x + 1` "
        "and not `x += 1`.",
    ),
    _mistake(
        "needed_argument_changed",
        r"leaf [Vv]ariable that requires grad .*in-place",
        "You change an argument in place: make a new tensor, and use no function whose name ends "
        "in an underscore, nor inplace=True.",
    ),
    _mistake(
        "sizes_to_stack",
        r"stack expects each tensor to be equal size",
        "Tensors of different sizes can't be stacked: give all one shape, or take them one by one.",
    ),
    _mistake(
        "neither_true_nor_false",
        r"(?:Boolean value of Tensor|truth value of an array) with more than one",
        "A tensor of several numbers is neither true nor false: `if`, `and`, `not`, `max()` and "
        "`min()` need one number, so use .all(), .any(), torch.maximum or torch.where.",
    ),
    _mistake(
        "not_one_number",
        r"only one element tensors can be|Tensor with \d+ elements cannot be converted to Scalar"
        r"|only integer tensors of a single element|must be real number, not Tensor",
        "A tensor of several numbers is used as one number: `math`, float(), int() and .item() "
        "take a single one, torch's functions take all.",
    ),
    _mistake(
        "not_of_truth_values",
        r"could not infer output dtype\. Input dtype must be either a floating",
        "There is no mean of whole numbers or truth values: turn them into fractions, `.float()`.",
    ),
    _mistake(
        "values_and_indices",
        r"torch\.return_types\.",
        "With an axis, torch's max, min, median and sort return values and indices: take one.",
    ),
    _mistake(
        "number_for_tensor",
        r"'(?:int|float|bool|list|tuple)' object has no attribute"
        r"|must be Tensor, not (?:int|float)",
        "A plain number, list or tuple stands where a tensor is needed.",
    ),
    _mistake(
        "called",
        r"object is not callable",
        "A value is called as if it were a function: hand over the function itself, without "
        "brackets behind it, and use no name twice.",
    ),
    _mistake(
        "nothing_used",
        r"'NoneType' object|NoneType'? and|and 'NoneType'",
        "None is used as if it were a value: does a function that you call return nothing?",
    ),
    _mistake(
        "unknown_name",
        r"^NameError|^UnboundLocalError|cannot access local variable",
        "A name is used that has no value there: look for a typing error or a missing import.",
    ),
    _mistake(
        "other_arguments",
        r"positional arguments? but|unexpected keyword argument|required positional argument",
        "A function is called with other arguments than it takes.",
    ),
    _mistake(
        "dtypes_mixed",
        r"expected (?:scalar type|m1 and m2 to have)|to have the same dtype|same dtype, but got"
        r"|tensors used as indices must be|Result type Float can't be cast",
        "Tensors of different dtypes meet: turn one of them into the other's, .float() or .long().",
    ),
    _mistake(
        "channels_off",
        r"expected input\[.*\] to have \d+ channels",
        "A layer meets another number of channels than it was built for: what one layer makes is "
        "what the next one takes.",
    ),
    _mistake(
        "shapes_off",
        r"shapes cannot be multiplied|size of tensor a \(|Expected size for first two dimensions"
        r"|is invalid for input of size|must match the existing size|Sizes of tensors must match"
        r"|size mismatch|inconsistent tensor size|shape mismatch|could not be broadcast",
        "Two shapes don't fit in that line: print them; an axis is longer, missing or elsewhere.",
    ),
    _mistake(
        "place_off",
        r"Dimension out of range|index (?:\d+ is )?out of range|out of bounds|too many indices",
        "An axis or an index is used that is not there: look at the shape, and where you count.",
    ),
    _mistake(
        "unpacking_off",
        r"values to unpack",
        "Another number of things is unpacked than there is, perhaps of an empty list: `a, b = x` "
        "takes two.",
    ),
)


def common_mistake(
    cases: Sequence[SolvedCase],
    outcomes: Sequence[Outcome],
    reasons: Sequence[str],
    told: Sequence[str],
) -> dict[str, str]:
    """Return the mistake that all of some failures show, with its sentence, or nothing.

    Where some end in an exception, these are enough: it is what to mend first.

    Args: told: what may be repeated of the reasons.
    """
    if not reasons:
        return {}
    if all(_is_refusal(it, outcome) for it, outcome in zip(cases, outcomes, strict=True)):
        return {"refused": REFUSED}
    both = list(zip(reasons, told, strict=True))
    raised = [it for it, outcome in zip(both, outcomes, strict=True) if outcome.raised]
    return _named(both, MISTAKES) or _named(raised, ERRORS)


def _named(reasons: Sequence[tuple[str, str]], mistakes: Sequence[Mistake]) -> dict[str, str]:
    """Return the mistake whose pattern is in each of the reasons, where the same is said of all.

    Args: reasons: in full, and what may be repeated of them.
    """
    for name, pattern, sentence in mistakes:
        if not all(pattern.search(it.partition("\n")[0]) for it, _ in reasons):
            continue
        said = set()
        for _, told in reasons:
            found = pattern.search(told.partition("\n")[0])
            parts = found.groups() if found else ("…",) * pattern.groups
            said.add(sentence.format(*parts).replace("?.", "?"))
        if len(said) == 1:
            return {name: said.pop()}
    return {}


def _is_refusal(solved: SolvedCase, outcome: Outcome) -> bool:
    raised = outcome.raised
    return not solved.case.raises and raised is not None and raised.raised_by == "the target"
