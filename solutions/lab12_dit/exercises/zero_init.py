"""What begins as zero."""

from __future__ import annotations

import numpy as np
from torch import nn

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import dit

exercise = Exercise(
    id="dit.zero_init",
    title="What begins as zero",
    target="exercise_lib.dit:zero_init",
    solution=dit.zero_init,
    todo="12.6",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    width = int(rng.integers(4, 8)) if hidden else 3

    def case(name: str, n_blocks: int) -> Case:
        return Case(name, probe="initialise", init={"n_blocks": n_blocks, "width": width})

    return [case("two blocks", 2), case("three blocks", 3), case("one block", 1)]


def zeroed(*layers, weights=True, biases=True):
    for layer in layers:
        if weights:
            nn.init.zeros_(layer.weight)
        if biases:
            nn.init.zeros_(layer.bias)


def modulations(blocks):
    return [block.adaLN_modulation[-1] for block in blocks]


def ends(final):
    return final.adaLN_modulation[-1], final.linear


@exercise.misconception(
    "The whole network is zero: no gradient would ever reach most of it. Attention and MLP keep "
    "their random weights."
)
def everything(blocks, final):
    for module in (*blocks, final):
        for parameter in module.parameters():
            nn.init.zeros_(parameter)


@exercise.misconception(
    "The layers can't learn any more: zero is where they begin, not where they stay."
)
def frozen(blocks, final):
    layers = [*modulations(blocks), *ends(final)]
    zeroed(*layers)
    for layer in layers:
        layer.requires_grad_(False)


@exercise.misconception("Only the biases are set: with random weights the gates are not 0.")
def biases_only(blocks, final):
    zeroed(*modulations(blocks), *ends(final), weights=False)


@exercise.misconception("Only the weights are set: with random biases the gates are not 0.")
def weights_only(blocks, final):
    zeroed(*modulations(blocks), *ends(final), biases=False)


@exercise.misconception(
    "The final layer keeps its random weights: the network's first output would not be 0."
)
def without_the_final(blocks, final):
    zeroed(*modulations(blocks))


@exercise.neighbour(without_the_final)
def final_modulation_alone(blocks, final):
    zeroed(*modulations(blocks), final.adaLN_modulation[-1])


@exercise.misconception(
    "The modulation of the final layer is left out: it begins as zero too, like the blocks'."
)
def without_the_finals_modulation(blocks, final):
    zeroed(*modulations(blocks), final.linear)


@exercise.misconception("The blocks are left out: each has an `adaLN_modulation` to set.")
def without_blocks(blocks, final):
    zeroed(*ends(final))


@exercise.misconception("Only one of the blocks is set: go through all of them.")
def last_block(blocks, final):
    zeroed(*modulations(list(blocks)[-1:]), *ends(final))


@exercise.neighbour(last_block)
def first_block(blocks, final):
    zeroed(*modulations(list(blocks)[:1]), *ends(final))


@exercise.misconception(
    "Attention or MLP are zero as well: the gates are 0 already, and two zeros in a row have no "
    "gradient."
)
def attention_too(blocks, final):
    zeroed(*modulations(blocks), *ends(final), *(block.attn for block in blocks))


@exercise.neighbour(attention_too)
def mlp_too(blocks, final):
    zeroed(*modulations(blocks), *ends(final), *(block.mlp for block in blocks))


@exercise.misconception(
    "The gates alone are zero: of a block all six vectors begin as 0, also shift and scale."
)
def gates_alone(blocks, final):
    for layer in modulations(blocks):
        width = layer.in_features
        for start in (2 * width, 5 * width):
            nn.init.zeros_(layer.weight.data[start : start + width])
            nn.init.zeros_(layer.bias.data[start : start + width])
    zeroed(*ends(final))


@exercise.misconception(
    "Nothing is set: set weight and bias themselves to 0, neither their gradients (`zero_grad`) "
    "nor copies of the layers."
)
def gradients_alone(blocks, final):
    for layer in (*modulations(blocks), *ends(final)):
        layer.zero_grad()


@exercise.misconception(
    "A parameter can't be changed in place while gradients are recorded: use nn.init.zeros_, or "
    "zero_() under `torch.no_grad()`."
)
def without_no_grad(blocks, final):
    for layer in (*modulations(blocks), *ends(final)):
        layer.weight.zero_()
        layer.bias.zero_()


@exercise.also_correct
def with_data(blocks, final):
    for module in (*blocks, final):
        for parameter in module.adaLN_modulation.parameters():
            parameter.data.zero_()
    for parameter in final.linear.parameters():
        parameter.data.mul_(0)


@exercise.also_correct
def with_constants(blocks, final):
    for layer in [*(it.adaLN_modulation[1] for it in blocks), *ends(final)]:
        nn.init.constant_(layer.weight, 0.0)
        nn.init.constant_(layer.bias, 0.0)
