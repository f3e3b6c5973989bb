"""Several codebooks in a row, each for what those before it left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from exercise_lib.codes.book import Book
from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import quantization
else:
    quantization = StudentModule("quantization")


class ResidualBooks(nn.Module):
    """n books of K codes of d numbers, learned by moving averages; see `Book`."""

    def __init__(
        self, n_books: int, n_codes: int, size: int, decay: float = 0.99, least: float = 0.5
    ) -> None:
        super().__init__()
        self.books = nn.ModuleList(Book(n_codes, size, decay, least) for _ in range(n_books))

    def __iter__(self) -> Iterator[Book]:
        yield from cast("Iterable[Book]", self.books)

    @property
    def codebooks(self) -> list[Tensor]:
        """The codes of each book, `(K, d)`."""
        return [book.codebook for book in self]

    def begin_from(self, vectors: Tensor) -> None:
        """Take vectors `(N, d)` as codes of the first book, what is left as those of the next."""
        for book in self:
            book.begin_from(vectors)
            vectors = vectors - book.codebook[quantization.nearest(vectors, book.codebook)]

    def forward(self, vectors: Tensor, used: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Quantise vectors; in training, every book follows what it was used for.

        Args:
            vectors: `(N, d)`.
            used: how many books each vector uses, `(N,)`; default: all.

        Returns: as `quantization.residual_quantize`: straight-through `(N, d)`, codes `(N, n)`,
            the commitment of each book `(n,)`.
        """
        codebooks = self.codebooks
        quantized, codes, commitments = quantization.residual_quantize(vectors, codebooks)
        if used is not None:
            some = quantization.decode_codes(codes, codebooks, used)
            quantized = quantization.straight_through(vectors, some)
        if self.training:
            self.learn(vectors.detach(), codes, used)
        return quantized, codes, commitments

    def learn(self, vectors: Tensor, codes: Tensor, used: Tensor | None = None) -> None:
        """Let each book follow those vectors that use it; for the arguments see `forward`."""
        for i, book in enumerate(self):
            before = book.codebook[codes[:, i]]
            mine = torch.full((len(codes),), True) if used is None else i < used
            if mine.any():
                book.learn(vectors[mine], codes[mine, i])
            vectors = vectors - before


@torch.no_grad()
def fit_books(
    vectors: Tensor, n_books: int, n_codes: int, steps: int, batch: int = 1024, seed: int = 0
) -> ResidualBooks:
    """Return residual books that have followed batches of vectors `(N, d)`, drawn from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        books = ResidualBooks(n_books, n_codes, vectors.shape[1])
        books.begin_from(vectors)
        for _ in range(steps):
            books(vectors[torch.randint(len(vectors), (batch,))])
    return books.eval()
