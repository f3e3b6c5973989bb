"""The block of a diffusion transformer."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import dit

exercise = Exercise(
    id="dit.DiTBlock",
    title="The block: adaLN-Zero",
    target="exercise_lib.dit:DiTBlock",
    solution=dit.DiTBlock,
    todo="12.5",
    points=3,
    difficulty=2,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    width = 12 if hidden else 8

    def case(name: str, b: int, n: int, heads: int, **more) -> Case:
        return Case(
            name,
            probe="module",
            init={"width": width, "heads": heads},
            args={"x": 2 * normal(rng, b, n, width) + 0.5, "condition": 2 * normal(rng, b, width)},
            atol=1e-4,
            why="sums of several layers in float32",
            **more,
        )

    return [
        case("two heads, with gradients", 2, 5, 2, grad=("x", "condition")),
        case("four heads", 3, 4, 4),
        case("as many pictures as tokens", 4, 4, 2),
    ]


class Variant(dit.DiTBlock):
    """The block's parts by name, for those that put them together differently."""

    def forward(self, x, condition):
        six = self.adaLN_modulation(condition)[:, None].chunk(6, dim=2)
        return self.put_together(x, *six)

    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        raise NotImplementedError


def turned(x, shift, scale):
    return x * (1 + scale) + shift


@exercise.misconception(
    "The gates are missing: a block must be the identity as long as its gates are 0, as training "
    "begins."
)
class WithoutGates(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.misconception(
    "The gate is 1 + gate: then the block is not the identity when the gate is 0. Only the scale "
    "has a 1."
)
class GateFromOne(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + (1 + gate_1) * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + (1 + gate_2) * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.misconception("The residual path is missing: x is added, without a gate.")
class WithoutResidual(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return gate_2 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.neighbour(WithoutResidual)
class OnlyFirstResidual(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return gate_2 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.neighbour(WithoutResidual)
class OnlySecondResidual(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_2 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.misconception(
    "The gate is on x as well: with gates of 0 the output is 0, and nothing ever passes. Gate the "
    "branch alone."
)
class GatedResidual(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = gate_1 * (x + self.attn(turned(self.norm1(x), shift_1, scale_1)))
        return gate_2 * (x + self.mlp(turned(self.norm2(x), shift_2, scale_2)))


@exercise.misconception(
    "You normalise after the modulation, which undoes most of it: norm first, then modulate."
)
class NormAfterModulation(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.attn(self.norm1(turned(x, shift_1, scale_1)))
        return x + gate_2 * self.mlp(self.norm2(turned(x, shift_2, scale_2)))


@exercise.misconception("The norms are missing: modulate expects normalised tokens.")
class WithoutNorm(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.attn(turned(x, shift_1, scale_1))
        return x + gate_2 * self.mlp(turned(x, shift_2, scale_2))


@exercise.misconception(
    "The six vectors are given to the wrong places: attention has the first three, as shift, scale "
    "and gate, the MLP the last three."
)
class SameThreeTwice(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_1 * self.mlp(turned(self.norm2(x), shift_1, scale_1))


@exercise.neighbour(SameThreeTwice)
class SameGateTwice(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_1 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.neighbour(SameThreeTwice)
class ThreesExchanged(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_2 * self.attn(turned(self.norm1(x), shift_2, scale_2))
        return x + gate_1 * self.mlp(turned(self.norm2(x), shift_1, scale_1))


@exercise.neighbour(SameThreeTwice)
class TakenByKind(Variant):
    def put_together(self, x, *six):
        shift_1, shift_2, scale_1, scale_2, gate_1, gate_2 = six
        x = x + gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_2 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.misconception(
    "The second line adds to what came into the block: then attention has no path of its own to "
    "the end. Add to a of (12.4)."
)
class SecondAddsToTheInput(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        a = x + gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_2 * self.mlp(turned(self.norm2(a), shift_2, scale_2))


@exercise.misconception(
    "The MLP works on what came into the block: it takes what attention has made, a of (12.4)."
)
class SideBySide(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        attended = gate_1 * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + attended + gate_2 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.neighbour(SideBySide)
class MlpOfTheInput(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        return x + gate_2 * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.misconception("Shift and scale are exchanged: modulate(x, shift, scale).")
class ShiftForScale(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.attn(turned(self.norm1(x), scale_1, shift_1))
        return x + gate_2 * self.mlp(turned(self.norm2(x), scale_2, shift_2))


@exercise.misconception(
    "You modulate what comes out of attention and MLP: their input is what is modulated."
)
class ModulatedOutput(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * turned(self.attn(self.norm1(x)), shift_1, scale_1)
        return x + gate_2 * turned(self.mlp(self.norm2(x)), shift_2, scale_2)


@exercise.misconception("Attention and MLP are exchanged: attention comes first.")
class MlpFirst(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1 * self.mlp(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_2 * self.attn(turned(self.norm2(x), shift_2, scale_2))


@exercise.misconception(
    "Gates go along the batch, not the tokens: `(B, d)` needs an axis of tokens, gate[:, None]."
)
class GatesOverTheBatch(dit.DiTBlock):
    def forward(self, x, condition):
        six = self.adaLN_modulation(condition).chunk(6, dim=1)
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = six
        x = x + gate_1 * self.attn(dit.modulate(self.norm1(x), shift_1, scale_1))
        return x + gate_2 * self.mlp(dit.modulate(self.norm2(x), shift_2, scale_2))


@exercise.misconception(
    "The values are right, but the condition gets no gradient through the gates: detach nothing."
)
class DetachedGates(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        x = x + gate_1.detach() * self.attn(turned(self.norm1(x), shift_1, scale_1))
        return x + gate_2.detach() * self.mlp(turned(self.norm2(x), shift_2, scale_2))


@exercise.also_correct
class WithUnsqueeze(dit.DiTBlock):
    def forward(self, x, condition):
        six = self.adaLN_modulation(condition).unflatten(1, (6, -1)).unsqueeze(2).unbind(1)
        for norm, layer, (shift, scale, gate) in (
            (self.norm1, self.attn, six[:3]),
            (self.norm2, self.mlp, six[3:]),
        ):
            x = torch.addcmul(x, gate, layer(torch.addcmul(shift, norm(x), 1 + scale)))
        return x


@exercise.also_correct
class WithFunctions(Variant):
    def put_together(self, x, shift_1, scale_1, gate_1, shift_2, scale_2, gate_2):
        normed = F.layer_norm(x, x.shape[-1:], eps=1e-6)
        a = x + self.attn(normed + normed * scale_1 + shift_1) * gate_1
        normed = F.layer_norm(a, a.shape[-1:], eps=1e-6)
        return self.mlp(normed * (scale_2 + 1) + shift_2) * gate_2 + a
