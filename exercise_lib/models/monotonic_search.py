"""A first alignment, found without a network: monotonic alignment search.

Every letter has a mean spectrum; the best path that never goes back says which frames are whose;
then the means are taken again (hard expectation maximisation, as hidden Markov models are trained).
Kim et al. (2020), Glow-TTS, section 3.2, search so with a network's means.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

N_FEATURES = 16  # cosine coefficients of a log-mel frame, and as many of its slope
ROUNDS_ALONE, ROUNDS_IN_CONTEXT = 4, 4
DOUBT = 30  # frames of the mean letter that a mean starts with: rare letters stay near it
AT_ONCE = 128  # utterances


def first_alignments(texts: list[Tensor], mels: list[Tensor]) -> list[Tensor]:
    """Return which letter sounds in each frame, as well as spectra alone tell.

    maximise sum_t log N(x_t; m_n(t), s_n(t)) over paths with n(t+1) - n(t) in {0, 1}

    The mean m_n is that of the letter, moved by what its left and its right neighbour do to it.

    Args:
        texts: ids of the characters, `(T_enc,)` each.
        mels: log-mel spectrograms, `(frames, n_mels)` each.

    Returns:
        Positions in the text, `(frames,)` each, never decreasing; a straight line where there are
        fewer frames than characters.
    """
    features = [spectral_features(mel) for mel in mels]
    paths = [line(len(text), len(mel)) for text, mel in zip(texts, mels, strict=True)]
    longest_first = sorted(range(len(mels)), key=lambda it: -len(mels[it]))
    searched = [it for it in longest_first if len(texts[it]) <= len(mels[it])]
    for number in range(ROUNDS_ALONE + ROUNDS_IN_CONTEXT):
        letters = Letters(texts, features, paths, in_context=number >= ROUNDS_ALONE)
        for start in range(0, len(searched), AT_ONCE):
            some = searched[start : start + AT_ONCE]
            found = search([letters.distances(texts[it], features[it]) for it in some])
            for index, path in zip(some, found, strict=True):
                paths[index] = path
    return paths


def line(n_letters: int, n_frames: int) -> Tensor:
    """Return a path that gives each letter the same time."""
    return torch.arange(n_frames) * n_letters // n_frames


def spectral_features(mel: Tensor) -> Tensor:
    """Return the coarse shape of each frame's spectrum and its slope, `(frames, 2 N_FEATURES)`."""
    n_mels = mel.shape[1]
    angles = math.pi / n_mels * (torch.arange(n_mels)[:, None] + 0.5) * torch.arange(N_FEATURES)
    shape = mel @ torch.cos(angles) / math.sqrt(n_mels / 2)
    padded = F.pad(shape.T[None], (2, 2), mode="replicate")[0].T
    slope = 2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]
    return torch.cat([shape, 0.3 * slope], dim=1)


class Letters:
    """The mean features of each letter, alone or beside each neighbour, and how far they spread."""

    def __init__(
        self, texts: list[Tensor], features: list[Tensor], paths: list[Tensor], in_context: bool
    ) -> None:
        self.n_symbols = 1 + max(int(text.max()) for text in texts)
        x = torch.cat(features)
        alone, left, right = (
            torch.cat([names[path] for names, path in zip(column, paths, strict=True)])
            for column in zip(*(self.names(text) for text in texts), strict=True)
        )
        everywhere = x.mean(dim=0).expand(self.n_symbols, -1)
        self.alone = means(x, alone, everywhere)
        in_pairs = self.alone.repeat_interleave(self.n_symbols + 1, dim=0)
        self.left = means(x, left, in_pairs) if in_context else in_pairs
        self.right = means(x, right, in_pairs) if in_context else in_pairs
        errors = (x - self.expected(alone, left, right)).square()
        self.variance = means(errors, alone, errors.mean(dim=0).expand(self.n_symbols, -1))

    def names(self, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return a text's letters, and each with its left and with its right neighbour."""
        beside = F.pad(text, (1, 1), value=self.n_symbols)
        first = text * (self.n_symbols + 1)
        return text, first + beside[:-2], first + beside[2:]

    def expected(self, alone: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Return the mean features of letters with these neighbours."""
        return self.left[left] + self.right[right] - self.alone[alone]

    def distances(self, text: Tensor, features: Tensor) -> Tensor:
        """Return minus twice the log likelihood of each frame for each letter, but for a constant.

        Returns: `(frames, T_enc)`.
        """
        expected, variance = self.expected(*self.names(text)), self.variance[text]
        squares = features.square() @ (1 / variance).T - 2 * features @ (expected / variance).T
        return squares + (expected.square() / variance + variance.log()).sum(dim=1)


def means(x: Tensor, names: Tensor, before: Tensor) -> Tensor:
    """Return the mean of the rows that have each name, `(names, features)`.

    Args: before: what each mean is taken to be as long as nothing is known, `(names, features)`.
    """
    count = torch.bincount(names, minlength=len(before))[:, None]
    return (DOUBT * before).index_add(0, names, x) / (count + DOUBT)


def search(distances: list[Tensor]) -> list[Tensor]:
    """Return the paths of least distance from the first letter to the last, one letter at a time.

    D_tn = d_tn + min(D_(t-1)n, D_(t-1)(n-1))

    Args: distances: `(frames, T_enc)` each, as many frames as letters at least.
    """
    frames = torch.tensor([len(it) for it in distances])
    ends = torch.tensor([it.shape[1] - 1 for it in distances])
    width = int(ends.max()) + 1
    d = pad_sequence([F.pad(it, (0, width - it.shape[1])) for it in distances])  # (t, B, n)
    total = torch.full_like(d[0], math.inf)
    total[:, 0] = d[0, :, 0]
    moved = torch.zeros(d.shape, dtype=torch.bool)
    for t in range(1, len(d)):
        from_left = F.pad(total, (1, -1), value=math.inf)
        moved[t] = from_left < total
        total = d[t] + torch.minimum(total, from_left)
    position = ends.clone()
    path = torch.zeros(len(d), len(ends), dtype=torch.long)
    for t in range(len(d) - 1, -1, -1):
        path[t] = position
        inside = t < frames
        position = position - (inside & moved[t].gather(1, position[:, None])[:, 0]).long()
    return [path[: len(it), index] for index, it in enumerate(distances)]
