"""Utterances as a codec language model needs them: symbols, codes, voices, and what is known."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from exercise_lib.files.unusable import UnusableData
from exercise_lib.valle.places import folder_of

PADDING = "_"  # the first symbol of every alphabet


@dataclass(frozen=True, eq=False)
class Spoken:
    """N utterances, those of one voice side by side."""

    alphabet: list[str]  # what symbols mean
    names: list[str]  # of the voices
    texts: list[str]
    keys: list[str]
    symbols: Tensor  # (N, L) int64, 0 where a text has ended
    codes: Tensor  # (N, books, T) int64, 0 where an utterance has ended
    lengths: Tensor  # (N,) frames
    voices: Tensor  # (N,) which of the names
    ends: list[Tensor]  # of each phoneme, samples; empty where it is not known

    def __len__(self) -> int:
        return len(self.texts)

    def only(self, chosen: Tensor | Sequence[int]) -> Spoken:
        """Return some of the utterances."""
        index = torch.as_tensor(chosen, dtype=torch.long)
        its = index.tolist()
        return Spoken(
            self.alphabet,
            self.names,
            [self.texts[i] for i in its],
            [self.keys[i] for i in its],
            self.symbols[index],
            self.codes[index],
            self.lengths[index],
            self.voices[index],
            [self.ends[i] for i in its],
        )

    def of_voice(self, name: str) -> Spoken:
        number = self.names.index(name)
        return self.only((self.voices == number).nonzero().flatten())

    @property
    def pace(self) -> float:
        """Frames a symbol, the mean."""
        return float(self.lengths.sum() / (self.symbols > 0).sum())


def load_spoken(folder: Path | None = None, n_books: int | None = None) -> dict[str, Spoken]:
    """Return the splits of a folder's `codes.npz`.

    Args: n_books: how many books are wanted; default: all that are kept.
    Raises: UnusableData: the file is missing or damaged.
    """
    path = (folder or folder_of("digits")) / "codes.npz"
    if not path.exists():
        raise UnusableData(f"{path.parent} has no codes.npz. Copy data/digits from the repository.")
    try:
        with np.load(path, allow_pickle=False) as file:
            table = {name: file[name] for name in file.files}
        kinds = sorted(set(table["splits"].tolist()))
        return {split: _split(table, split, n_books) for split in kinds}
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise UnusableData(f"{path} cannot be read ({error}). Restore it.") from error


def _split(table: dict[str, np.ndarray], split: str, n_books: int | None) -> Spoken:
    names = table["names"].tolist()
    rows = np.flatnonzero(table["splits"] == split)
    rows = rows[np.argsort(table["voices"][rows], kind="stable")]
    codes, symbols, ends = (
        _cut(table[name], table[f"n_{name}"], rows) for name in ("codes", "symbols", "ends")
    )
    return Spoken(
        table["alphabet"].tolist(),
        names,
        table["texts"][rows].tolist(),
        table["keys"][rows].tolist(),
        _padded(symbols),
        _padded([it[:n_books] for it in codes]),
        torch.from_numpy(table["n_codes"][rows].astype(np.int64)),
        torch.from_numpy(table["voices"][rows].astype(np.int64)),
        [torch.from_numpy(it.astype(np.int64)) for it in ends],
    )


def _cut(whole: np.ndarray, counts: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """Return the pieces of some utterances of what was put together along the last axis."""
    stops = counts.astype(np.int64).cumsum()
    return [whole[..., stops[i] - counts[i] : stops[i]] for i in rows]


def _padded(pieces: list[np.ndarray]) -> Tensor:
    longest = max(it.shape[-1] for it in pieces)
    tensors = [torch.from_numpy(it.astype(np.int64)) for it in pieces]
    return torch.stack([F.pad(it, (0, longest - it.shape[-1])) for it in tensors])


def save_spoken(path: Path, alphabet: list[str], names: list[str], rows: list[dict]) -> None:
    """Write `codes.npz` of rows with voice, text, split, key, symbols, codes and ends."""
    numbers = {name: number for number, name in enumerate(names)}
    columns = {name: [np.asarray(row[name]) for row in rows] for name in ("symbols", "ends")}
    np.savez_compressed(
        path,
        alphabet=np.array(alphabet),
        names=np.array(names),
        texts=np.array([row["text"] for row in rows]),
        splits=np.array([row["split"] for row in rows]),
        keys=np.array([row["key"] for row in rows]),
        voices=np.array([numbers[row["voice"]] for row in rows], dtype=np.uint8),
        symbols=np.concatenate(columns["symbols"]).astype(np.uint8),
        n_symbols=np.array([len(it) for it in columns["symbols"]], dtype=np.uint8),
        codes=np.concatenate([row["codes"] for row in rows], axis=1).astype(np.uint8),
        n_codes=np.array([row["codes"].shape[1] for row in rows], dtype=np.uint16),
        ends=np.concatenate(columns["ends"]).astype(np.int32),
        n_ends=np.array([len(it) for it in columns["ends"]], dtype=np.uint8),
    )
