"""The discriminators of HiFi-GAN: multi-period (MPD) and multi-scale (MSD).

Lecture 7, "HiFi-GAN discriminators"; Kong et al. (2020), section 2.3. Layer shapes and state-dict
names are the official ones, so official checkpoints load at width 1; a smaller width fits a laptop.
"""

import math
from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import spectral_norm  # its names (weight_orig, weight_u) are the official ones
from torch.nn.utils.parametrizations import weight_norm

SLOPE = 0.1  # of every leaky ReLU
PERIOD_CHANNELS = (32, 128, 512, 1024, 1024)
SCALE_LAYERS = (  # channels, kernel, stride, groups
    (128, 15, 1, 1),
    (128, 41, 2, 4),
    (256, 41, 2, 16),
    (512, 41, 4, 16),
    (1024, 41, 4, 16),
    (1024, 41, 1, 16),
    (1024, 5, 1, 1),
)
Judged = tuple[list[Tensor], list[Tensor], list[list[Tensor]], list[list[Tensor]]]


def check_audio(x: Tensor) -> None:
    """Raise ValueError unless x is `(B, 1, T)` and holds a sample."""
    if x.ndim != 3 or x.shape[1] != 1 or x.numel() == 0:
        raise ValueError(f"audio must be (B, 1, T), not empty; got shape {tuple(x.shape)}")


def check_pair(y: Tensor, y_hat: Tensor) -> None:
    """Raise ValueError unless y and y_hat are audio of the same shape."""
    check_audio(y)
    if y.shape != y_hat.shape:
        raise ValueError(f"y {tuple(y.shape)} and y_hat {tuple(y_hat.shape)} differ in shape")


def scale_channels(channels: int, width: float) -> int:
    """Official channel count times width, rounded, at least 1."""
    if not width > 0:
        raise ValueError(f"width must be positive, got {width}")
    return max(1, round(channels * width))


def fold(x: Tensor, period: int) -> Tensor:
    """Fold audio into rows of one period: row t, column c holds x[t p + c] (section 2.3, MPD).

    Only when p does not divide T, the end is reflect-padded to the next multiple of p.

    Args: x: `(B, 1, T)`; period: p, samples, from 1 to T.
    Returns: `(B, 1, T / p, p)`: column 0 holds samples 0, p, 2p, ...
    Raises: ValueError for a wrong rank, an empty x, or a period outside 1 ... T.
    """
    check_audio(x)
    batch, channels, samples = x.shape
    if not 1 <= period <= samples:
        raise ValueError(f"period must be from 1 to {samples} samples, got {period}")
    # TODO 4.1: pad where needed, and fold
    raise NotImplementedError("TODO 4.1: pad where needed, and fold")


class PeriodDiscriminator(nn.Module):
    """Five strided convolutions down the columns of the folded audio, which never mix."""

    def __init__(self, period: int, width: float = 1.0) -> None:
        """Args: period: samples, at least 1; width: factor on all channel counts, 1 is official."""
        super().__init__()
        if period < 1:
            raise ValueError(f"period must be at least 1 sample, got {period}")
        self.period = period
        sizes = [1] + [scale_channels(c, width) for c in PERIOD_CHANNELS]
        strides = [3, 3, 3, 3, 1]
        self.convs = nn.ModuleList()
        # TODO 4.2a: the five convolutions of `convs`
        raise NotImplementedError("TODO 4.2a: the five convolutions of `convs`")
        self.conv_post = weight_norm(nn.Conv2d(sizes[-1], 1, (3, 1), padding=(1, 0)))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge audio at this period.

        Args: x: `(B, 1, T)`.
        Returns: logits `(B, n)`, flattened; 6 feature maps `(B, C, rows, p)`, the last conv_post's.
        """
        x = fold(x, self.period)  # (B, 1, rows, p)
        fmaps = []
        # TODO 4.2b: logits and six feature maps
        raise NotImplementedError("TODO 4.2b: logits and six feature maps")


class MultiPeriodDiscriminator(nn.Module):
    """MPD: one period discriminator per (prime) period."""

    def __init__(self, width: float = 1.0, periods: Sequence[int] = (2, 3, 5, 7, 11)) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(PeriodDiscriminator(p, width) for p in periods)

    def forward(self, y: Tensor, y_hat: Tensor) -> Judged:
        """Judge real audio y and generated audio y_hat, both `(B, 1, T)`.

        Returns: logits of y, logits of y_hat, feature maps of y, of y_hat: a list entry per period.
        Raises: ValueError when y and y_hat are not audio of the same shape.
        """
        check_pair(y, y_hat)
        logits_real, logits_fake, fmaps_real, fmaps_fake = [], [], [], []
        # TODO 4.3: judge y and y_hat at every period
        raise NotImplementedError("TODO 4.3: judge y and y_hat at every period")


class ScaleDiscriminator(nn.Module):
    """Seven grouped, strided convolutions on the waveform itself (section 2.3, MSD; MelGAN's)."""

    def __init__(
        self, width: float = 1.0, norm: Callable[[nn.Module], nn.Module] = weight_norm
    ) -> None:
        """Args: width: factor on all channel counts, 1 is official; norm: weight or spectral norm.

        A scaled layer keeps the largest number of groups that divides the official number and both
        channel counts, gcd(groups, c_in, c_out): at width 1 the official number.
        """
        super().__init__()
        self.convs = nn.ModuleList()
        c_in = 1
        for channels, kernel, stride, official_groups in SCALE_LAYERS:
            c_out = scale_channels(channels, width)
            groups = math.gcd(official_groups, c_in, c_out)
            padding = (kernel - 1) // 2
            # TODO 4.4a: the convolution of this layer
            raise NotImplementedError("TODO 4.4a: the convolution of this layer")
        self.conv_post = norm(nn.Conv1d(c_in, 1, 3, padding=1))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge audio `(B, 1, T)` at one scale.

        Returns: logits `(B, n)`, flattened; 8 feature maps `(B, C, n)`, the last is conv_post's.
        """
        check_audio(x)
        fmaps = []
        # TODO 4.4b: logits and eight feature maps
        raise NotImplementedError("TODO 4.4b: logits and eight feature maps")


def pooled_scales(x: Tensor, n_scales: int = 3) -> list[Tensor]:
    """The cascade of average pools: x, pool(x), pool(pool(x)), ... (section 2.3, MSD).

    Each pool averages 4 samples every 2, with 2 zeros of padding that count in the mean
    (official AvgPool1d(4, 2, padding=2)): 8192 -> 4097 -> 2049 samples.

    Args: x: `(B, 1, T)`; n_scales: at least 1.
    Returns: n_scales tensors `(B, 1, T_k)`, the first is x.
    Raises: ValueError for a wrong rank, an empty x, or n_scales below 1.
    """
    check_audio(x)
    if n_scales < 1:
        raise ValueError(f"n_scales must be at least 1, got {n_scales}")
    # TODO 4.5: n_scales scales, the first is x
    raise NotImplementedError("TODO 4.5: n_scales scales, the first is x")


class MultiScaleDiscriminator(nn.Module):
    """MSD: three scale discriminators, `discriminators`, on raw, x2 and x4 pooled audio."""

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        # TODO 4.6a: the three discriminators, with their norms
        raise NotImplementedError("TODO 4.6a: the three discriminators, with their norms")

    def forward(self, y: Tensor, y_hat: Tensor) -> Judged:
        """Judge real audio y and generated audio y_hat, both `(B, 1, T)`.

        Returns: logits of y, logits of y_hat, feature maps of y, of y_hat: a list entry per scale.
        Raises: ValueError when y and y_hat are not audio of the same shape.
        """
        check_pair(y, y_hat)
        logits_real, logits_fake, fmaps_real, fmaps_fake = [], [], [], []
        # TODO 4.6b: judge every scale of y and of y_hat
        raise NotImplementedError("TODO 4.6b: judge every scale of y and of y_hat")
