"""Train three small Tacotron-like models and record what their attention looks at.

    python data/record_attention.py

Writes data/attention/recorded.safetensors. The models see the training split only; the recorded
utterances are those of data/mini, which belong to the test split.

- `learned`    additive, location-sensitive attention (Tacotron 2); guided attention (Tachibana et
               al. 2018) pulls it to the diagonal until step 150, then nothing but the speech does
- `fake`       the same model with strong guided attention left on: a lovely line that says nothing
- `multihead`  four heads of scaled dot-product attention over keys with sinusoidal positions
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import librosa
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pad_sequence

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from exercise_lib.speech.data import SpeechCorpus, Utterance

SEED = 1
SAMPLE_RATE, N_FFT, HOP, N_MELS = 16_000, 1024, 256, 80
REDUCTION = 5  # mel frames per decoder step
BATCH, LEARNING_RATE = 16, 2e-3  # the rate falls to 0 over the second half
CHARACTERS = " ,.?!abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Run:
    steps: tuple[int, ...]  # training steps at which the attention is recorded
    guided_until: int  # step after which guided attention is switched off
    guided_weight: float
    n_heads: int = 0  # 0: additive, location-sensitive


RUNS = {
    "learned": Run((0, 50, 100, 150, 250, 400, 700, 1500), guided_until=150, guided_weight=1.0),
    "fake": Run((600,), guided_until=600, guided_weight=10.0),
    "multihead": Run((1500,), guided_until=150, guided_weight=1.0, n_heads=4),
}


# ---------------------------------------------------------------- data
def log_mel(waveform: Tensor) -> Tensor:
    """(samples,) -> (frames, n_mels), shifted and scaled to about [-1, 1]."""
    padded = pad(waveform[None, None], [(N_FFT - HOP) // 2] * 2, mode="reflect")[0]
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(padded, N_FFT, HOP, window=window, center=False, return_complex=True)
    mel = torch.from_numpy(librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS))
    return (mel @ spectrum[0].abs()).clamp(min=1e-5).log().T / 5 + 1


def encode(utterance: Utterance) -> tuple[Tensor, Tensor]:
    """Character ids (T_enc,) and log-mel groups (T_dec, REDUCTION * n_mels)."""
    ids = torch.tensor([CHARACTERS.index(c) for c in utterance.text.lower()])
    mel = log_mel(utterance.waveform)
    mel = pad(mel, (0, 0, 0, -len(mel) % REDUCTION), value=mel.min())
    return ids, mel.reshape(-1, REDUCTION * N_MELS)


# ---------------------------------------------------------------- model
class LocationSensitive(nn.Module):
    """Energies v . tanh(W q + V h + U f), f a convolution of the previous and summed weights."""

    def __init__(self, d_query: int, d_memory: int, d_attention: int = 64) -> None:
        super().__init__()
        self.query = nn.Linear(d_query, d_attention, bias=False)
        self.memory = nn.Linear(d_memory, d_attention)
        self.location = nn.Conv1d(2, d_attention, 15, padding=7, bias=False)
        self.v = nn.Linear(d_attention, 1, bias=False)

    def forward(self, query: Tensor, keys: Tensor, previous: Tensor, summed: Tensor) -> Tensor:
        location = self.location(torch.stack([previous[:, 0], summed[:, 0]], dim=1)).mT
        return self.v(torch.tanh(self.query(query)[:, None] + keys + location)).mT  # (B, 1, T_enc)


class MultiHead(nn.Module):
    """Scaled dot products of several heads; the keys know their position."""

    def __init__(self, d_query: int, d_memory: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query = nn.Linear(d_query, d_memory)
        self.key = nn.Linear(d_memory, d_memory)

    def memory(self, memory: Tensor) -> Tensor:
        keys = self.key(memory + sinusoids(*memory.shape[1:]))
        return keys.unflatten(2, (self.n_heads, -1)).transpose(1, 2)  # (B, heads, T_enc, d)

    def forward(self, query: Tensor, keys: Tensor, previous: Tensor, summed: Tensor) -> Tensor:
        query = self.query(query).unflatten(1, (self.n_heads, -1))
        return (keys @ query[..., None])[..., 0] / math.sqrt(keys.shape[3])  # (B, heads, T_enc)


def sinusoids(length: int, channels: int) -> Tensor:
    angles = torch.arange(length)[:, None] / 1000 ** (torch.arange(0, channels, 2) / channels)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Tacotron(nn.Module):
    """Characters to log-mel, teacher-forced; just enough of Tacotron 2 to learn an alignment."""

    def __init__(self, n_heads: int) -> None:
        super().__init__()
        d = 128
        self.n_heads = max(n_heads, 1)
        self.embedding = nn.Embedding(len(CHARACTERS) + 1, d, padding_idx=len(CHARACTERS))
        self.convs = nn.ModuleList(nn.Conv1d(d, d, 3, padding=1) for _ in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm1d(d) for _ in range(3))
        self.encoder = nn.GRU(d, d // 2, batch_first=True, bidirectional=True)
        self.prenet = nn.Sequential(
            nn.Linear(N_MELS, 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Dropout(0.5),
        )
        self.attention_rnn = nn.GRUCell(64 + d, 192)
        self.attention = MultiHead(192, d, n_heads) if n_heads else LocationSensitive(192, d)
        self.decoder_rnn = nn.GRUCell(192 + d, 192)
        self.output = nn.Linear(192 + d, REDUCTION * N_MELS)

    def forward(self, ids: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T_enc), (B, T_dec, r * n_mels) -> prediction, energies (B, heads, T_dec, T_enc)."""
        padding = ids == len(CHARACTERS)
        x = self.embedding(ids).mT
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = torch.relu(norm(conv(x)))
        memory, _ = self.encoder(x.mT)
        memory = memory.masked_fill(padding[..., None], 0)
        keys = self.attention.memory(memory)
        # (B, heads, T_enc, d / heads)
        values = memory.unflatten(2, (self.n_heads, -1)).transpose(1, 2)

        last_frames = pad(mel[:, :-1, -N_MELS:], (0, 0, 1, 0))
        inputs = self.prenet(last_frames)
        batch, n_steps = mel.shape[:2]
        hidden = decoder = mel.new_zeros(batch, 192)
        context = mel.new_zeros(batch, memory.shape[2])
        weights = summed = mel.new_zeros(batch, self.n_heads, ids.shape[1])
        predictions, energies = [], []
        for k in range(n_steps):
            hidden = self.attention_rnn(torch.cat([inputs[:, k], context], dim=1), hidden)
            energy = self.attention(hidden, keys, weights, summed)
            energy = energy.masked_fill(padding[:, None], -1e4)
            weights = energy.softmax(dim=2)
            summed = summed + weights
            context = (weights[:, :, None] @ values).flatten(1)
            decoder = self.decoder_rnn(torch.cat([hidden, context], dim=1), decoder)
            predictions.append(self.output(torch.cat([decoder, context], dim=1)))
            energies.append(energy)
        return torch.stack(predictions, dim=1), torch.stack(energies, dim=2)


def guided_penalty(weights: Tensor, n_enc: Tensor, n_dec: Tensor, g: float = 0.2) -> Tensor:
    """Guided attention: sum over characters n and heads of w (1 - exp(-(n/N - t/T)^2 / 2 g^2)),
    its mean over decoder steps t (Tachibana et al. 2018)."""
    n = torch.arange(weights.shape[3]) / n_enc[:, None]
    t = torch.arange(weights.shape[2]) / n_dec[:, None]
    distance = n[:, None, None, :] - t[:, None, :, None]
    inside = (t < 1)[:, None, :, None]
    return (weights * inside * (1 - torch.exp(-(distance**2) / (2 * g**2)))).sum() / n_dec.sum()


# ---------------------------------------------------------------- scores
def scores(weights: Tensor, truth: Tensor) -> tuple[float, float]:
    """Mass within one character of the truth, and rc, for weights (T_dec, T_enc).

    rc is the correlation of (centroid - line) with (truth - line): what is known beyond a line.
    """
    position = torch.arange(weights.shape[1])
    near = (position - truth[:, None]).abs() <= 1
    line = torch.linspace(0, weights.shape[1] - 1, weights.shape[0])
    deviations = torch.stack([weights @ position.float() - line, truth - line])
    return float((weights * near).sum(dim=1).mean()), float(torch.corrcoef(deviations)[0, 1])


# ---------------------------------------------------------------- training
def train(run: Run, corpus: list[tuple[Tensor, Tensor]]) -> Iterator[tuple[int, Tacotron]]:
    """Train one model; yield (step, model) at the run's steps."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    model = Tacotron(run.n_heads)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE)
    last = max(run.steps)
    decay = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, 2 * (1 - step / last)))
    for step in range(last + 1):
        if step in run.steps:
            yield step, model.eval()
            model.train()
        ids, mel = zip(*rng.sample(corpus, BATCH), strict=True)
        n_enc, n_dec = torch.tensor([len(i) for i in ids]), torch.tensor([len(m) for m in mel])
        ids = pad_sequence(ids, batch_first=True, padding_value=len(CHARACTERS))
        mel = pad_sequence(mel, batch_first=True)
        predicted, energies = model(ids, mel)
        inside = torch.arange(mel.shape[1]) < n_dec[:, None]
        error = (predicted - mel)[inside]
        loss = error.abs().mean() + error.square().mean()
        if step < run.guided_until:
            loss = loss + run.guided_weight * guided_penalty(energies.softmax(3), n_enc, n_dec)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay.step()


def main() -> None:
    torch.set_num_threads(1)
    mini = list(SpeechCorpus(HERE / "mini"))
    corpus = [encode(u) for u in SpeechCorpus(HERE / "corpus").split("train")]
    tensors: dict[str, Tensor] = {}
    table: dict[str, dict[str, float]] = {}
    for name, run in RUNS.items():
        for step, model in train(run, corpus):
            for utterance in mini:
                ids, mel = encode(utterance)
                with torch.no_grad():
                    energies = model(ids[None], mel[None])[1][0].half()  # (heads, T_dec, T_enc)
                truth = utterance.alignment.character_truth(HOP * REDUCTION, len(mel))
                mass, rc = scores(energies.float().softmax(dim=2).mean(dim=0), truth)
                key = f"{utterance.id}/{name}/{step}"
                tensors[f"{key}/energies"] = energies if run.n_heads else energies[0]
                table[key] = {"mass_within_1": round(mass, 3), "rc": round(rc, 3)}
            last = list(table.values())[-len(mini) :]
            mass, rc = (sum(row[s] for row in last) / len(mini) for s in ("mass_within_1", "rc"))
            print(f"{name:10} step {step:5}   mass within 1: {mass:.2f}   rc: {rc:.2f}", flush=True)

    recording = {
        "utterances": {u.id: u.text for u in mini},
        "runs": {name: list(run.steps) for name, run in RUNS.items()},
        "reduction_factor": REDUCTION,
        "hop_length": HOP,
        "sample_rate": SAMPLE_RATE,
        "seed": SEED,
        "scores": table,
    }
    (HERE / "attention").mkdir(exist_ok=True)
    path = HERE / "attention" / "recorded.safetensors"
    save_file(tensors, path, {"recording": json.dumps(recording)})


if __name__ == "__main__":
    main()
