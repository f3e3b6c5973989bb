"""The exercises of generator.py: upsampling, residual blocks, their fusion, the generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from autograder.exercise import Exercise
from autograder.exercises.draws import normal
from autograder.exercises.notebook_cells import answer
from exercise_lib.check.case import Case
from exercise_lib.check.toys.features import log_magnitudes
from solutions.exercise_lib import generator, losses
from solutions.exercise_lib.generator import LAST_SLOPE, SLOPE, convolution, initialised

TARGET = "exercise_lib.generator:"
NOTEBOOK = "05_hifigan_generator"
REJECTED: dict[str, Any] = {"raises": ("ValueError",)}
DEEP: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-5, "why": "float32 through many layers"}


def lrelu(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE)


# -------------------------------------------------------------------------------- upsampling

upsampling = Exercise(
    id="generator.upsampling",
    title="Upsampling by a transposed convolution",
    target=TARGET + "upsampling",
    solution=generator.upsampling,
    notebook=NOTEBOOK,
    todo="5.1",
    points=2,
)


@upsampling.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels, rate = (6, 8) if hidden else (4, 4)
    odd, odd_kernel, odd_rate = (4, 11, 5) if hidden else (4, 7, 3)
    return [
        Case(
            f"kernel {2 * rate}, rate {rate}, with gradient",
            probe="module",
            init={"channels": channels, "kernel_size": 2 * rate, "rate": rate},
            args={"input": normal(rng, 2, channels, 7 if hidden else 5)},
            grad=("input",),
        ),
        Case(
            f"kernel {odd_kernel}, rate {odd_rate}",
            probe="module",
            init={"channels": odd, "kernel_size": odd_kernel, "rate": odd_rate},
            args={"input": normal(rng, 1, odd, 9 if hidden else 6)},
        ),
        Case(
            "official names and shapes of V3's last stage, made narrower",
            probe="state_dict",
            init={"channels": 16 if hidden else 32, "kernel_size": 8, "rate": 4},
        ),
        Case(
            "rejects a kernel shorter than the rate",
            probe="module",
            init={"channels": 4, "kernel_size": 3, "rate": 5},
            args={"input": normal(rng, 1, 4, 6)},
            **REJECTED,
        ),
    ]


def transposed(
    channels: int, kernel_size: int, rate: int, norm: Callable = weight_norm, **changes: Any
) -> nn.Module:
    """The solution with other settings of the transposed convolution."""
    generator.upsampling(channels, kernel_size, rate)  # rejects what the solution rejects
    settings = {
        "out_channels": channels // 2,
        "kernel_size": kernel_size,
        "stride": rate,
        "padding": (kernel_size - rate) // 2,
        **changes,
    }
    return norm(initialised(nn.ConvTranspose1d(channels, **settings)))


@upsampling.misconception(
    "The padding is missing: the output is kernel_size - rate samples too long, and every stage "
    "adds some. Pad (kernel_size - rate) // 2."
)
def up_unpadded(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=0)


@upsampling.misconception(
    "The padding is kernel_size // 2, as for an ordinary convolution: with a stride that loses "
    "samples. A transposed convolution needs (kernel_size - rate) // 2."
)
def up_padded_like_a_convolution(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=kernel_size // 2)


@upsampling.misconception(
    "The padding is rate // 2, which is right only where the kernel is twice the rate: it is "
    "(kernel_size - rate) // 2."
)
def up_padded_by_the_rate(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, padding=rate // 2)


@upsampling.misconception(
    "The length is mended with output_padding, so everything sounds too early: the padding "
    "(kernel_size - rate) // 2 alone gives T * rate, in place."
)
def up_with_output_padding(channels, kernel_size, rate):
    padding = (kernel_size - 1) // 2
    output_padding = rate - kernel_size + 2 * padding
    return transposed(channels, kernel_size, rate, padding=padding, output_padding=output_padding)


@upsampling.misconception(
    "The channels stay as many: each stage halves them, out_channels = channels // 2."
)
def up_channels_kept(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, out_channels=channels)


@upsampling.misconception("The stride is missing: without stride=rate nothing gets longer.")
def up_without_stride(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, stride=1)


@upsampling.misconception(
    "Kernel size and rate are exchanged: the rate is the stride, the kernel is the longer one."
)
def up_kernel_and_rate_exchanged(channels, kernel_size, rate):
    generator.upsampling(channels, kernel_size, rate)
    padding = (kernel_size - rate) // 2
    return weight_norm(nn.ConvTranspose1d(channels, channels // 2, rate, kernel_size, padding))


@upsampling.misconception(
    "This is an ordinary convolution, whose stride makes the signal shorter: use ConvTranspose1d."
)
def up_by_a_convolution(channels, kernel_size, rate):
    generator.upsampling(channels, kernel_size, rate)
    padding = (kernel_size - rate) // 2
    return weight_norm(nn.Conv1d(channels, channels // 2, kernel_size, rate, padding))


@upsampling.misconception(
    "You repeat samples and then convolve: the length is right, but the official layer is one "
    "ConvTranspose1d, whose kernel decides what stands between two samples."
)
def up_by_nearest(channels, kernel_size, rate):
    generator.upsampling(channels, kernel_size, rate)

    class Repeated(nn.Conv1d):
        def forward(self, input):
            return super().forward(input.repeat_interleave(rate, dim=-1))

    return weight_norm(Repeated(channels, channels // 2, kernel_size, padding="same"))


@upsampling.misconception(
    "The layer is not weight-normed: wrap it, weight_norm(...), so that it has the official "
    "weight_g and weight_v."
)
def up_without_norm(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, norm=lambda conv: conv)


@upsampling.misconception("The bias is switched off: leave torch's default, the official has one.")
def up_without_bias(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, bias=False)


@upsampling.also_correct
def up_older_weight_norm(channels, kernel_size, rate):
    return transposed(channels, kernel_size, rate, norm=torch.nn.utils.weight_norm)


@upsampling.also_correct
def up_zeros_between(channels, kernel_size, rate):
    """rate - 1 zeros after every sample, then a convolution with the kernel turned round."""
    generator.upsampling(channels, kernel_size, rate)

    class ZerosBetween(nn.ConvTranspose1d):
        def forward(self, input):  # type: ignore[override]
            spread = torch.stack([input, *[torch.zeros_like(input)] * (rate - 1)], dim=-1)
            spread = spread.flatten(-2)[..., : 1 - rate or None]
            edge = kernel_size - 1 - (kernel_size - rate) // 2
            turned = self.weight.transpose(0, 1).flip(-1)
            return F.conv1d(F.pad(spread, (edge, edge)), turned, self.bias)

    return weight_norm(ZerosBetween(channels, channels // 2, kernel_size, rate))


# ---------------------------------------------------------------------------- residual block 1

resblock1 = Exercise(
    id="generator.ResBlock1",
    title="Residual block of V1 and V2",
    target=TARGET + "ResBlock1",
    solution=generator.ResBlock1,
    notebook=NOTEBOOK,
    todo="5.2",
    points=2,
)


@resblock1.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    kernel_size, dilations = (5, [1, 2, 4]) if hidden else (3, [1, 3, 5])
    return [
        Case(
            f"kernel {kernel_size}, dilations {dilations}, with gradient",
            probe="module",
            init={"channels": 2, "kernel_size": kernel_size, "dilations": dilations},
            args={"x": normal(rng, 2, 2, 19 if hidden else 13)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "one pair",
            probe="module",
            init={"channels": 2, "kernel_size": 7, "dilations": [3 if hidden else 2]},
            args={"x": normal(rng, 1, 2, 17)},
            **DEEP,
        ),
        Case(
            "official names and shapes, made narrower",
            probe="state_dict",
            init={"channels": 8 if hidden else 16, "kernel_size": 11, "dilations": [1, 3, 5]},
        ),
    ]


@resblock1.misconception(
    "The slope is torch's default 0.01: every leaky ReLU but the generator's last has 0.1, SLOPE."
)
class Pairs001(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(F.leaky_relu(conv1(F.leaky_relu(x))))
        return x


@resblock1.misconception(
    "You use a plain ReLU, which passes no gradient below zero: use leaky_relu with SLOPE."
)
class PairsPlainReLU(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(F.relu(conv1(F.relu(x))))
        return x


@resblock1.misconception("The leaky ReLU before the first convolution of each pair is missing.")
class PairsFirstNotActivated(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(lrelu(conv1(x)))
        return x


@resblock1.misconception(
    "The leaky ReLU between the two convolutions of a pair is missing: without it they are one "
    "linear map."
)
class PairsSecondNotActivated(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv2(conv1(lrelu(x)))
        return x


@resblock1.misconception(
    "The activation follows each convolution: here it comes before it, so that what is added to x "
    "can have any sign."
)
class PairsActivatedAfter(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + lrelu(conv2(lrelu(conv1(x))))
        return x


@resblock1.misconception(
    "The residual is missing: add the pair's output to x instead of replacing x by it."
)
class PairsWithoutResidual(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = conv2(lrelu(conv1(lrelu(x))))
        return x


@resblock1.misconception(
    "The input is added once, at the end: each pair adds to what came into that pair."
)
class PairsOneResidual(generator.ResBlock1):
    def forward(self, x):
        y = x
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = conv2(lrelu(conv1(lrelu(y))))
        return x + y


@resblock1.misconception(
    "The activated x is added: leaky_relu's result belongs in a new variable, the residual keeps "
    "x as it came."
)
class PairsActivatedResidual(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = lrelu(x)
            x = x + conv2(lrelu(conv1(x)))
        return x


@resblock1.misconception(
    "Each convolution has a residual of its own: only the pair as a whole has one."
)
class PairsTwoResiduals(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            x = x + conv1(lrelu(x))
            x = x + conv2(lrelu(x))
        return x


@resblock1.misconception(
    "All of convs1 run before convs2: zip them, conv1 and conv2 of a pair follow each other."
)
class PairsTornApart(generator.ResBlock1):
    def forward(self, x):
        y = x
        for conv in [*self.convs1, *self.convs2]:
            y = conv(lrelu(y))
        return x + y


@resblock1.misconception(
    "The second convolutions are dilated as well: theirs is always 1, convs2 fills the gaps that "
    "convs1 leaves."
)
class BothDilated(generator.ResBlock1):
    def __init__(self, channels, kernel_size, dilations):
        super().__init__(channels, kernel_size, dilations)
        self.convs2 = nn.ModuleList(convolution(channels, kernel_size, d) for d in dilations)


@resblock1.misconception(
    "No convolution is dilated: pass the dilation to convs1, it is what widens the receptive field."
)
class NoneDilated(generator.ResBlock1):
    def __init__(self, channels, kernel_size, dilations):
        super().__init__(channels, kernel_size, [1] * len(dilations))


@resblock1.misconception("The dilations are on the wrong list: convs1 is dilated, convs2 is not.")
class DilationsExchanged(generator.ResBlock1):
    def __init__(self, channels, kernel_size, dilations):
        super().__init__(channels, kernel_size, dilations)
        self.convs1, self.convs2 = self.convs2, self.convs1


@resblock1.also_correct
class PairsAsOfficial(nn.Module):
    """Padding written out, torch.nn.utils.weight_norm and modules for the activation."""

    def __init__(self, channels, kernel_size, dilations):
        super().__init__()

        def normed(dilation: int) -> nn.Module:
            padding = (kernel_size * dilation - dilation) // 2
            conv = nn.Conv1d(channels, channels, kernel_size, 1, padding, dilation)
            return torch.nn.utils.weight_norm(conv)

        self.convs1 = nn.ModuleList([normed(d) for d in dilations])
        self.convs2 = nn.ModuleList([normed(1) for _ in dilations])
        self.activation = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        for i in range(len(self.convs1)):
            residual = x
            x = self.activation(x)
            x = self.activation(self.convs1[i](x))
            x = self.convs2[i](x) + residual
        return x


@resblock1.also_correct
class PairsInFloat64(generator.ResBlock1):
    def forward(self, x):
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = x.double()
            conv: Any
            for conv in (conv1, conv2):
                y = torch.maximum(y, SLOPE * y)
                padding, dilation = conv.padding, conv.dilation
                y = F.conv1d(y, conv.weight.double(), conv.bias.double(), 1, padding, dilation)
            x = x + y.float()
        return x


# ---------------------------------------------------------------------------- residual block 2

resblock2 = Exercise(
    id="generator.ResBlock2",
    title="Residual block of V3",
    target=TARGET + "ResBlock2",
    solution=generator.ResBlock2,
    notebook=NOTEBOOK,
    todo="5.3",
    points=1,
)


@resblock2.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    kernel_size, dilations = (5, [2, 6]) if hidden else (3, [1, 2])
    return [
        Case(
            f"kernel {kernel_size}, dilations {dilations}, with gradient",
            probe="module",
            init={"channels": 3, "kernel_size": kernel_size, "dilations": dilations},
            args={"x": normal(rng, 2, 3, 17 if hidden else 11)},
            grad=("x",),
            **DEEP,
        ),
        Case(
            "three convolutions",
            probe="module",
            init={"channels": 2, "kernel_size": 3, "dilations": [1, 4, 2] if hidden else [3, 1, 2]},
            args={"x": normal(rng, 1, 2, 14)},
            **DEEP,
        ),
    ]


@resblock2.misconception(
    "The slope is torch's default 0.01: every leaky ReLU but the generator's last has 0.1, SLOPE."
)
class Single001(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.leaky_relu(x))
        return x


@resblock2.misconception(
    "There is no activation: without the leaky ReLU before each convolution the block is one "
    "linear map."
)
class SingleNoActivation(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(x)
        return x


@resblock2.misconception("The activation follows the convolution: here it comes before it.")
class SingleActivatedAfter(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = x + lrelu(conv(x))
        return x


@resblock2.misconception(
    "The residual is missing: add the convolution's output to x instead of replacing x by it."
)
class SingleWithoutResidual(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = conv(lrelu(x))
        return x


@resblock2.misconception(
    "The input is added once, at the end: each convolution adds to what came into it."
)
class SingleOneResidual(generator.ResBlock2):
    def forward(self, x):
        y = x
        for conv in self.convs:
            y = conv(lrelu(y))
        return x + y


@resblock2.misconception(
    "The activated x is added: leaky_relu's result belongs in a new variable, the residual keeps "
    "x as it came."
)
class SingleActivatedResidual(generator.ResBlock2):
    def forward(self, x):
        for conv in self.convs:
            x = lrelu(x)
            x = x + conv(x)
        return x


@resblock2.misconception(
    "The convolutions stand side by side: within a block they follow each other; side by side are "
    "the blocks."
)
class SingleInParallel(generator.ResBlock2):
    def forward(self, x):
        return x + sum(conv(lrelu(x)) for conv in self.convs)


@resblock2.also_correct
class SingleInPlace(generator.ResBlock2):
    def forward(self, x):
        activation = nn.LeakyReLU(SLOPE)
        for i in range(len(self.convs)):
            x = torch.add(self.convs[i](activation(x)), x)
        return x


@resblock2.also_correct
class SingleRecursive(generator.ResBlock2):
    def forward(self, x):
        def after(x: Tensor, convs: Sequence[nn.Module]) -> Tensor:
            if not convs:
                return x
            return after(x + convs[0](torch.where(x > 0, x, x / 10)), convs[1:])

        return after(x, list(self.convs))


# ----------------------------------------------------------------------------- receptive field

receptive_field = Exercise(
    id="generator.receptive_field",
    title="Receptive field",
    target=TARGET + "receptive_field",
    solution=generator.receptive_field,
    notebook=NOTEBOOK,
    todo="5.4",
    points=2,
)


@receptive_field.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    kernel_size, dilations = (11, [1, 1, 3, 1, 5, 1]) if hidden else (7, [1, 1, 3, 1, 5, 1])
    other, others = (7, [3, 12]) if hidden else (5, [2, 6])

    def case(name: str, kernel_size: int, dilations: list[int]) -> Case:
        return Case(name, args={"kernel_size": kernel_size, "dilations": dilations})

    return [
        case(f"kernel {kernel_size}, dilations {dilations}", kernel_size, dilations),
        case(f"kernel {other}, dilations {others}", other, others),
        case("one layer without dilation", 9 if hidden else 3, [1]),
        case("kernel 1 sees one sample", 1, [1, 5]),
        case("no layer", kernel_size, []),
        Case("rejects kernel 0", args={"kernel_size": 0, "dilations": [1]}, **REJECTED),
    ]


def reach(
    kernel_size: int, dilations: Sequence[int], total: Callable[[int, Sequence[int]], int]
) -> int:
    """Another sum, behind the solution's checks."""
    generator.receptive_field(kernel_size, dilations)
    return total(kernel_size, dilations)


@receptive_field.misconception("The 1 is missing: the output's own position counts, start at 1.")
def field_without_itself(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: (k - 1) * sum(ds))


@receptive_field.misconception(
    "The dilations are left out: a layer with dilation d reaches (kernel_size - 1) d further."
)
def field_undilated(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * len(ds))


@receptive_field.misconception(
    "Each layer adds kernel_size * d: k samples have k - 1 gaps, so it adds (kernel_size - 1) d."
)
def field_whole_kernels(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + k * sum(ds))


@receptive_field.misconception(
    "Only the widest layer counts in yours: the layers follow each other, so their reaches add up."
)
def field_of_the_widest(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * max(ds, default=0))


@receptive_field.misconception(
    "You count one side only: a centred kernel reaches (kernel_size - 1) d / 2 both ways."
)
def field_of_one_side(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + sum((k - 1) * d // 2 for d in ds))


@receptive_field.misconception(
    "You multiply the layers' fields: without a stride each layer adds its reach."
)
def field_multiplied(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: int(np.prod([1 + (k - 1) * d for d in ds])))


@receptive_field.misconception(
    "The 1 is added for every layer: it is the output's own position and counts once."
)
def field_one_per_layer(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: sum(1 + (k - 1) * d for d in ds))


@receptive_field.misconception(
    "The dilations are exponents in yours: d is the distance between two samples of the kernel."
)
def field_of_powers(kernel_size, dilations):
    return reach(kernel_size, dilations, lambda k, ds: 1 + (k - 1) * sum(2**d for d in ds))


@receptive_field.also_correct
def field_in_one_line(kernel_size, dilations):
    if kernel_size < 1 or min(dilations, default=1) < 1:
        raise ValueError("both start at 1")
    return 1 + (kernel_size - 1) * sum(dilations)


@receptive_field.also_correct
def field_by_trying(kernel_size, dilations):
    """The positions that reach the output, found layer by layer."""
    generator.receptive_field(kernel_size, dilations)
    positions = {0}
    for dilation in reversed(dilations):
        positions = {p + i * dilation for p in positions for i in range(kernel_size)}
    return max(positions) + 1


# -------------------------------------------------------------------------------------- fusion

fuse = Exercise(
    id="generator.fuse",
    title="Multi-receptive-field fusion",
    target=TARGET + "fuse",
    solution=generator.fuse,
    notebook=NOTEBOOK,
    todo="5.5",
    points=1,
)


@fuse.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    # Any function can stand in for a block: these bend their input, each in its own way.
    three = [F.elu, F.tanhshrink, F.relu] if hidden else [F.silu, F.relu, F.tanhshrink]
    two = [F.silu, F.elu] if hidden else [F.relu6, F.elu]
    x = normal(rng, 3, 2, 9) if hidden else normal(rng, 2, 3, 7)
    return [
        Case("three blocks, with gradient", args={"x": x, "blocks": three}, grad=("x",)),
        Case("two blocks", args={"x": 2 * x, "blocks": two}),
        Case("one block", args={"x": x, "blocks": three[:1]}),
        Case("rejects no block", args={"x": x, "blocks": []}, **REJECTED),
    ]


def outputs(x: Tensor, blocks: Sequence[Callable]) -> Tensor:
    """What the blocks return, stacked along a new first axis."""
    if not blocks:
        raise ValueError("a fusion needs at least one block")
    return torch.stack([block(x) for block in blocks])


@fuse.misconception(
    "The outputs are summed: divide by the number of blocks. The slide says that features are "
    "added, the official code averages."
)
def fused_by_sum(x, blocks):
    return outputs(x, blocks).sum(0)


@fuse.misconception(
    "The blocks run one after the other: every block gets the same x, side by side, so that each "
    "sees its own width."
)
def fused_in_series(x, blocks):
    outputs(x, blocks)
    for block in blocks:
        x = block(x)
    return x


@fuse.misconception("Only the last block's output is returned: add them all up before dividing.")
def fused_last_only(x, blocks):
    return outputs(x, blocks)[-1]


@fuse.misconception("You divide by 3, whatever the number of blocks: divide by len(blocks).")
def fused_by_three(x, blocks):
    return outputs(x, blocks).sum(0) / 3


@fuse.misconception(
    "You add x once more: the residual blocks have their residuals inside, the fusion has none."
)
def fused_with_residual(x, blocks):
    return x + outputs(x, blocks).mean(0)


@fuse.misconception(
    "You take the maximum over the blocks, which only one of them learns from: take the mean."
)
def fused_by_maximum(x, blocks):
    return outputs(x, blocks).amax(0)


@fuse.misconception(
    "The outputs are concatenated along the channels: the next stage expects as many as came in, "
    "average them."
)
def fused_by_concatenation(x, blocks):
    return torch.cat(list(outputs(x, blocks)), dim=1)


@fuse.misconception("Your total starts at x instead of zero, so x counts as one more block.")
def fused_from_x(x, blocks):
    return (x + outputs(x, blocks).sum(0)) / len(blocks)


@fuse.also_correct
def fused_by_mean(x, blocks):
    return outputs(x, blocks).mean(dim=0)


@fuse.also_correct
def fused_weighted(x, blocks):
    if len(blocks) == 0:
        raise ValueError("no block")
    first, *rest = [block(x) * (1 / len(blocks)) for block in blocks]
    for output in rest:
        first = first + output
    return first


# ----------------------------------------------------------------------------------- generator

whole = Exercise(
    id="generator.Generator",
    title="Generator",
    target=TARGET + "Generator",
    solution=generator.Generator,
    notebook=NOTEBOOK,
    todo="5.6",
    points=4,
)


def config(**changes: Any) -> SimpleNamespace:
    """A small generator's numbers: two stages of two blocks, 6 samples a frame."""
    numbers: dict[str, Any] = {
        "resblock": 2,
        "upsample_rates": [3, 2],
        "upsample_kernel_sizes": [7, 4],
        "upsample_initial_channel": 8,
        "resblock_kernel_sizes": [3, 5],
        "resblock_dilation_sizes": [[1, 2], [2, 3]],
        "n_mels": 5,
        "istft_n_fft": 0,
        "istft_hop": 1,
    }
    return SimpleNamespace(**{**numbers, **changes})


@whole.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    frames, n_mels = (5, 4) if hidden else (4, 5)

    def mel(batch: int = 1) -> Tensor:
        return 0.3 * normal(rng, batch, n_mels, frames)  # tanh stays far from its ends

    def case(name: str, batch: int = 1, grad: tuple[str, ...] = (), **changes: Any) -> Case:
        init = {"config": config(n_mels=n_mels, **changes)}
        return Case(name, probe="module", init=init, args={"mel": mel(batch)}, grad=grad, **DEEP)

    def official(name: str, channels: int, **changes: Any) -> Case:
        init = {"config": config(upsample_initial_channel=channels, n_mels=80, **changes)}
        return Case(name, probe="state_dict", init=init)

    first: dict[str, Any] = (
        {"upsample_rates": [4, 2], "upsample_kernel_sizes": [8, 6]} if hidden else {}
    )
    istft: dict[str, Any] = (
        {"istft_n_fft": 8, "istft_hop": 2} if hidden else {"istft_n_fft": 6, "istft_hop": 3}
    )
    return [
        case("two stages of two blocks, with gradient", 2, grad=("mel",), **first),
        case(
            "blocks of V1",
            resblock=1,
            upsample_rates=[2],
            upsample_kernel_sizes=[4],
            upsample_initial_channel=4,
            resblock_kernel_sizes=[3, 7, 5],
            resblock_dilation_sizes=[[1, 3]] * 3,
        ),
        case(
            "one block a stage",
            resblock_kernel_sizes=[5],
            resblock_dilation_sizes=[[1, 3]],
        ),
        case("the inverse STFT at the end", **istft),
        official(
            "official names and shapes of V1, made narrower and shorter",
            32 if hidden else 16,
            resblock=1,
            upsample_rates=[8],
            upsample_kernel_sizes=[16],
            resblock_kernel_sizes=[3, 7],
            resblock_dilation_sizes=[[1, 3]] * 2,
        ),
        official(
            "official names and shapes of V3, made narrower and shorter",
            32 if hidden else 16,
            upsample_rates=[8, 4],
            upsample_kernel_sizes=[16, 8],
            resblock_kernel_sizes=[3, 5],
            resblock_dilation_sizes=[[1, 2], [2, 6]],
        ),
        Case(
            "rejects a mel with too few bands",
            probe="module",
            init={"config": config(n_mels=n_mels + 1)},
            args={"mel": mel()},
            **REJECTED,
        ),
    ]


def generate(
    self: Any,
    mel: Tensor,
    before_up: Callable[[Tensor], Tensor] = lrelu,
    after_up: Callable[[Tensor], Tensor] = lambda x: x,
    blocks_of: Callable[[int, int, int], Iterable[int]] = lambda stage, n_blocks, n_stages: range(
        stage * n_blocks, (stage + 1) * n_blocks
    ),
    fusion: Callable[[Tensor, list[nn.Module]], Tensor] = generator.fuse,
    before_post: Callable[[Tensor], Tensor] = lambda x: F.leaky_relu(x, LAST_SLOPE),
    finish: Callable[[Tensor], Tensor] = torch.tanh,
    inverse: bool = True,
) -> Tensor:
    """The solution's forward pass with one step changed."""
    if mel.ndim != 3 or mel.shape[1] != self.config.n_mels:
        raise ValueError("mel must be (B, n_mels, frames)")
    n_blocks, n_stages = len(self.config.resblock_kernel_sizes), len(self.ups)
    x = self.conv_pre(mel)
    for stage, up in enumerate(self.ups):
        x = after_up(up(before_up(x)))
        x = fusion(x, [self.resblocks[i] for i in blocks_of(stage, n_blocks, n_stages)])
    x = self.conv_post(before_post(x))
    return self.inverse_stft(x) if inverse and self.config.istft_n_fft else finish(x)


@whole.misconception(
    "There is no activation before the transposed convolutions: each stage starts with a leaky "
    "ReLU of slope SLOPE."
)
class StagesNotActivated(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: x)


@whole.misconception(
    "The leaky ReLU stands after the transposed convolution: it comes before it; the residual "
    "blocks bring their own."
)
class StagesActivatedAfter(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: x, after_up=lrelu)


@whole.misconception(
    "The slope is 0.01 everywhere: only the last leaky ReLU has LAST_SLOPE, those of the stages "
    "have SLOPE, 0.1."
)
class LastSlopeEverywhere(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: F.leaky_relu(x, LAST_SLOPE))


@whole.misconception(
    "The last leaky ReLU has slope 0.1: there the official code leaves torch's default, 0.01, here "
    "LAST_SLOPE."
)
class SlopeBeforePost(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_post=lrelu)


@whole.misconception("The leaky ReLU before conv_post is missing, of slope LAST_SLOPE.")
class PostNotActivated(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_post=lambda x: x)


@whole.misconception(
    "The tanh is missing: without it samples leave the range from -1 to 1 and clip."
)
class WithoutTanh(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, finish=lambda x: x)


@whole.misconception(
    "The last step is a sigmoid, whose samples are all positive: a waveform swings around 0, use "
    "tanh."
)
class SigmoidAtTheEnd(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, finish=torch.sigmoid)


@whole.misconception(
    "The blocks of all stages run in every stage: stage i has n_blocks of them, from i * n_blocks "
    "on."
)
class BlocksOfAllStages(generator.Generator):
    def forward(self, mel):
        return generate(
            self, mel, blocks_of=lambda stage, n_blocks, n_stages: range(n_blocks * n_stages)
        )


@whole.misconception(
    "These are blocks of another stage, with another number of channels: they are stored stage by "
    "stage, block j of a stage is resblocks[stage * n_blocks + j]."
)
class IndexInverted(generator.Generator):
    def forward(self, mel):
        return generate(
            self,
            mel,
            blocks_of=lambda stage, n_blocks, n_stages: range(stage, n_blocks * n_stages, n_stages),
        )


@whole.misconception("Only the first block of each stage is used: fuse all n_blocks of them.")
class FirstBlockOnly(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: blocks[0](x))


@whole.misconception(
    "A stage's blocks run one after the other: give all of them to fuse, they stand side by side."
)
class BlocksInSeries(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: nn.Sequential(*blocks)(x))


@whole.misconception("A stage's blocks are summed: use fuse, which divides by their number.")
class BlocksSummed(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: sum(block(x) for block in blocks))


@whole.misconception(
    "The residual blocks are missing from the forward pass: fuse them after each upsampling."
)
class WithoutBlocks(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: x)


@whole.misconception(
    "conv_post's output is always taken for the waveform: where the config has istft_n_fft, "
    "inverse_stft makes the samples."
)
class NeverInverse(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, inverse=False)


def rebuild(
    self: Any,
    channels_of: Callable[[int, int], tuple[int, int]],
    blocks: Sequence[tuple[int, Sequence[int]]] | None = None,
    block_type: type[nn.Module] | None = None,
) -> None:
    """Build ups and resblocks again; `channels_of(C0, stage)` is a stage's channels in and out."""
    numbers = self.config
    if blocks is None:
        sizes = numbers.resblock_kernel_sizes, numbers.resblock_dilation_sizes
        blocks = list(zip(*sizes, strict=True))
    if block_type is None:
        block_type = generator.ResBlock1 if numbers.resblock == 1 else generator.ResBlock2
    self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
    stages = zip(numbers.upsample_rates, numbers.upsample_kernel_sizes, strict=True)
    for stage, (rate, kernel_size) in enumerate(stages):
        c_in, c_out = channels_of(numbers.upsample_initial_channel, stage)
        self.ups.append(generator.upsampling(c_in, kernel_size, rate))
        for block_kernel_size, dilations in blocks:
            self.resblocks.append(block_type(c_out, block_kernel_size, dilations))


def halved(channels: int, stage: int) -> tuple[int, int]:
    return channels >> stage, channels >> stage + 1


@whole.misconception(
    "The blocks have as many channels as went into the upsampling: halve `channels` before you "
    "build them."
)
class BlocksTooWide(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, lambda channels, stage: (channels >> stage, channels >> stage))


@whole.misconception(
    "Every stage starts from the same number of channels: halve `channels` itself, so that the "
    "next stage goes on from there."
)
class ChannelsNotCarriedOn(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, lambda channels, stage: (channels, channels // 2))


@whole.misconception(
    "The blocks are built in reverse order: an official checkpoint has resblocks.0 with the first "
    "kernel size."
)
class KernelsReversed(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        sizes = config.resblock_kernel_sizes, config.resblock_dilation_sizes
        rebuild(self, halved, blocks=list(zip(*sizes, strict=True))[::-1])


@whole.misconception("There is one block a stage: `blocks` holds several, append each of them.")
class OneBlockAStage(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(
            self,
            halved,
            blocks=[(config.resblock_kernel_sizes[0], config.resblock_dilation_sizes[0])],
        )

    def forward(self, mel):
        return generate(self, mel, blocks_of=lambda stage, n_blocks, n_stages: [stage])


@whole.misconception("The blocks are always of one type: use block_type, the config says which.")
class AlwaysResBlock1(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, halved, block_type=generator.ResBlock1)


@whole.misconception(
    "The blocks are nested, a list for each stage: official names count straight on, "
    "resblocks.0, resblocks.1, ... Append each block to self.resblocks itself."
)
class BlocksNested(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        n_blocks = len(config.resblock_kernel_sizes)
        self.resblocks = nn.ModuleList(
            nn.ModuleList(self.resblocks[stage * n_blocks : (stage + 1) * n_blocks])
            for stage in range(len(self.ups))
        )

    def forward(self, mel):
        blocks: Any = self.resblocks
        self.resblocks = nn.ModuleList(block for stage in blocks for block in stage)
        y_hat = super().forward(mel)
        self.resblocks = blocks
        return y_hat


@whole.also_correct
class AsOfficial(nn.Module):
    """Two loops in the constructor, a running sum in forward."""

    inverse_stft: Any = generator.Generator.inverse_stft

    def __init__(self, config):
        super().__init__()
        self.config = config
        c0 = config.upsample_initial_channel
        self.conv_pre = weight_norm(nn.Conv1d(config.n_mels, c0, 7, 1, padding=3))
        self.ups = nn.ModuleList()
        pairs = zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True)
        for i, (u, k) in enumerate(pairs):
            up = nn.ConvTranspose1d(c0 // 2**i, c0 // 2 ** (i + 1), k, u, padding=(k - u) // 2)
            self.ups.append(weight_norm(up))
        resblock = generator.ResBlock1 if config.resblock == 1 else generator.ResBlock2
        self.resblocks = nn.ModuleList()
        for i in range(len(self.ups)):
            for j, k in enumerate(config.resblock_kernel_sizes):
                block = resblock(c0 // 2 ** (i + 1), k, config.resblock_dilation_sizes[j])
                self.resblocks.append(block)
        n_outputs = config.istft_n_fft + 2 if config.istft_n_fft else 1
        self.conv_post = weight_norm(nn.Conv1d(c0 // 2 ** len(self.ups), n_outputs, 7, padding=3))

    def forward(self, mel):
        if mel.dim() != 3 or mel.size(1) != self.config.n_mels:
            raise ValueError("mel must be (B, n_mels, frames)")
        n = len(self.config.resblock_kernel_sizes)
        x = self.conv_pre(mel)
        for i, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, 0.1))
            xs = self.resblocks[i * n](x)
            for j in range(1, n):
                xs = xs + self.resblocks[i * n + j](x)
            x = xs / n
        x = self.conv_post(F.leaky_relu(x))
        if self.config.istft_n_fft:
            return self.inverse_stft(x)
        return torch.tanh(x)


@whole.also_correct
class BlocksFromAnIterator(generator.Generator):
    def forward(self, mel):
        if mel.ndim != 3 or mel.shape[1] != self.config.n_mels:
            raise ValueError("mel must be (B, n_mels, frames)")
        blocks = iter(self.resblocks)
        x = self.conv_pre(mel)
        for up in self.ups:
            x = up(torch.maximum(x, SLOPE * x))
            outputs = [next(blocks)(x) for _ in self.config.resblock_kernel_sizes]
            x = torch.stack(outputs).mean(0)
        x = self.conv_post(torch.where(x > 0, x, 0.01 * x))
        return self.inverse_stft(x) if self.config.istft_n_fft else x.tanh()


# ------------------------------------------------------------------------------- training step

update = answer(NOTEBOOK, "update")

training_step = Exercise(
    id="gan.training_step",
    title="The training step",
    target="notebook",
    solution=answer(NOTEBOOK, "training_step", "update"),
    notebook=NOTEBOOK,
    todo="5.7",
    points=3,
)


@training_step.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, *shape: int) -> Case:
        args = {"y": normal(rng, *shape), "log_mel": log_magnitudes}
        return Case(name, probe="training", args=args)

    if hidden:
        return [case("two steps", 3, 1, 32), case("one utterance", 1, 1, 64)]
    return [case("two steps", 2, 1, 32)]


def take_turns(
    players: Sequence[Any],
    y: Tensor,
    log_mel: Callable[[Tensor], Tensor],
    for_d: Callable[[Tensor], Tensor] = Tensor.detach,
    for_g: Callable[[Tensor], Tensor] = lambda y_hat: y_hat,
    loss_of_d: Callable[[Any], Tensor] = lambda judged: losses.discriminator_loss(*judged[:2]),
    loss_of_g: Callable[..., Tensor] = losses.generator_total,
    adversarial: Callable[[Any], Tensor] = lambda judged: losses.generator_loss(judged[1]),
    matching: Callable[[Any], Tensor] = lambda judged: losses.feature_matching_loss(*judged[2:]),
    learning: Sequence[str] = ("D", "G"),
) -> tuple[float, float]:
    """The solution with one step changed."""
    make, discriminator, optimizer_g, optimizer_d = players
    y_hat = make(log_mel(y.squeeze(1)))
    mel_loss = losses.mel_l1_loss(y.squeeze(1), y_hat.squeeze(1), log_mel)
    found = {}
    for player in learning:
        if player == "D":
            found[player] = loss_of_d(discriminator(y, for_d(y_hat)))
            update(optimizer_d, found[player])
        else:
            judged = discriminator(y, for_g(y_hat))
            found[player] = loss_of_g(adversarial(judged), matching(judged), mel_loss)
            update(optimizer_g, found[player])
    return found["D"].item(), found["G"].item()


@training_step.misconception(
    "The gradient of D's loss flows on into the generated speech: judge y_hat.detach() in D's "
    "step. With a real generator this also uses up its graph, and G's backward fails."
)
def turn_without_detach(*players, y, log_mel):
    return take_turns(players, y, log_mel, for_d=lambda y_hat: y_hat)


@training_step.misconception(
    "y_hat is detached in G's step too, so G learns from the mel loss only: there the gradient has "
    "to flow through D into G."
)
def turn_detaches_for_g(*players, y, log_mel):
    return take_turns(players, y, log_mel, for_g=Tensor.detach)


@training_step.misconception(
    "The detaches are exchanged: y_hat is detached in D's step, not in G's."
)
def turn_detaches_exchanged(*players, y, log_mel):
    return take_turns(players, y, log_mel, for_d=lambda y_hat: y_hat, for_g=Tensor.detach)


@training_step.misconception(
    "G learns from the judgement that D's step has already used: D has changed since, and the "
    "graph is gone. Call the discriminator again."
)
def turn_judges_once(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    kept: list[Any] = []

    def judge_once(y: Tensor, y_hat: Tensor) -> Any:
        if not kept:
            kept.append(discriminator(y, y_hat))
        return kept[0]

    players = generator, judge_once, optimizer_g, optimizer_d
    return take_turns(players, y, log_mel, for_d=lambda y_hat: y_hat)


@training_step.misconception("G learns before D: the order is D, then G against the new D.")
def turn_of_g_first(*players, y, log_mel):
    return take_turns(players, y, log_mel, learning=("G", "D"))


@training_step.misconception(
    "The optimizers are exchanged: optimizer_d steps on D's loss, optimizer_g on G's."
)
def turn_with_exchanged_optimizers(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    return take_turns((generator, discriminator, optimizer_d, optimizer_g), y, log_mel)


@training_step.misconception(
    "Real and generated are swapped on their way into D's loss: real speech should score 1."
)
def turn_swapped(*players, y, log_mel):
    return take_turns(
        players,
        y,
        log_mel,
        loss_of_d=lambda judged: losses.discriminator_loss(judged[1], judged[0]),
    )


@training_step.misconception(
    "G's adversarial loss looks at the logits of the real speech: G wants the generated to score 1."
)
def turn_with_real_logits(*players, y, log_mel):
    return take_turns(
        players, y, log_mel, adversarial=lambda judged: losses.generator_loss(judged[0])
    )


@training_step.misconception(
    "The mel loss is missing from G's total: pass mel_loss to generator_total, it teaches most."
)
def turn_without_mel(*players, y, log_mel):
    return take_turns(
        players, y, log_mel, loss_of_g=lambda a, fm, m: losses.generator_total(a, fm, 0 * m)
    )


@training_step.misconception(
    "Feature matching is missing from G's total: it needs both lists of feature maps."
)
def turn_without_matching(*players, y, log_mel):
    return take_turns(players, y, log_mel, matching=lambda judged: torch.zeros(()))


@training_step.misconception(
    "The three parts of G's loss are added without their weights: use your generator_total."
)
def turn_unweighted(*players, y, log_mel):
    return take_turns(players, y, log_mel, loss_of_g=lambda a, fm, m: a + fm + m)


@training_step.also_correct
def turn_with_a_copy(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    """D's step on speech generated under no_grad; every step of an optimizer written out."""
    with torch.no_grad():
        fixed = generator(log_mel(y.squeeze(1))).clone()
    real, fake, *_ = discriminator(y, fixed)
    loss_d = losses.discriminator_loss(real, fake)
    optimizer_d.zero_grad()
    loss_d.backward()
    optimizer_d.step()
    y_hat = generator(log_mel(y.squeeze(1)))
    _, fake, real_maps, fake_maps = discriminator(y, y_hat)
    mel_loss = losses.mel_l1_loss(y.squeeze(1), y_hat.squeeze(1), log_mel)
    matching = losses.feature_matching_loss(real_maps, fake_maps)
    loss_g = losses.generator_loss(fake) + 2 * matching + 45 * mel_loss
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    return float(loss_d.detach()), float(loss_g.detach())


@training_step.also_correct
def turn_with_real_maps_detached(*players, y, log_mel):
    """The real side of feature matching needs no gradient."""
    return take_turns(
        players,
        y,
        log_mel,
        for_d=lambda y_hat: y_hat.detach().clone(),
        matching=lambda judged: losses.feature_matching_loss(
            [[layer.detach() for layer in layers] for layers in judged[2]], judged[3]
        ),
    )
