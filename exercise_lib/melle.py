"""MELLE's parts: frames that are drawn, what keeps them alive, and when to stop.

Lecture 7, "MELLE - Building blocks"; Meng et al. (2024), "Autoregressive Speech Synthesis without
Vector Quantization". A frame is a column of a mel spectrogram on the scale of notebook 06.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def latent_sample(
    mu: Tensor, log_variance: Tensor, noise: Tensor, temperature: float = 1.0
) -> Tensor:
    """Draw latents from normal distributions, differentiably (16.1).

    z = mu + tau sigma eps; Meng et al. (2024), where tau is 1

    Args:
        mu: the means, `(B, n_mels, frames)`
        log_variance: log sigma^2, natural logarithm, the same shape
        noise: eps, drawn from N(0, 1), the same shape
        temperature: tau, from 0 (the mean alone) on

    Returns:
        z, the same shape
    """
    # TODO 16.1: equation 16.1
    raise NotImplementedError("TODO 16.1: equation 16.1")


def residual_frame(z: Tensor, mlp: Callable[[Tensor], Tensor]) -> Tensor:
    """Turn latents into frames: what an MLP says of each latent is added to it (16.2).

    y_t = z_t + MLP(z_t)

    Args:
        z: latents, `(B, n_mels, frames)`
        mlp: from `(..., n_mels)` to `(..., n_mels)`: the bands come last

    Returns:
        y, the shape of z
    """
    # TODO 16.2: equation 16.2; the bands have to come last for the MLP
    raise NotImplementedError("TODO 16.2: equation 16.2; the bands have to come last for the MLP")


def latent_kl(
    mu: Tensor, log_variance: Tensor, mel: Tensor, width: float, inside: Tensor
) -> Tensor:
    """KL divergence of latents from normal distributions around the true frames (16.3).

    KL = 1/2 (sigma^2 / s^2 + (mu - y)^2 / s^2 - 1 - log(sigma^2 / s^2)); Meng et al. (2024)
    have s = 1

    Args:
        mu: `(B, n_mels, frames)`
        log_variance: log sigma^2, the same shape
        mel: y, the true frames, the same shape
        width: s, the standard deviation around a true frame
        inside: which frames are no padding, `(B, frames)` bool

    Returns:
        the mean over bands and over the frames inside, scalar
    """
    # TODO 16.3: equation 16.3, then the mean over what is inside
    raise NotImplementedError("TODO 16.3: equation 16.3, then the mean over what is inside")


def flux_loss(mu: Tensor, mel: Tensor, inside: Tensor) -> Tensor:
    """Reward means that move away from the frame before (16.4).

    L = -mean of |mu_t - y_(t-1)|; Meng et al. (2024)

    Args:
        mu: the means, `(B, n_mels, frames)`
        mel: y, the true frames, the same shape
        inside: which frames are no padding, `(B, frames)` bool

    Returns:
        the mean over bands and over the frames inside that have one before them, scalar
    """
    # TODO 16.4: equation 16.4; the first frame of a sentence has none before it
    raise NotImplementedError("TODO 16.4: equation 16.4; the first frame of a sentence has none before it")


def stop_targets(n_steps: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Say at which decoder step each sentence ends, and which steps are no padding (16.5).

    Args:
        n_steps: decoder steps of each sentence, from 1 on, `(B,)`
        most: steps of the padded batch

    Returns:
        1 at each sentence's last step and else 0, `(B, most)` float; which steps are no padding,
        `(B, most)` bool
    """
    # TODO 16.5: equation 16.5
    raise NotImplementedError("TODO 16.5: equation 16.5")


def weighted_bce(logits: Tensor, last: Tensor, inside: Tensor, positive_weight: float) -> Tensor:
    """Binary cross entropy in which the rare steps that are the last count more (16.6).

    L = -mean of (w s log p + (1 - s) log(1 - p)), p = sigmoid(logit)

    Args:
        logits: of stopping, any size, `(B, steps)`
        last: s, 1 at each sentence's last step and else 0, `(B, steps)`
        inside: which steps are no padding, `(B, steps)` bool
        positive_weight: w; Meng et al. (2024) take 100

    Returns:
        the mean over the steps inside, scalar
    """
    # TODO 16.6: equation 16.6; F.logsigmoid is finite for any logit
    raise NotImplementedError("TODO 16.6: equation 16.6; F.logsigmoid is finite for any logit")
