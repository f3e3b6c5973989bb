"""Generator."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import generator
from ...exercise_lib.generator import LAST_SLOPE, SLOPE
from .shared import DEEP, REJECTED, lrelu

exercise = Exercise(
    id="generator.Generator",
    title="Generator",
    target="exercise_lib.generator:Generator",
    solution=generator.Generator,
    todo="5.6",
    points=4,
    difficulty=3,
    minutes=25,
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
    numbers |= changes
    hop_length = math.prod(numbers["upsample_rates"]) * numbers["istft_hop"]
    return SimpleNamespace(**numbers, hop_length=hop_length)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    frames, n_mels = (5, 4) if hidden else (4, 5)

    def mel(batch: int = 1) -> Tensor:
        return 0.3 * normal(rng, batch, n_mels, frames)  # tanh stays far from its ends

    def case(name: str, batch: int = 1, grad: tuple[str, ...] = (), **changes: Any) -> Case:
        init = {"config": config(n_mels=n_mels, **changes)}
        return Case(name, probe="module", init=init, args={"mel": mel(batch)}, grad=grad, **DEEP)

    def official(name: str, channels: int, **changes: Any) -> Case:
        init = {"config": config(upsample_initial_channel=channels, n_mels=80, **changes)}
        return Case(name, probe="state_dict", init=init, weight=0.5)

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
        replace(case("the inverse STFT at the end", **istft), weight=2),
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


@exercise.misconception(
    "There is no activation before the transposed convolutions: each stage starts with a leaky "
    "ReLU of slope SLOPE."
)
class StagesNotActivated(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: x)


@exercise.misconception(
    "The leaky ReLU stands after the transposed convolution: it comes before it; the residual "
    "blocks bring their own."
)
class StagesActivatedAfter(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: x, after_up=lrelu)


@exercise.misconception(
    "The slope is 0.01 everywhere: only the last leaky ReLU has LAST_SLOPE, those of the stages "
    "have SLOPE, 0.1."
)
class LastSlopeEverywhere(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: F.leaky_relu(x, LAST_SLOPE))


@exercise.misconception(
    "The last leaky ReLU has slope 0.1: there the official code leaves torch's default, 0.01, here "
    "LAST_SLOPE."
)
class SlopeBeforePost(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_post=lrelu)


@exercise.misconception("The leaky ReLU before conv_post is missing, of slope LAST_SLOPE.")
class PostNotActivated(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_post=lambda x: x)


@exercise.misconception(
    "The tanh is missing: without it samples leave the range from -1 to 1 and clip."
)
class WithoutTanh(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, finish=lambda x: x)


@exercise.misconception(
    "The last step is a sigmoid, whose samples are all positive: a waveform swings around 0, use "
    "tanh."
)
class SigmoidAtTheEnd(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, finish=torch.sigmoid)


@exercise.misconception(
    "The blocks of all stages run in every stage: stage i has n_blocks of them, from i * n_blocks "
    "on."
)
class BlocksOfAllStages(generator.Generator):
    def forward(self, mel):
        return generate(
            self, mel, blocks_of=lambda stage, n_blocks, n_stages: range(n_blocks * n_stages)
        )


@exercise.misconception(
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


@exercise.misconception("Only the first block of each stage is used: fuse all n_blocks of them.")
class FirstBlockOnly(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: blocks[0](x))


@exercise.misconception(
    "A stage's blocks run one after the other: give all of them to fuse, they stand side by side."
)
class BlocksInSeries(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: nn.Sequential(*blocks)(x))


@exercise.misconception("A stage's blocks are summed: use fuse, which divides by their number.")
class BlocksSummed(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: sum(block(x) for block in blocks))


@exercise.misconception(
    "The residual blocks are missing from the forward pass: fuse them after each upsampling."
)
class WithoutBlocks(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: x)


@exercise.misconception(
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


@exercise.misconception(
    "The blocks have as many channels as went into the upsampling: halve `channels` before you "
    "build them."
)
class BlocksTooWide(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, lambda channels, stage: (channels >> stage, channels >> stage))


@exercise.misconception(
    "Every stage starts from the same number of channels: halve `channels` itself, so that the "
    "next stage goes on from there."
)
class ChannelsNotCarriedOn(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, lambda channels, stage: (channels, channels // 2))


@exercise.misconception(
    "The blocks are built in reverse order: an official checkpoint has resblocks.0 with the first "
    "kernel size."
)
class KernelsReversed(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        sizes = config.resblock_kernel_sizes, config.resblock_dilation_sizes
        rebuild(self, halved, blocks=list(zip(*sizes, strict=True))[::-1])


@exercise.misconception("There is one block a stage: `blocks` holds several, append each of them.")
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


@exercise.misconception("The blocks are always of one type: use block_type, the config says which.")
class AlwaysResBlock1(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, halved, block_type=generator.ResBlock1)


@exercise.misconception(
    "The blocks are nested, a list for each stage: official names count straight on, "
    "resblocks.0, resblocks.1, ... Append each block to self.resblocks itself."
)
class BlocksNested(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        n_blocks = len(config.resblock_kernel_sizes)
        blocks = self.resblocks  # type: ignore[has-type]
        self.resblocks = nn.ModuleList(
            nn.ModuleList(blocks[stage * n_blocks : (stage + 1) * n_blocks])
            for stage in range(len(self.ups))
        )

    def forward(self, mel):
        blocks: Any = self.resblocks
        self.resblocks = nn.ModuleList(block for stage in blocks for block in stage)
        y_hat = super().forward(mel)
        self.resblocks = blocks
        return y_hat


@exercise.misconception(
    "There is no activation at all: a leaky ReLU before each upsampling, and before conv_post."
)
class NothingActivated(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=lambda x: x, before_post=lambda x: x)


@exercise.misconception(
    "There is one activation too many, after the transposed convolution: the blocks bring their "
    "own."
)
class StagesActivatedTwice(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, after_up=lrelu)


@exercise.misconception(
    "The samples are clamped: the last step is a tanh, whose gradient never ends."
)
class ClampedAtTheEnd(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, finish=lambda x: x.clamp(-1, 1))


@exercise.misconception(
    "The last step is a ReLU, whose samples are all positive: a waveform swings around 0, use tanh."
)
class HardTanhAtTheEnd(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, finish=torch.relu)


@exercise.misconception("x is added once more: the blocks have their residuals inside, use fuse.")
class BlocksStackedOnX(generator.Generator):
    def forward(self, mel):
        def fusion(x, blocks):
            return x + sum(block(x) for block in blocks) / len(blocks)

        return generate(self, mel, fusion=fusion)


@exercise.misconception("You use a plain ReLU before the upsampling: leaky_relu with SLOPE.")
class StagesPlainReLU(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=F.relu)


@exercise.neighbour(StagesPlainReLU)
class PlainReLUEverywhere(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, before_up=F.relu, before_post=F.relu)


@exercise.misconception("The slopes are exchanged: SLOPE in the stages, LAST_SLOPE at the end.")
class SlopesExchanged(generator.Generator):
    def forward(self, mel):
        def last(x):
            return F.leaky_relu(x, LAST_SLOPE)

        return generate(self, mel, before_up=last, before_post=lrelu)


@exercise.misconception(
    "A tanh follows the inverse STFT: that makes samples of its own, leave them."
)
class TanhAfterInverse(generator.Generator):
    def forward(self, mel):
        y_hat = super().forward(mel)
        return y_hat.tanh() if self.config.istft_n_fft else y_hat


@exercise.misconception(
    "A tanh comes before the inverse STFT: give it conv_post's output as it is."
)
class TanhBeforeInverse(generator.Generator):
    def forward(self, mel):
        if not self.config.istft_n_fft:
            return super().forward(mel)
        return self.inverse_stft(generate(self, mel, inverse=False))


@exercise.misconception("Only the last block of each stage is used: fuse all n_blocks of them.")
class LastBlockOnly(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, fusion=lambda x, blocks: blocks[-1](x))


@exercise.misconception(
    "Every stage uses the first stage's blocks: stage i has those from i n_blocks."
)
class BlocksOfTheFirstStage(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, blocks_of=lambda stage, n_blocks, n_stages: range(n_blocks))


@exercise.misconception("Stage i uses one block, resblocks[i]: it has n_blocks of them.")
class BlockOfTheStagesNumber(generator.Generator):
    def forward(self, mel):
        return generate(self, mel, blocks_of=lambda stage, n_blocks, n_stages: [stage])


@exercise.misconception(
    "The slice of blocks is off by one: stage * n_blocks to (stage + 1) * n_blocks."
)
class BlocksOneTooFew(generator.Generator):
    def forward(self, mel):
        def blocks_of(stage, n_blocks, n_stages):
            return range(stage * n_blocks, (stage + 1) * n_blocks - 1)

        return generate(self, mel, blocks_of=blocks_of)


@exercise.misconception("The blocks come before the upsampling: upsample, then fuse.")
class BlocksBeforeUpsampling(generator.Generator):
    def forward(self, mel):
        n_blocks = len(self.config.resblock_kernel_sizes)
        x = self.conv_pre(mel)
        for stage, up in enumerate(self.ups):
            x = generator.fuse(x, self.resblocks[stage * n_blocks : (stage + 1) * n_blocks])
            x = up(lrelu(x))
        return torch.tanh(self.conv_post(F.leaky_relu(x, LAST_SLOPE)))


@exercise.misconception("Only the first stage runs: `return` stands in the loop, take it out.")
class FirstStageOnly(generator.Generator):
    def forward(self, mel):
        n_blocks = len(self.config.resblock_kernel_sizes)
        x = generator.fuse(self.ups[0](lrelu(self.conv_pre(mel))), self.resblocks[:n_blocks])
        return torch.tanh(self.conv_post(F.leaky_relu(x, LAST_SLOPE)))


@exercise.misconception("All blocks have ResBlock2's type: use block_type, the config says which.")
class AlwaysResBlock2(generator.Generator):
    def __init__(self, config):
        super().__init__(config)
        rebuild(self, halved, block_type=generator.ResBlock2)


@exercise.also_correct
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


@exercise.also_correct
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


@exercise.also_correct
class WithACheckedLength(generator.Generator):
    """Every number comes from the config, also the hop and numbers of another one."""

    def __init__(self, config=generator.LAPTOP):
        super().__init__(dataclasses.replace(config, upsample_rates=(*config.upsample_rates,)))
        assert hash(config) == hash(dataclasses.replace(config))

    def forward(self, mel):
        waveform = super().forward(mel)
        assert waveform.shape == (len(mel), 1, mel.shape[2] * self.config.hop_length)
        return waveform
