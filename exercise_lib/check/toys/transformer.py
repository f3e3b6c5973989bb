"""The layers of a diffusion transformer without what they compute: what is filled can be read."""

from __future__ import annotations

from torch import nn


class ToyBlock(nn.Module):
    """A block's attention, its MLP, and what makes six vectors of a condition."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn = nn.Linear(width, 3 * width)
        self.mlp = nn.Linear(width, width)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))


class ToyFinal(nn.Module):
    """The last layer, and what makes two vectors of a condition."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 2)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))


class ToyTransformer(nn.Module):
    """Several blocks and the last layer."""

    def __init__(self, n_blocks: int, width: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(ToyBlock(width) for _ in range(n_blocks))
        self.final = ToyFinal(width)
