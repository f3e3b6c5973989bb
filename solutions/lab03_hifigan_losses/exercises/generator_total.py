"""Generator's total loss."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import losses
from .shared import REJECTED

exercise = Exercise(
    id="losses.generator_total",
    title="Generator's total loss",
    target="exercise_lib.losses:generator_total",
    solution=losses.generator_total,
    todo="3.5",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    names = ("adversarial", "feature_matching", "mel")
    terms = {name: torch.tensor(float(rng.uniform(0.2, 2))) for name in names}
    weights = (
        {"lambda_fm": 0.25, "lambda_mel": 15.0}
        if hidden
        else {"lambda_fm": 3.0, "lambda_mel": 10.0}
    )
    nothing = {"lambda_fm": 0.0, "lambda_mel": 0.0}
    negative = {"lambda_fm": 2.0, "lambda_mel": -45.0} if hidden else {"lambda_fm": -2.0}
    vector, of_one = ({**terms, "mel": torch.ones(n)} for n in (2, 1))
    return [
        Case("the official weights, with gradients", args=dict(terms), grad=names),
        Case("other weights", args={**terms, **weights}, grad=names),
        Case("the adversarial term alone: weights of 0", args={**terms, **nothing}),
        Case("rejects a negative weight", args={**terms, **negative}, **REJECTED),
        Case(
            "rejects two negative weights",
            args={**terms, "lambda_fm": -2.0, "lambda_mel": -45.0},
            **REJECTED,
        ),
        Case("rejects a term that is not a scalar", args=vector, **REJECTED),
        Case("rejects a term of shape (1,)", args=of_one, **REJECTED),
    ]


def weighted(adversarial, feature_matching, mel, weights: tuple[float, float, float]) -> Tensor:
    """Refuse what must be refused and return the sum of the terms times these weights."""
    if min(weights) < 0:
        raise ValueError("negative weight")
    if adversarial.ndim or feature_matching.ndim or mel.ndim:
        raise ValueError("not a scalar")
    return sum(w * t for w, t in zip(weights, (adversarial, feature_matching, mel), strict=True))


@exercise.misconception(
    "The two weights are swapped: lambda_fm = 2 belongs to feature matching, lambda_mel = 45 to "
    "the mel loss."
)
def swapped_weights(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, lambda_mel, lambda_fm))


@exercise.misconception(
    "No term is weighted: multiply feature matching by lambda_fm and the mel loss by lambda_mel."
)
def unweighted(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + feature_matching + mel


@exercise.misconception(
    "2 and 45 are written into the sum: use the arguments lambda_fm and lambda_mel."
)
def fixed_weights(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + 2 * feature_matching + 45 * mel


@exercise.neighbour(fixed_weights)
def fixed_weight_of_mel(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_mel < 0:
        raise ValueError("negative weight")
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, 45))


@exercise.neighbour(fixed_weights)
def fixed_weight_of_fm(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, 2, lambda_mel))


@exercise.misconception(
    "Feature matching has no weight: the slide leaves lambda_FM = 2 out, the paper and the code "
    "have it."
)
def no_lambda_fm(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, 1, lambda_mel))


@exercise.misconception("The mel loss has no weight: lambda_mel = 45 makes it the strongest term.")
def no_lambda_mel(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_mel < 0:
        raise ValueError("negative weight")
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, 1))


@exercise.misconception("The adversarial term is missing: it is added with the weight 1.")
def no_adversarial(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (0, lambda_fm, lambda_mel))


@exercise.misconception(
    "You subtract the adversarial term: the generator minimises all three, so add them."
)
def minus_adversarial(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    rest = weighted(adversarial, feature_matching, mel, (0, lambda_fm, lambda_mel))
    return rest - adversarial


@exercise.misconception("You average the terms: the total is their weighted sum.")
def mean_of_terms(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel)) / 3


@exercise.neighbour(mean_of_terms)
def mean_by_weights(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    total = weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return total / (1 + lambda_fm + lambda_mel)


@exercise.misconception(
    "The value is right but carries no gradient: add the tensors, without .item(), float() or "
    "detach."
)
def total_without_gradient(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel)).detach()


@exercise.misconception(
    "A negative weight passes: it would reward a bad spectrogram. Raise a ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_weight_guard(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if adversarial.ndim or feature_matching.ndim or mel.ndim:
        raise ValueError("not a scalar")
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


@exercise.misconception(
    "A term that is not a scalar passes, averaged or broadcast: ask term.ndim == 0 and raise a "
    "ValueError.",
    mild=FORMULA_IS_RIGHT,
)
def no_scalar_guard(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_fm < 0 or lambda_mel < 0:
        raise ValueError("negative weight")
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


@exercise.misconception(
    "Negative weights and terms that are not scalars pass: raise a ValueError for both before you "
    "add.",
    mild=FORMULA_IS_RIGHT,
)
def no_guards(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return adversarial + lambda_fm * feature_matching + lambda_mel * mel


@exercise.misconception("Feature matching is missing: it is added with the weight lambda_fm.")
def no_feature_matching(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_fm < 0:
        raise ValueError("negative weight")
    return weighted(adversarial, feature_matching, mel, (1, 0, lambda_mel))


@exercise.misconception("The mel loss is missing: it is added with the weight lambda_mel.")
def no_mel(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_mel < 0:
        raise ValueError("negative weight")
    return weighted(adversarial, feature_matching, mel, (1, lambda_fm, 0))


@exercise.misconception("The adversarial term has a weight: it is added as it is.")
def weight_of_adversarial(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (lambda_fm, 1, lambda_mel))


@exercise.neighbour(weight_of_adversarial)
def everything_by_fm(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (lambda_fm, lambda_fm, lambda_mel))


@exercise.neighbour(weight_of_adversarial)
def everything_by_mel(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return weighted(adversarial, feature_matching, mel, (lambda_mel, lambda_fm, lambda_mel))


@exercise.misconception(
    "lambda_mel multiplies feature matching as well: each term has its own weight."
)
def weight_outside_the_bracket(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weights = (1, lambda_mel * lambda_fm, lambda_mel)
    return weighted(adversarial, feature_matching, mel, weights)


@exercise.misconception("You multiply the terms: they are added, each with its weight.")
def product_of_terms(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial * lambda_fm * feature_matching * lambda_mel * mel


@exercise.misconception("You divide by the weights: multiply each term by its own.")
def divided_by_weights(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + feature_matching / lambda_fm + mel / lambda_mel


@exercise.misconception("You add the weights to the terms: multiply each term by its own.")
def weights_added(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + lambda_fm + feature_matching + lambda_mel + mel


@exercise.misconception("A term is subtracted: the generator minimises all three, so add them.")
def minus_feature_matching(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial - lambda_fm * feature_matching + lambda_mel * mel


@exercise.neighbour(minus_feature_matching)
def minus_mel(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial + lambda_fm * feature_matching - lambda_mel * mel


@exercise.misconception("You return the three terms: add them up to one scalar.")
def three_terms(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return adversarial, lambda_fm * feature_matching, lambda_mel * mel


@exercise.neighbour(three_terms)
def stacked_terms(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    return torch.stack(three_terms(adversarial, feature_matching, mel, lambda_fm, lambda_mel))


@exercise.misconception("The terms are exchanged: lambda_fm belongs to feature matching.")
def adversarial_weighted_like_fm(
    adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0
):
    return weighted(feature_matching, adversarial, mel, (1, lambda_mel, lambda_fm))


@exercise.misconception(
    "You test the weights together (their product or sum): two negative ones pass, or one. Test "
    "each of them.",
    mild=FORMULA_IS_RIGHT,
)
def product_of_weights_tested(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if lambda_fm * lambda_mel < 0:
        raise ValueError("negative weight")
    terms = adversarial, feature_matching, mel
    return weighted(*terms, (1, abs(lambda_fm), abs(lambda_mel)))


@exercise.also_correct
def as_dot_product(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    if not (lambda_fm >= 0 and lambda_mel >= 0):
        raise ValueError("negative weight")
    if any(term.shape != () for term in (adversarial, feature_matching, mel)):
        raise ValueError("not a scalar")
    terms = torch.stack([adversarial, feature_matching, mel])
    return torch.dot(torch.tensor([1.0, lambda_fm, lambda_mel]), terms)


@exercise.also_correct
def largest_first(adversarial, feature_matching, mel, lambda_fm=2.0, lambda_mel=45.0):
    weighted(adversarial, feature_matching, mel, (1, lambda_fm, lambda_mel))
    return sum([lambda_mel * mel, lambda_fm * feature_matching, adversarial])
