"""A sentence in a batch is read as it is alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def padding_is_zero(convolutions: Iterable[nn.Module], lengths: Tensor) -> Iterator[None]:
    """Let convolutions read and write zeros behind the end of each row, as they find them alone.

    Only what batch norm counts while it learns is still that of the whole batch.

    Args: convolutions: of `(B, channels, T)` to the same T; lengths: `(B,)`.
    """

    def without_padding(x: Tensor) -> Tensor:
        return x * (torch.arange(x.shape[2], device=x.device) < lengths[:, None])[:, None]

    with ExitStack() as hooks:
        for it in convolutions:
            before = it.register_forward_pre_hook(lambda _, args: without_padding(args[0]))
            behind = it.register_forward_hook(lambda _, args, y: without_padding(y))
            hooks.callback(before.remove)
            hooks.callback(behind.remove)
        yield
