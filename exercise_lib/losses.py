"""The losses of HiFi-GAN: least-squares GAN, feature matching, mel L1 and their weighted sum.

Lecture 7, "HiFi-GAN loss functions": the first four equations. The sum over the sub-discriminators
k and the weights are those of the final loss in Kong et al. (2020), section 2.4.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

FeatureMaps = list[list[Tensor]]  # [sub-discriminator][layer], tensors of any shape


def check_paired(real: list[Tensor], fake: list[Tensor]) -> None:
    """Raise ValueError unless both lists hold equally many tensors of pairwise equal shape."""
    if len(real) != len(fake) or not real:
        raise ValueError(f"need as many real as fake tensors, at least 1: {len(real)}, {len(fake)}")
    for real_i, fake_i in zip(real, fake, strict=True):
        if real_i.shape != fake_i.shape or real_i.numel() == 0:
            raise ValueError(f"cannot pair {tuple(real_i.shape)} with {tuple(fake_i.shape)}")


def discriminator_loss(real_logits: list[Tensor], fake_logits: list[Tensor]) -> Tensor:
    """Least-squares loss that pulls real logits to 1 and fake logits to 0.

    L_Adv(D; G) = sum_k mean((D_k(x) - 1)^2) + mean(D_k(G(s))^2)

    Args: real_logits, fake_logits: one `(B, n_k)` tensor per sub-discriminator k, unbounded.
    Returns: scalar. The caller detaches G(s) before the discriminators see it: not done here.
    Raises: ValueError for lists of other lengths or shapes, or empty ones.
    """
    check_paired(real_logits, fake_logits)
    loss = torch.zeros(())
    # TODO 3.1: equation (3.1), summed over the sub-discriminators
    raise NotImplementedError("TODO 3.1: equation (3.1), summed over the sub-discriminators")


def generator_loss(fake_logits: list[Tensor]) -> Tensor:
    """Least-squares loss that pulls the logits of generated audio to 1.

    L_Adv(G; D) = sum_k mean((D_k(G(s)) - 1)^2)

    Args: fake_logits: one `(B, n_k)` tensor per sub-discriminator k, unbounded.
    Returns: scalar.
    Raises: ValueError for an empty list.
    """
    # TODO 3.2: equation (3.2), summed over the sub-discriminators, or the ValueError
    raise NotImplementedError("TODO 3.2: equation (3.2), summed over the sub-discriminators, or the ValueError")


def feature_matching_loss(fmaps_real: FeatureMaps, fmaps_fake: FeatureMaps) -> Tensor:
    """L1 distance of the discriminators' feature maps on real and generated audio.

    L_FM(G; D) = sum_k sum_i 1/N_i |D_k^i(x) - D_k^i(G(s))|_1, N_i elements in layer i: a mean.
    The slide says "hidden activations"; the official code, and this loss, also match the logits.

    Args: fmaps_real, fmaps_fake: one list of layers per sub-discriminator.
    Returns: scalar, without lambda_FM.
    Raises: ValueError for lists of other lengths or shapes, or empty ones.
    """
    if len(fmaps_real) != len(fmaps_fake) or not fmaps_real:
        raise ValueError(f"need equally many discriminators: {len(fmaps_real)}, {len(fmaps_fake)}")
    loss = torch.zeros(())
    # TODO 3.3: equation (3.3), summed over the sub-discriminators
    raise NotImplementedError("TODO 3.3: equation (3.3), summed over the sub-discriminators")


def mel_l1_loss(y: Tensor, y_hat: Tensor, log_mel: Callable[[Tensor], Tensor]) -> Tensor:
    """Mean absolute difference of the two log-mel spectrograms.

    L_Mel(G) = mean |phi(x) - phi(G(s))|; the slide writes the L1 norm, the code takes its mean.

    Args: y, y_hat: real and generated waveforms `(B, samples)` of the same segment;
        log_mel: phi, `(B, samples)` -> `(B, n_mels, frames)` natural-log magnitude.
    Returns: scalar, without lambda_mel.
    Raises: ValueError when the two waveforms have different shapes.
    """
    # TODO 3.4: equation (3.4), as a mean, or the ValueError
    raise NotImplementedError("TODO 3.4: equation (3.4), as a mean, or the ValueError")


def generator_total(
    adversarial: Tensor,
    feature_matching: Tensor,
    mel: Tensor,
    lambda_fm: float = 2.0,
    lambda_mel: float = 45.0,
) -> Tensor:
    """The generator's training loss: L_G = L_Adv + lambda_FM L_FM + lambda_mel L_Mel.

    Args: adversarial, feature_matching, mel: scalars; lambda_fm, lambda_mel: weights, at least 0.
    Returns: scalar.
    Raises: ValueError for a negative weight or a term that is not a scalar.
    """
    # TODO 3.5: equation (3.5), or the ValueErrors
    raise NotImplementedError("TODO 3.5: equation (3.5), or the ValueErrors")
