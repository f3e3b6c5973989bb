"""A small decoder of the codec's first books, for computers that have not got the codec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.codec.networks import load_codec
from exercise_lib.models.vocos import Vocos, VocosConfig
from exercise_lib.models.weights import load_kept
from exercise_lib.train.settings import CHECKED
from exercise_lib.valle.places import folder_of


@dataclass(frozen=True, config=CHECKED)
class DecoderSize:
    """How large a decoder is."""

    n_books: PositiveInt = 3
    book_size: PositiveInt = 256  # codes
    dimensions: PositiveInt = 64  # of a book's vectors
    channels: PositiveInt = 96
    hidden: PositiveInt = 288  # channels inside a block
    blocks: PositiveInt = 4
    hop_length: PositiveInt = 320  # samples


class SmallDecoder(nn.Module):
    """Codes `(B, books, frames)` to waveforms `(B, frames * hop)`: the codec's books, a Vocos."""

    books: Tensor

    def __init__(self, size: DecoderSize) -> None:
        super().__init__()
        self.config = size
        shape = size.n_books, size.book_size, size.dimensions
        self.register_buffer("books", torch.zeros(shape))
        self.vocos = Vocos(
            VocosConfig(
                n_mels=size.dimensions,
                channels=size.channels,
                hidden=size.hidden,
                blocks=size.blocks,
                n_fft=4 * size.hop_length,
                hop_length=size.hop_length,
            )
        )

    def forward(self, codes: Tensor) -> Tensor:
        summed = sum(book[its] for book, its in zip(self.books, codes.unbind(1), strict=False))
        return self.vocos(summed.mT).squeeze(1)

    @torch.inference_mode()
    def decode(self, codes: Tensor) -> Tensor:
        """Return the waveform `(samples,)` of the codes of any number of books, the first first."""
        return self(codes[None])[0]


def load_decoder(folder: Path | None = None) -> SmallDecoder:
    """Return the kept decoder, which is handed out.

    Raises: UnusableData: it is missing or damaged.
    """
    path = (folder or folder_of("digits")) / "decoder.safetensors"
    return load_kept(
        path, "digits", lambda training: SmallDecoder(DecoderSize(**training["model"]))
    )


def find_decode() -> Callable[[Tensor], Tensor]:
    """Return what makes sound of codes `(books, frames)`: the kept codec, else the small decoder.

    Raises: UnusableData: neither is there.
    """
    folder = folder_of("encodec")
    if (folder / "codec.safetensors").exists():
        return load_codec(folder).decode
    return load_decoder().decode
