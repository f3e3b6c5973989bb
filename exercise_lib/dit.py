"""A diffusion transformer: pictures as tokens, and blocks that a condition turns.

Lecture 7, "Diffusion Transformers (DiT)"; Peebles and Xie (2022). Names are those of their code,
so that its weights fit. A latent is what the autoencoder makes of a picture, `(C, H, W)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def patchify(latents: Tensor, patch: int) -> Tensor:
    """Cut latents into square patches, a token each, row after row (12.1).

    x_{b, (i, j), (u, v, c)} = z_{b, c, i p + u, j p + v}

    Args:
        latents: z, `(B, C, H, W)`
        patch: p, height and width of a patch; divides H and W

    Returns:
        `(B, H/p W/p, p p C)`
    """
    batch, channels, height, width = latents.shape
    rows, columns = height // patch, width // patch
    # TODO 12.1: split H and W, bring the axes into order, join them
    raise NotImplementedError("TODO 12.1: split H and W, bring the axes into order, join them")


def unpatchify(tokens: Tensor, patch: int, rows: int) -> Tensor:
    """Put tokens together again: the way back of (12.1).

    Args:
        tokens: x, `(B, rows columns, p p C)`
        patch: p
        rows: of patches

    Returns:
        `(B, C, rows p, columns p)`
    """
    batch, n_tokens, n_values = tokens.shape
    columns, channels = n_tokens // rows, n_values // patch**2
    # TODO 12.2: the steps of `patchify`, backwards
    raise NotImplementedError("TODO 12.2: the steps of `patchify`, backwards")


def time_features(times: Tensor, size: int) -> Tensor:
    """Return cosines and sines of the time at many frequencies (12.2).

    w_k = 10000^(-k / (d/2)), k = 0 ... d/2 - 1; [cos(1000 t w_k), sin(1000 t w_k)]

    Args:
        times: t, from 0 to 1, `(B,)`
        size: d, even

    Returns:
        `(B, d)`: all cosines, then all sines
    """
    half = size // 2
    # TODO 12.3: equation 12.2
    raise NotImplementedError("TODO 12.3: equation 12.2")


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Scale and shift every token's features as the condition of its picture says (12.3).

    y_bn = x_bn (1 + scale_b) + shift_b

    Args:
        x: tokens, normalised, `(B, N, d)`
        shift, scale: `(B, d)`

    Returns:
        `(B, N, d)`
    """
    # TODO 12.4: equation 12.3, one line
    raise NotImplementedError("TODO 12.4: equation 12.3, one line")


class Attention(nn.Module):
    """Every token asks all tokens of its picture, `(B, N, d)` -> `(B, N, d)`."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """Return queries, keys and values, `(3, B, heads, N, d / heads)`."""
        return self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def join(self, x: Tensor) -> Tensor:
        """Return what the heads found, `(B, heads, N, d / heads)`, as `(B, N, d)`."""
        return self.proj(x.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor) -> Tensor:
        queries, keys, values = self.split(x)
        return self.join(F.scaled_dot_product_attention(queries, keys, values))


class Mlp(nn.Module):
    """Two layers for each token by itself, `(B, N, d)` -> `(B, N, d)`."""

    def __init__(self, width: int, ratio: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, ratio * width)
        self.fc2 = nn.Linear(ratio * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh"))


class DiTBlock(nn.Module):
    """A transformer block whose norms are turned by a condition: adaLN-Zero (12.4).

    a = x + gate_1 attention(modulate(norm(x), shift_1, scale_1))
    y = a + gate_2 mlp(modulate(norm(a), shift_2, scale_2))
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.mlp = Mlp(width)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Return the tokens after the block.

        Args:
            x: `(B, N, d)`
            condition: what is known of each picture, such as its time, `(B, d)`

        Returns:
            `(B, N, d)`
        """
        six = self.adaLN_modulation(condition).chunk(6, dim=1)  # (B, d) each
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = six
        # TODO 12.5: equation 12.4, both lines
        raise NotImplementedError("TODO 12.5: equation 12.4, both lines")


def zero_init(blocks: Sequence[Any], final: Any) -> None:
    """Set to zero what makes every block begin as the identity, and the network's output as 0.

    These are weight and bias of the last layer of each `adaLN_modulation`, and of `final.linear`.
    All else keeps the numbers that it has.

    Args:
        blocks: modules, each with `adaLN_modulation`, an `nn.Sequential`
        final: the last module, with `adaLN_modulation` and `linear`
    """
    # TODO 12.6: collect the layers, then nn.init.zeros_ their weights and biases
    raise NotImplementedError("TODO 12.6: collect the layers, then nn.init.zeros_ their weights and biases")
