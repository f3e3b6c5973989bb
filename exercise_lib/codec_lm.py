"""VALL-E in parts: a language model of a codec's codes, which reads text and continues a voice.

Lecture 7, "Neural Codec Language Models are Zero-Shot Text to Speech Synthesizers (VALL-E)"; Wang
et al. (2023). A codec writes speech as codes c_jt, of book j and frame t. An autoregressive model
says the codes of the first book one by one; another one adds those of each further book at once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORED = -100  # in place of a target that does not count


def shift_codes(codes: Tensor, lengths: Tensor, bos: int, eos: int) -> tuple[Tensor, Tensor]:
    """Return what the model reads, and what it is to say at each place (15.1).

    inputs BOS c_1 ... c_T, targets c_1 ... c_T EOS, and IGNORED behind

    Args:
        codes: c of the first book, `(B, T)` int64; behind its length a row holds anything
        lengths: how many codes each row has, `(B,)`, up to T
        bos: the number that begins every row of inputs
        eos: the number that ends every row's targets

    Returns:
        inputs `(B, T + 1)`, the codes as they are behind BOS; targets `(B, T + 1)`; both int64
    """
    places = torch.arange(codes.shape[1] + 1, device=codes.device)
    ends = lengths[:, None]  # (B, 1)
    # TODO 15.1: equation 15.1
    raise NotImplementedError("TODO 15.1: equation 15.1")


def prefix_mask(is_prefix: Tensor, n_audio: int) -> Tensor:
    """Return who hears whom: all hear the prefix, codes hear those before them as well (15.2).

    m_ij = e_j (j < P or P <= j <= i), e_j = 0 where j is padding of the prefix

    Args:
        is_prefix: which places of the prefix (text and prompt) are no padding, `(B, P)` bool
        n_audio: how many places follow the prefix, BOS and codes

    Returns:
        `(B, 1, P + n_audio, P + n_audio)` bool: at i, j whether place i hears place j
    """
    n_prefix = is_prefix.shape[1]
    n = n_prefix + n_audio
    # TODO 15.2: equation 15.2
    raise NotImplementedError("TODO 15.2: equation 15.2")


def code_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the codes and the end, the mean over all that counts (15.3).

    L = -1/N sum over counted b, t of log softmax(l_bt)_y,  y = targets_bt

    Args:
        logits: l at every place, those of the prefix first, `(B, P + T + 1, K)`
        targets: `(B, T + 1)` int64, IGNORED where nothing counts

    Returns:
        scalar
    """
    # TODO 15.3: equation 15.3; what the model says on the prefix has no target
    raise NotImplementedError("TODO 15.3: equation 15.3; what the model says on the prefix has no target")


def nucleus(logits: Tensor, temperature: float, share: float) -> Tensor:
    """Keep the most likely codes that together reach a share, and no others (15.5).

    p = softmax(l / tau); of p_(1) >= p_(2) >= ... those stay whose sum of greater ones is below the
    share; p is divided by what stays; Holtzman et al. (2020)

    Args:
        logits: l, `(..., K)`
        temperature: tau, above 0
        share: of probability, above 0 and up to 1

    Returns:
        probabilities, `(..., K)`, each at the place of its logit
    """
    # TODO 15.5: equation 15.5
    raise NotImplementedError("TODO 15.5: equation 15.5")


def speak(
    say: Callable[[list[int]], Tensor], draw: Callable[[Tensor], int], eos: int, most: int
) -> tuple[list[int], bool]:
    """Say codes one by one, each after all before it, until the end is said (15.6).

    c_t ~ p(c | c_1 ... c_(t-1)), until c_t = EOS or t = most

    Args:
        say: what the model says after some codes, logits `(K,)` of the next
        draw: draws one code of logits
        eos: the code that ends speech and is none itself
        most: codes, at most

    Returns:
        the codes without EOS, and whether EOS was said: False after `most` codes, behind which
        nothing is drawn
    """
    codes: list[int] = []
    # TODO 15.6: equation 15.6
    raise NotImplementedError("TODO 15.6: equation 15.6")


def stage_input(tables: Tensor, stages: Tensor, codes: Tensor, book: int) -> Tensor:
    """Return what the second model hears of the books it knows, and which it is to say (15.7).

    x_bt = s_j + sum over i < j of E_i[c_bit],  j the book to be said

    Args:
        tables: E, a vector for each code of each book, `(n, K, d)`
        stages: s, a vector for each book, `(n, d)`
        codes: c, of all n books, `(B, n, T)` int64
        book: j, counted from 0; at least 1

    Returns:
        `(B, T, d)`
    """
    # TODO 15.7: equation 15.7
    raise NotImplementedError("TODO 15.7: equation 15.7")


def continue_books(predict: Callable[[Tensor], Tensor], first: Tensor, n_books: int) -> Tensor:
    """Add book after book, each at once for all frames, by what is most likely (15.8).

    c_j = argmax over codes of p(c | c_0 ... c_(j-1)),  j = 1 ... n - 1, counted from 0

    Args:
        predict: logits `(T, K)` of the next book's codes, of the books so far `(books, T)`
        first: the codes of the first book, `(T,)` int64
        n_books: n, how many books there shall be

    Returns:
        `(n, T)` int64
    """
    # TODO 15.8: equation 15.8
    raise NotImplementedError("TODO 15.8: equation 15.8")
