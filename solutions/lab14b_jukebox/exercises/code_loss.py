"""What a code costs."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import vq_music
from .shared import whole

exercise = Exercise(
    id="vq_music.code_loss",
    title="What a code costs",
    target="exercise_lib.vq_music:code_loss",
    solution=vq_music.code_loss,
    todo="14.15",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 7 if hidden else 6

    def case(name: str, b: int, n_words: int, t: int, k: int) -> Case:
        args = {
            "logits": 2 * normal(rng, b, n_words + t, k),
            "codes": whole(rng, k, b, t),
            "n_words": n_words,
        }
        return Case(name, args=args, grad=("logits",))

    return [
        case("two captions, with the gradient", 2, 3, 5, k),
        case("no words, with the gradient", 3, 0, 4, k),
        case("as many pieces as codes of a book, with the gradient", k, 2, k, k),
        case("more words than codes, with the gradient", 2, 6, 2, k),
    ]


def shares(logits):
    return logits.log_softmax(-1)


def taken(logs, codes):
    return -logs.gather(-1, codes[..., None])[..., 0]


@exercise.misconception(
    "The logits of the first places are taken, which are those of the words: those of the codes "
    "stand behind the W words."
)
def of_the_words(logits, codes, n_words):
    return taken(shares(logits[:, : codes.shape[1]]), codes[:, : logits.shape[1]]).mean()


@exercise.misconception(
    "Each code is compared with the logits of the place before it: u_t has been shifted already, "
    "so place W + t says code t. Twice shifted is wrong."
)
def shifted_twice(logits, codes, n_words):
    logs = shares(logits[:, n_words:])
    return taken(logs[:, :-1], codes[:, 1:]).mean()


@exercise.neighbour(shifted_twice)
def from_the_last_word(logits, codes, n_words):
    begin = max(n_words - 1, 0)
    return taken(shares(logits[:, begin : begin + codes.shape[1]]), codes).mean()


@exercise.neighbour(shifted_twice)
def all_but_the_last(logits, codes, n_words):
    its = logits[:, n_words - 1 : -1]
    return F.cross_entropy(its.flatten(0, 1), codes.flatten())


@exercise.neighbour(shifted_twice)
def one_before_the_end(logits, codes, n_words):
    its = logits[:, -codes.shape[1] - 1 : -1]
    return F.cross_entropy(its.flatten(0, 1), codes.flatten())


@exercise.misconception(
    "Each code is compared with the logits of the place behind it, which has heard it: it costs "
    "nothing there."
)
def place_behind(logits, codes, n_words):
    logs = shares(logits[:, n_words:])
    return taken(logs[:, 1:], codes[:, :-1]).mean()


@exercise.misconception(
    "This is a sum: take the mean over all codes of all pieces, in nats a code."
)
def summed(logits, codes, n_words):
    return taken(shares(logits[:, n_words:]), codes).sum()


@exercise.neighbour(summed)
def sum_of_a_piece(logits, codes, n_words):
    return taken(shares(logits[:, n_words:]), codes).sum(1).mean()


@exercise.misconception(
    "The softmax goes over the places: the shares of the K codes at one place sum to 1, over the "
    "last axis."
)
def over_the_places(logits, codes, n_words):
    return taken(logits[:, n_words:].log_softmax(1), codes).mean()


@exercise.neighbour(over_the_places)
def over_the_pieces(logits, codes, n_words):
    return taken(logits[:, n_words:].log_softmax(0), codes).mean()


@exercise.misconception("The sign is wrong: a loss falls when the code's share rises.")
def rising(logits, codes, n_words):
    return -taken(shares(logits[:, n_words:]), codes).mean()


@exercise.misconception("This is the share, not its logarithm: L = -mean ln p.")
def share_itself(logits, codes, n_words):
    return -taken(shares(logits[:, n_words:]), codes).neg().exp().mean()


@exercise.neighbour(share_itself)
def one_minus_share(logits, codes, n_words):
    return 1 - taken(shares(logits[:, n_words:]), codes).neg().exp().mean()


@exercise.misconception("These are bits: nats have the natural logarithm.")
def bits(logits, codes, n_words):
    return taken(shares(logits[:, n_words:]), codes).mean() / math.log(2)


@exercise.misconception(
    "The softmax is taken twice: F.cross_entropy wants logits, and takes it itself."
)
def softmax_twice(logits, codes, n_words):
    return taken(shares(logits[:, n_words:].softmax(-1)), codes).mean()


@exercise.misconception(
    "The logits are taken as they are, without a softmax: the shares have to sum to 1."
)
def no_softmax(logits, codes, n_words):
    return taken(logits[:, n_words:], codes).mean()


@exercise.misconception("The mean goes over words as well: divide by the number of codes, B T.")
def over_words_too(logits, codes, n_words):
    logs = taken(shares(logits[:, n_words:]), codes)
    return logs.sum() / logits.shape[0] / logits.shape[1]


@exercise.misconception(
    "Logits and codes are flattened in different orders: codes of one piece meet logits of another."
)
def mixed(logits, codes, n_words):
    of_codes = logits[:, n_words:].transpose(0, 1).flatten(0, 1)
    return F.cross_entropy(of_codes, codes.flatten())


@exercise.neighbour(mixed)
def reshaped(logits, codes, n_words):
    its = logits[:, n_words:]
    return F.cross_entropy(its.reshape(len(codes), -1, codes.shape[1]), codes)


@exercise.also_correct
def with_the_axis_second(logits, codes, n_words):
    return F.cross_entropy(logits[:, n_words:].mT, codes)


@exercise.also_correct
def from_the_end(logits, codes, n_words):
    n = codes.shape[1]
    logs = torch.log_softmax(logits[:, -n:], dim=2)
    one_hot = F.one_hot(codes, logits.shape[2])
    return -(logs * one_hot).sum() / codes.numel()


@exercise.also_correct
def by_normalising(logits, codes, n_words):
    of_codes = logits[:, n_words:]
    chosen = torch.take_along_dim(of_codes, codes.unsqueeze(2), dim=2).squeeze(2)
    return (of_codes.logsumexp(dim=2) - chosen).mean()
