"""EnCodec: how few bits sound becomes, what encodes it, and what it is trained for.

Lecture 7, "EnCodec neural audio codec"; Défossez et al. (2022), whose equations and sections are
named. A waveform is `(B, samples)`; a book is one codebook of the residual quantiser.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

Transform = Callable[[Tensor], Tensor]  # `(B, samples)` to log spectra `(B, bands, frames)`
FeatureMaps = list[list[Tensor]]  # [discriminator][layer], tensors of any shape
EPSILON = 1e-12  # keeps a division and a square root finite


def bit_rate(sample_rate: int, strides: Sequence[int], n_books: int, book_size: int) -> float:
    """Bits a second of the codes (10.1).

    R = f_s / (s_1 s_2 ...) n log2 K

    Args:
        sample_rate: f_s, Hz
        strides: of the encoder's convolutions; their product is the hop, in samples
        n_books: n, codes of one frame
        book_size: K, codes of one book

    Returns:
        bits a second
    """
    # TODO 10.1: equation 10.1
    raise NotImplementedError("TODO 10.1: equation 10.1")


def pack_codes(codes: Tensor, n_bits: int) -> Tensor:
    """Write codes as bytes, n_bits each, without gaps.

    Frame after frame, in a frame book after book, of a code the highest bit first. Zeros fill the
    last byte.

    Args:
        codes: `(n_books, frames)` int64, each below 2^n_bits
        n_bits: bits of a code, log2 of the book's size

    Returns:
        `(ceil(n_books frames n_bits / 8),)` uint8

    Raises:
        ValueError: a code does not fit into n_bits
    """
    if codes.min() < 0 or codes.max() >= 2**n_bits:
        raise ValueError(f"codes are 0 to {2**n_bits - 1}, not {codes.min()} to {codes.max()}")
    highest_first = torch.arange(n_bits - 1, -1, -1)  # places of a code's bits
    # TODO 10.2: codes to bits, bits to bytes
    raise NotImplementedError("TODO 10.2: codes to bits, bits to bytes")


def causal_pad(x: Tensor, kernel_size: int, stride: int, dilation: int) -> Tensor:
    """Pad a signal so that a convolution sees no later sample, and leaves none out (10.3).

    left = (k - 1) d + 1 - s, right = the samples that T lacks of a multiple of s; both reflect

    Args:
        x: `(B, C, T)`
        kernel_size, stride, dilation: k, s and d of the convolution, k >= s

    Returns:
        `(B, C, left + T + right)`, of which the convolution makes ceil(T / s) frames
    """
    # TODO 10.3: equation 10.3
    raise NotImplementedError("TODO 10.3: equation 10.3")


class Normed(nn.Module):
    """A convolution with weight norm, under the official name."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = weight_norm(conv)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class CausalConv1d(nn.Module):
    """A convolution whose frame t depends on samples up to (t + 1) stride only."""

    def __init__(
        self, inputs: int, outputs: int, kernel_size: int, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__()
        self.shape = kernel_size, stride, dilation
        self.conv = Normed(nn.Conv1d(inputs, outputs, kernel_size, stride, dilation=dilation))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, inputs, T)` to `(B, outputs, ceil(T / stride))`."""
        return self.conv(causal_pad(x, *self.shape))


class ResidualUnit(nn.Module):
    """SEANet's residual unit: narrow in the middle, with a shortcut that learns (10.4)."""

    def __init__(self, channels: int, kernel_size: int = 3, compress: int = 2) -> None:
        """Make the layers.

        Args:
            channels: C, in and out
            kernel_size: of the first convolution; the others have 1
            compress: in the middle there are C / compress channels
        """
        super().__init__()
        hidden = channels // compress
        # TODO 10.4a: self.block, an nn.Sequential of four layers, and self.shortcut
        raise NotImplementedError("TODO 10.4a: self.block, an nn.Sequential of four layers, and self.shortcut")

    def forward(self, x: Tensor) -> Tensor:
        """y = W_s x + W_2 ELU(W_1 ELU(x)), `(B, C, T)` to the same shape.

        Each W is a `CausalConv1d` as above, with its bias.
        """
        # TODO 10.4b: equation 10.4
        raise NotImplementedError("TODO 10.4b: equation 10.4")


def spectral_loss(x: Tensor, x_hat: Tensor, transforms: Sequence[Transform]) -> Tensor:
    """Distance of log spectra at several scales (10.5; equation 2 of the paper).

    l_f = 1/|e| sum_i (mean |d_i| + sqrt(mean(d_i^2))), d_i = S_i(x) - S_i(x_hat)

    Args:
        x, x_hat: a recording and its copy, `(B, samples)`
        transforms: the S_i, each with a window of another length

    Returns:
        scalar; 0 for a perfect copy
    """
    loss = torch.zeros((), device=x.device)
    # TODO 10.5: equation 10.5; add EPSILON below the root
    raise NotImplementedError("TODO 10.5: equation 10.5; add EPSILON below the root")


def complex_input(waveform: Tensor, n_fft: int, hop_length: int) -> Tensor:
    """What the STFT discriminator sees: real and imaginary part as two channels (10.7).

    X_mf = sum_k w_k x_{mH+k} e^(-2 pi i f k / N) / |w|, channels Re X and Im X

    Args:
        waveform: `(B, samples)`
        n_fft: N, samples, also the length of the Hann window w
        hop_length: H, samples; the first frame begins at sample 0, without padding

    Returns:
        `(B, 2, frames, n_fft / 2 + 1)`
    """
    window = torch.hann_window(n_fft, device=waveform.device)
    # TODO 10.7: equation 10.7; torch.stft with center=False and return_complex=True
    raise NotImplementedError("TODO 10.7: equation 10.7; torch.stft with center=False and return_complex=True")


def relative_feature_loss(fmaps_real: FeatureMaps, fmaps_fake: FeatureMaps) -> Tensor:
    """Feature matching in units of the features' own size (10.8; section 3.4 of the paper).

    l_feat = 1/(K L) sum_k sum_l mean |D_k^l(x) - D_k^l(x_hat)| / (mean |D_k^l(x)| + EPSILON)

    Args:
        fmaps_real, fmaps_fake: L layers of each of K discriminators

    Returns:
        scalar, without gradient to the real features
    """
    loss = torch.zeros(())
    # TODO 10.8: equation 10.8; add EPSILON to the sizes that you divide by
    raise NotImplementedError("TODO 10.8: equation 10.8; add EPSILON to the sizes that you divide by")


def balance(
    gradients: Tensor, weights: Tensor, averages: Tensor, decay: float
) -> tuple[Tensor, Tensor]:
    """Mix the gradients of several losses by shares that their sizes don't change (10.9).

    n_i = mean over the batch of |g_ib|, the root of the sum of squares over an example's samples,
    a_i <- decay a_i + (1 - decay) n_i, g = sum_i lambda_i / (sum_j lambda_j) g_i / (a_i + EPSILON)
    with the new a_i    (section 3.4 of the paper, R = 1)

    Args:
        gradients: g_i of each loss with respect to the decoded waveform, `(losses, B, samples)`
        weights: lambda_i, `(losses,)`
        averages: a_i so far, `(losses,)`
        decay: of the moving averages

    Returns:
        g `(B, samples)`, and the new averages `(losses,)`
    """
    # TODO 10.9: equation 10.9; add EPSILON to the averages that you divide by
    raise NotImplementedError("TODO 10.9: equation 10.9; add EPSILON to the averages that you divide by")
