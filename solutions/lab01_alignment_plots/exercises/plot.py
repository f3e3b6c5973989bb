"""Alignment plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="alignment.plot",
    title="Alignment plot",
    target="notebook",
    solution=answer(__package__, "plot_alignment"),
    todo="1.9",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = [(9, 7, 6, 5), (12, 5, 12, 4)] if hidden else [(8, 6, 6, 4), (10, 5, 10, 5)]
    names = ["a sentence with padding", "a sentence without padding"]
    labels = {
        "x": ["decoder", "time", "frame", "output", "audio"],
        "y": ["encoder", "character", "text", "phoneme", "letter", "symbol", "input", "token"],
    }
    cases = []
    for name, (t_dec, t_enc, decoder_length, memory_length) in zip(names, sizes, strict=True):
        weights = torch.softmax(2 * normal(rng, t_dec, t_enc), dim=-1)
        arguments = {
            "weights": weights,
            "memory_length": memory_length,
            "decoder_length": decoder_length,
        }
        cases.append(Case(name, args=arguments, probe="figure", options={"labels": labels}))
    return cases


def _draw(
    weights: torch.Tensor, ax: Any, x: str = "decoder step", y: str = "encoder step", **options: Any
) -> None:
    style = {"aspect": "auto", "origin": "lower", "interpolation": "none"}
    ax.imshow(weights.T, **(style | options))
    ax.set(xlabel=x, ylabel=y)


@exercise.misconception(
    "The alignment is not transposed: weights are (T_dec, T_enc), but encoder steps belong on the "
    "y axis, so the image is (T_enc, T_dec)."
)
def plot_untransposed(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length].T, ax)


@exercise.misconception(
    'The first character is at the top, so the diagonal falls: pass origin="lower".'
)
def plot_origin_upper(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, origin="upper")


@exercise.misconception(
    "You plot the padding too: keep the first decoder_length steps and memory_length characters."
)
def plot_padding(weights, memory_length, decoder_length, ax):
    _draw(weights, ax)


@exercise.misconception(
    "The two lengths are swapped: decoder_length cuts the first axis of the weights."
)
def plot_swapped_lengths(weights, memory_length, decoder_length, ax):
    _draw(weights[:memory_length, :decoder_length], ax)


@exercise.misconception(
    "The axis labels are swapped: decoder steps run along x, encoder steps along y."
)
def plot_swapped_labels(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, x="encoder step", y="decoder step")


@exercise.misconception("An axis has no label: without both nobody knows what is plotted.")
def plot_unlabelled(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, x="", y="")


@exercise.neighbour(plot_unlabelled)
def plot_without_label_of_x(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, x="")


@exercise.neighbour(plot_unlabelled)
def plot_without_label_of_y(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, y="")


@exercise.misconception(
    'The pixels are square, which squeezes long sentences into a strip: pass aspect="auto".'
)
def plot_square_pixels(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, aspect="equal")


@exercise.misconception(
    "The picture is smoothed, and shows weights between the steps that do not exist: pass "
    'interpolation="none".'
)
def plot_smoothed(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, interpolation="bilinear")


@exercise.misconception(
    "You take a softmax of the weights: they are attention weights already and sum to one."
)
def plot_softmax_twice(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length].softmax(-1), ax)


@exercise.also_correct
def plot_through_numpy(weights, memory_length, decoder_length, ax):
    array = weights.numpy().transpose()[:memory_length, :decoder_length]
    ax.imshow(array, origin="lower", aspect="auto", interpolation="none", cmap="cividis")
    ax.set_xlabel("Decoder step (frames)")
    ax.set_ylabel("Character")


@exercise.also_correct
def plot_with_properties(weights, memory_length, decoder_length, ax):
    image = ax.imshow(
        weights[:decoder_length, :memory_length].T.tolist(), origin="lower", vmin=0, vmax=1
    )
    image.set_interpolation("none")
    ax.set_aspect("auto")
    ax.set(xlabel="time (decoder steps)", ylabel="encoder time step", title="alignment")


@exercise.also_correct
def plot_turned_round(weights, memory_length, decoder_length, ax):
    ax.imshow(weights.T, aspect="auto")
    ax.set_xlim(-0.5, decoder_length - 0.5)
    ax.set_ylim(-0.5, memory_length - 0.5)
    ax.set(xlabel="output frames", ylabel="letter")


@exercise.also_correct
def plot_as_a_mesh(weights, memory_length, decoder_length, ax):
    mesh = ax.pcolormesh(weights[:decoder_length, :memory_length].T)
    ax.figure.colorbar(mesh, ax=ax)
    ax.set(xlabel="decoder step", ylabel="encoder step")


@exercise.also_correct
def plot_in_german(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, x="Ausgabeschritt", y="Zeichen")
