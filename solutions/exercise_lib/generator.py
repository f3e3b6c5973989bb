"""The HiFi-GAN generator: from a mel spectrogram to a waveform.

Lecture 7, "HiFi-GAN generator"; Kong et al. (2020), section 2.2. Layer shapes and state-dict names
are the official ones, so official checkpoints load into V1, V2 and V3. LAPTOP is a small one whose
last upsampling is an inverse STFT (Kaneko et al. 2022, iSTFTNet), which a CPU finishes sooner.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils.parametrize import remove_parametrizations

SLOPE = 0.1  # of every leaky ReLU but the last


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


def convolution(channels: int, kernel_size: int, dilation: int) -> nn.Module:
    """A weight-normed Conv1d that keeps channels and length."""
    padding = dilation * (kernel_size - 1) // 2
    conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=padding)
    return weight_norm(initialised(conv))


def initialised(conv: nn.Module) -> nn.Module:
    """Give a convolution the official initial weights, N(0, 0.01)."""
    nn.init.normal_(conv.weight, 0.0, 0.01)
    return conv


class ResBlock1(nn.Module):
    """Residual pairs: a dilated convolution, then one of dilation 1 (V1 and V2)."""

    def __init__(self, channels: int, kernel_size: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(convolution(channels, kernel_size, d) for d in dilations)
        self.convs2 = nn.ModuleList(convolution(channels, kernel_size, 1) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """x + conv2(lrelu(conv1(lrelu(x)))), pair after pair; `(B, C, T)` to the same."""
        ### BEGIN SOLUTION
        # TODO 5.1: for each pair: leaky ReLU, conv1, leaky ReLU, conv2, add to what came in
        for conv1, conv2 in zip(self.convs1, self.convs2, strict=True):
            y = conv1(F.leaky_relu(x, SLOPE))
            y = conv2(F.leaky_relu(y, SLOPE))
            x = x + y
        return x
        ### END SOLUTION


class ResBlock2(nn.Module):
    """Residual dilated convolutions (V3)."""

    def __init__(self, channels: int, kernel_size: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(convolution(channels, kernel_size, d) for d in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """x + conv(lrelu(x)), convolution after convolution; `(B, C, T)` to the same."""
        ### BEGIN SOLUTION
        # TODO 5.2: for each convolution: leaky ReLU, convolution, add to what came in
        for conv in self.convs:
            x = x + conv(F.leaky_relu(x, SLOPE))
        return x
        ### END SOLUTION


class Generator(nn.Module):
    """conv_pre, upsampling stages each followed by a multi-receptive-field fusion, conv_post."""

    def __init__(self, config: GeneratorConfig = LAPTOP) -> None:
        super().__init__()
        self.config = config
        channels = config.upsample_initial_channel
        self.conv_pre = weight_norm(nn.Conv1d(config.n_mels, channels, 7, padding=3))
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        block = {1: ResBlock1, 2: ResBlock2}[config.resblock]
        for rate, kernel_size in zip(
            config.upsample_rates, config.upsample_kernel_sizes, strict=True
        ):
            ### BEGIN SOLUTION
            # TODO 5.3: append a transposed convolution that halves the channels, stride = rate,
            # padding (kernel_size - rate) // 2; then the stage's parallel blocks
            up = nn.ConvTranspose1d(
                channels, channels // 2, kernel_size, rate, padding=(kernel_size - rate) // 2
            )
            self.ups.append(weight_norm(initialised(up)))
            channels = channels // 2
            for k, d in zip(
                config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True
            ):
                self.resblocks.append(block(channels, k, d))
            ### END SOLUTION
        outputs = config.istft_n_fft + 2 if config.istft_n_fft else 1
        self.conv_post = weight_norm(initialised(nn.Conv1d(channels, outputs, 7, padding=3)))

    def fuse(self, x: Tensor, stage: int) -> Tensor:
        """Multi-receptive-field fusion: the mean of the stage's parallel residual blocks.

        The slide says that features are added; the official code divides by their number.
        """
        ### BEGIN SOLUTION
        # TODO 5.4: this stage's blocks are neighbours in self.resblocks; average their outputs
        n_blocks = len(self.config.resblock_kernel_sizes)
        blocks = self.resblocks[stage * n_blocks : (stage + 1) * n_blocks]
        return torch.stack([block(x) for block in blocks]).mean(dim=0)
        ### END SOLUTION

    def forward(self, mel: Tensor) -> Tensor:
        """Generate the waveform of a log-mel spectrogram.

        Args: mel: `(B, n_mels, frames)`, natural-log magnitude.
        Returns: y_hat `(B, 1, frames * hop_length)`, amplitude.
        Raises: ValueError for another rank or number of mel bands.
        """
        if mel.ndim != 3 or mel.shape[1] != self.config.n_mels:
            wanted = f"(B, {self.config.n_mels}, frames)"
            raise ValueError(f"mel must be {wanted}, got {tuple(mel.shape)}")
        ### BEGIN SOLUTION
        # TODO 5.5: conv_pre; each stage: leaky ReLU, ups, fuse; leaky ReLU of slope 0.01; conv_post
        x = self.conv_pre(mel)
        for stage, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, SLOPE))  # (B, C / 2, T * rate)
            x = self.fuse(x, stage)
        x = self.conv_post(F.leaky_relu(x, 0.01))
        ### END SOLUTION
        return self.inverse_stft(x) if self.config.istft_n_fft else torch.tanh(x)

    def inverse_stft(self, x: Tensor) -> Tensor:
        """Read conv_post's output as log magnitude and phase of short frames and join them."""
        n_fft, hop = self.config.istft_n_fft, self.config.istft_hop
        log_magnitude, phase = x.chunk(2, dim=1)  # (B, n_fft / 2 + 1, frames)
        spectrum = torch.polar(log_magnitude.clamp(max=5.0).exp(), phase)
        # One more frame at the end makes the waveform frames * hop samples long.
        spectrum = F.pad(torch.view_as_real(spectrum), (0, 0, 0, 1))
        window = torch.hann_window(n_fft, device=x.device)
        y_hat = torch.istft(torch.view_as_complex(spectrum), n_fft, hop, n_fft, window)
        return y_hat.unsqueeze(1)

    def remove_weight_norm(self) -> None:
        """Fold the norms into the weights, for faster generation."""
        for module in self.modules():
            if hasattr(module, "parametrizations"):
                remove_parametrizations(module, "weight")
