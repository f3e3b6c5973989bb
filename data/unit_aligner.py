"""An aligner of an engine's units and speech: Glow-TTS's search, without the rest of Glow-TTS.

A text encoder expects of each unit a spectrum, and how far it spreads; monotonic search finds the
path through the units that makes the speech most probable; the encoder learns on that path. Kim et
al. (2020), Glow-TTS, section 3.2; Piper's voices (VITS) learn their durations in the same way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from exercise_lib.models.monotonic_search import first_alignments, search, spectral_features
from exercise_lib.train.rates import set_rate

STEPS, BATCH, LEARNING_RATE = 900, 16, 2e-3
AT_ONCE = 64  # utterances that are searched side by side
SEARCH_FROM = 200  # step; until then the encoder learns on the first alignment
WIDTH, KERNEL, LAYERS, DROPOUT = 96, 5, 4, 0.1
LOG_VARIANCES = (-4.0, 3.0)  # of features whose variance over the corpus is 1


class UnitEncoder(nn.Module):
    """Expect a spectrum of each unit from the units around it.

    Args: n_units: different units, padding apart; n_features: of a frame.
    """

    def __init__(self, n_units: int, n_features: int) -> None:
        super().__init__()
        self.padding = n_units
        self.embedding = nn.Embedding(n_units + 1, WIDTH, padding_idx=n_units)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=KERNEL // 2) for _ in range(LAYERS)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(LAYERS))
        self.dropout = nn.Dropout(DROPOUT)
        self.output = nn.Linear(WIDTH, 2 * n_features)

    def forward(self, units: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and logarithms of variances, `(B, N, n_features)`, of units `(B, N)`."""
        x, inside = self.embedding(units), (units != self.padding)[..., None]
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            change = convolution((x * inside).mT).mT
            x = norm(x + self.dropout(change.relu()))
        mean, log_variance = self.output(x).chunk(2, dim=-1)
        return mean, log_variance.clamp(*LOG_VARIANCES)

    def distances(self, units: list[Tensor], frames: list[Tensor]) -> list[Tensor]:
        """Return minus twice the log likelihood of each frame for each unit, but for a constant.

        sum_d (x_d - m_d)^2 / s_d^2 + log s_d^2

        Args: units: `(N,)` each; frames: their features, `(T, n_features)` each.
        Returns: `(T, N)` each.
        """
        expected = zip(*self(pad_sequence(units, True, self.padding)), strict=True)
        found = []
        for text, x, (mean, log_variance) in zip(units, frames, expected, strict=True):
            m, v = mean[: len(text)], log_variance[: len(text)]
            squares = x.square() @ (-v).exp().T - 2 * x @ (m * (-v).exp()).T
            found.append(squares + (m.square() * (-v).exp() + v).sum(dim=1))
        return found


def align_units(units: list[Tensor], mels: list[Tensor], seed: int = 0) -> list[Tensor]:
    """Return which unit sounds in each frame, learned from these utterances alone.

    Args:
        units: numbers from 0, `(N,)` each.
        mels: log-mel spectrograms, `(T, n_mels)` each, T >= N.

    Returns: positions among the units, `(T,)` each, never decreasing.
    """
    torch.manual_seed(seed)
    paths = first_alignments(units, mels)
    features = [spectral_features(mel) for mel in mels]
    together = torch.cat(features)
    features = [(it - together.mean(dim=0)) / together.std(dim=0) for it in features]
    encoder = UnitEncoder(1 + max(int(it.max()) for it in units), together.shape[1])
    optimizer = torch.optim.Adam(encoder.parameters())
    waiting: list[int] = []
    for step in range(STEPS):
        set_rate(optimizer, LEARNING_RATE * min(1.0, 2 * (1 - step / STEPS)))
        if len(waiting) < BATCH:
            waiting = torch.randperm(len(units)).tolist()
        drawn, waiting = waiting[:BATCH], waiting[BATCH:]
        distances = encoder.distances([units[it] for it in drawn], [features[it] for it in drawn])
        if step >= SEARCH_FROM:
            for index, path in zip(drawn, search([it.detach() for it in distances]), strict=True):
                paths[index] = path
        on_path = [
            it.gather(1, paths[index][:, None]) for it, index in zip(distances, drawn, strict=True)
        ]
        loss = torch.cat(on_path).mean() / together.shape[1]
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
    encoder.eval()
    found: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(units), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            found += search(encoder.distances(units[some], features[some]))
    return found
