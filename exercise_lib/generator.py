"""The HiFi-GAN generator: from a mel spectrogram to a waveform.

Lecture 7, "HiFi-GAN generator"; Kong et al. (2020), section 2.2. Layer shapes and state-dict names
are the official ones, so official checkpoints load into V1, V2 and V3. LAPTOP is a small one whose
last upsampling is an inverse STFT (Kaneko et al. 2022, iSTFTNet), which a CPU finishes sooner.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils.parametrize import remove_parametrizations

SLOPE = 0.1  # of every leaky ReLU but the last
LAST_SLOPE = 0.01  # of the one before conv_post: the official code leaves torch's default there
MAX_LOG_MAGNITUDE = 5.0  # of the inverse STFT: a first training step can't overflow exp


@dataclass(frozen=True)
class GeneratorConfig:
    """The numbers that make a generator."""

    resblock: int  # 1: three pairs of convolutions, 2: two single ones
    upsample_rates: tuple[int, ...]  # their product (times istft_hop) is the hop, samples
    upsample_kernel_sizes: tuple[int, ...]
    upsample_initial_channel: int  # halved by every stage
    resblock_kernel_sizes: tuple[int, ...] = (3, 7, 11)  # parallel blocks of a stage
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 5),) * 3
    n_mels: int = 80
    istft_n_fft: int = 0  # samples; 0: conv_post gives the waveform itself
    istft_hop: int = 1  # samples

    @property
    def hop_length(self) -> int:
        """Samples of waveform per mel frame."""
        return math.prod(self.upsample_rates) * self.istft_hop


V1 = GeneratorConfig(1, (8, 8, 2, 2), (16, 16, 4, 4), 512)
V2 = GeneratorConfig(1, (8, 8, 2, 2), (16, 16, 4, 4), 128)
V3 = GeneratorConfig(2, (8, 8, 4), (16, 16, 8), 256, (3, 5, 7), ((1, 2), (2, 6), (3, 12)))
LAPTOP = GeneratorConfig(
    2, (8, 8), (16, 16), 128, (3, 5, 7), ((1, 2), (2, 6), (3, 12)), istft_n_fft=16, istft_hop=4
)


def initialised(conv: nn.Conv1d | nn.ConvTranspose1d) -> nn.Module:
    """Give a convolution the initial weights of the official code, N(0, 0.01^2), and return it.

    The official code sets them after the weight norm, which overwrites them; here they count.
    """
    nn.init.normal_(conv.weight, 0.0, 0.01)
    return conv


def convolution(channels: int, kernel_size: int, dilation: int) -> nn.Module:
    """A weight-normed Conv1d that keeps channels and length (for an odd kernel size)."""
    padding = dilation * (kernel_size - 1) // 2
    conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=padding)
    return weight_norm(initialised(conv))


def upsampling(channels: int, kernel_size: int, rate: int) -> nn.Module:
    """A transposed convolution that makes the signal `rate` times longer and halves its channels.

    T_out = (T - 1) rate - 2 padding + kernel_size, which is T rate for
    padding = (kernel_size - rate) / 2 (official code).

    Args: channels: in; kernel_size, rate: samples of the output, rate is the stride.
    Returns: a weight-normed ConvTranspose1d, `(B, channels, T)` -> `(B, channels / 2, T rate)`.
    Raises: ValueError for a kernel from which no padding makes T rate, or odd channels.
    """
    if kernel_size < rate or (kernel_size - rate) % 2 or channels % 2:
        raise ValueError(f"no padding or channels for {kernel_size=}, {rate=}, {channels=}")
    # TODO 5.1: a transposed convolution to T u samples and half the channels
    raise NotImplementedError("TODO 5.1: a transposed convolution to T u samples and half the channels")


class ResBlock1(nn.Module):
    """Residual pairs: a dilated convolution, then one of dilation 1 (V1 and V2)."""

    def __init__(self, channels: int, kernel_size: int, dilations: Sequence[int]) -> None:
        """Args: kernel_size: odd; dilations: one for each pair's first convolution."""
        super().__init__()
        self.convs1, self.convs2 = nn.ModuleList(), nn.ModuleList()
        # TODO 5.2a: both lists of convolutions
        raise NotImplementedError("TODO 5.2a: both lists of convolutions")

    def forward(self, x: Tensor) -> Tensor:
        """Apply pair after pair: x <- x + conv2(lrelu(conv1(lrelu(x)))) (official code).

        Args: x: `(B, C, T)`.
        Returns: `(B, C, T)`.
        """
        # TODO 5.2b: equation 5.3, pair by pair
        raise NotImplementedError("TODO 5.2b: equation 5.3, pair by pair")


class ResBlock2(nn.Module):
    """Residual dilated convolutions (V3 and LAPTOP)."""

    def __init__(self, channels: int, kernel_size: int, dilations: Sequence[int]) -> None:
        """Args: kernel_size: odd; dilations: one for each convolution."""
        super().__init__()
        self.convs = nn.ModuleList(convolution(channels, kernel_size, d) for d in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """Apply convolution after convolution: x <- x + conv(lrelu(x)) (official code).

        Args: x: `(B, C, T)`.
        Returns: `(B, C, T)`.
        """
        # TODO 5.3: equation 5.4, layer by layer
        raise NotImplementedError("TODO 5.3: equation 5.4, layer by layer")


def receptive_field(kernel_size: int, dilations: Sequence[int]) -> int:
    """Count the inputs from the first to the last that one output of dilated convolutions reads.

    R = 1 + sum_l (kernel_size - 1) d_l, the gaps of the dilation included (stride 1).

    Args: kernel_size: of every layer; dilations: one for each layer, none for an empty stack.
    Returns: R, samples at the layers' own rate.
    Raises: ValueError for a kernel size or dilation below 1.
    """
    if kernel_size < 1 or any(dilation < 1 for dilation in dilations):
        raise ValueError(f"kernel_size and dilations start at 1: {kernel_size}, {dilations}")
    # TODO 5.4: equation 5.5
    raise NotImplementedError("TODO 5.4: equation 5.5")


def fuse(x: Tensor, blocks: Sequence[Callable[[Tensor], Tensor]] | nn.ModuleList) -> Tensor:
    """Multi-receptive-field fusion: the mean of parallel residual blocks.

    MRF(x) = 1/n sum_j block_j(x). The slide adds the features; the official code divides by n.

    Args: x: `(B, C, T)`; blocks: each `(B, C, T)` -> `(B, C, T)`, at least one.
    Returns: `(B, C, T)`.
    Raises: ValueError without a block.
    """
    if not blocks:
        raise ValueError("a fusion needs at least one block")
    # TODO 5.5: equation 5.6
    raise NotImplementedError("TODO 5.5: equation 5.6")


class Generator(nn.Module):
    """conv_pre, upsampling stages each followed by a multi-receptive-field fusion, conv_post."""

    def __init__(self, config: GeneratorConfig = LAPTOP) -> None:
        super().__init__()
        self.config = config
        channels = config.upsample_initial_channel
        self.conv_pre = weight_norm(nn.Conv1d(config.n_mels, channels, 7, padding=3))
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        block_type = {1: ResBlock1, 2: ResBlock2}[config.resblock]
        stages = zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True)
        for rate, kernel_size in stages:
            blocks = zip(config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True)
            # TODO 5.6a: the stage's upsampling and its residual blocks
            raise NotImplementedError("TODO 5.6a: the stage's upsampling and its residual blocks")
        # For an inverse STFT: log magnitude and phase of n_fft / 2 + 1 frequencies.
        n_outputs = config.istft_n_fft + 2 if config.istft_n_fft else 1
        self.conv_post = weight_norm(initialised(nn.Conv1d(channels, n_outputs, 7, padding=3)))

    def forward(self, mel: Tensor) -> Tensor:
        """Generate the waveform of a log-mel spectrogram.

        Args: mel: `(B, n_mels, frames)`, natural-log magnitude.
        Returns: y_hat `(B, 1, frames * hop_length)`, amplitude.
        Raises: ValueError for another rank or number of mel bands.
        """
        if mel.ndim != 3 or mel.shape[1] != self.config.n_mels:
            wanted = f"(B, {self.config.n_mels}, frames)"
            raise ValueError(f"mel must be {wanted}, got {tuple(mel.shape)}")
        n_blocks = len(self.config.resblock_kernel_sizes)  # of a stage
        # TODO 5.6b: equation 5.7
        raise NotImplementedError("TODO 5.6b: equation 5.7")

    def inverse_stft(self, x: Tensor) -> Tensor:
        """Read conv_post's output as log magnitude and phase of short frames and join them.

        Args: x: `(B, istft_n_fft + 2, n)`: log magnitude, then phase (rad).
        Returns: `(B, 1, n * istft_hop)`.
        """
        n_fft, hop = self.config.istft_n_fft, self.config.istft_hop
        log_magnitude, phase = x.float().chunk(2, dim=1)  # (B, n_fft / 2 + 1, n)
        spectrum = torch.polar(log_magnitude.clamp(max=MAX_LOG_MAGNITUDE).exp(), phase)
        # One more frame at the end makes the waveform n * hop samples long.
        spectrum = F.pad(torch.view_as_real(spectrum), (0, 0, 0, 1))
        window = torch.hann_window(n_fft, device=x.device)
        y_hat = torch.istft(torch.view_as_complex(spectrum), n_fft, hop, n_fft, window)
        return y_hat.unsqueeze(1)

    def remove_weight_norm(self) -> None:
        """Fold the norms into the weights, for faster generation."""
        for module in self.modules():
            if hasattr(module, "parametrizations"):
                remove_parametrizations(module, "weight")
