"""Residual vector quantisation: each book quantises what the books before it have left over.

Zeghidour et al. (2021), SoundStream, section III-C; the books are moving averages (van den Oord et
al. 2017, appendix A.1), and a code that is hardly used begins anew.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DECAY = 0.99  # of the moving averages
LEAST_USED = 0.2  # of what a code would get if all were used alike; below that it is restarted
EPSILON = 1e-5  # so that no count is 0


def nearest(vectors: Tensor, book: Tensor) -> Tensor:
    """Return the number of the nearest code of a book `(K, d)` for vectors `(N, d)`: `(N,)`."""
    distances = book.square().sum(1) - 2 * vectors @ book.T  # without |x|^2, which all share
    return distances.argmin(1)


def draw_books(n: int, n_books: int) -> Tensor:
    """Draw how many books each of n examples uses, from 1 to n_books, all of them equally often.

    Quantiser dropout: one network learns to decode any number of books.
    """
    return torch.randint(1, n_books + 1, (n,))


class ResidualQuantizer(nn.Module):
    """Books of codes, one behind another; the sum of one code of each stands for a vector."""

    books: Tensor
    counts: Tensor
    started: Tensor

    def __init__(self, n_books: int, size: int, dimensions: int) -> None:
        super().__init__()
        self.n_books, self.size = n_books, size
        self.register_buffer("books", torch.zeros(n_books, size, dimensions))
        self.register_buffer("counts", torch.ones(n_books, size))
        self.register_buffer("started", torch.zeros((), dtype=torch.bool))

    def forward(self, z: Tensor, used: Tensor) -> tuple[Tensor, Tensor]:
        """Quantise latents; in training the books follow what they have to stand for.

        Args:
            z: `(B, d, frames)`
            used: how many books each example uses, `(B,)`

        Returns:
            the sum of the codes `(B, d, frames)`, whose gradient goes to z unchanged;
            the commitment loss, the mean squared distance of what each book is given from its code
        """
        flat = z.mT.flatten(0, 1)  # (B frames, d)
        if self.training and not self.started:
            self._begin(flat.detach())
        share = used.to(z.device).repeat_interleave(z.shape[2])  # (B frames,)
        residual, total = flat, torch.zeros_like(flat)
        commitment = z.new_zeros(())
        for number in range(self.n_books):
            given = residual.detach()
            codes = nearest(given, self.books[number])
            code = self.books[number][codes]
            uses = (share > number)[:, None]
            commitment = commitment + F.mse_loss(residual * uses, code * uses)
            total = total + code * uses
            residual = residual - code  # a code has no gradient: it is a buffer
            if self.training:
                self._follow(number, given, codes)
        total = flat + (total - flat).detach()
        return total.unflatten(0, (len(z), -1)).mT, commitment / self.n_books

    @torch.no_grad()
    def encode(self, z: Tensor) -> Tensor:
        """Return the codes `(B, n_books, frames)` of latents `(B, d, frames)`."""
        residual, codes = z.mT, []
        for book in self.books:
            codes.append(nearest(residual.flatten(0, 1), book).view(len(z), -1))
            residual = residual - book[codes[-1]]
        return torch.stack(codes, dim=1)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the sum of the codes `(B, d, frames)` of any number of books, the first first."""
        return sum(book[its] for book, its in zip(self.books, codes.unbind(1), strict=False)).mT

    def _begin(self, vectors: Tensor) -> None:
        """Begin each book with what the books before it leave of vectors drawn by chance."""
        for number in range(self.n_books):
            self.books[number] = drawn(vectors, self.size)
            vectors = vectors - self.books[number][nearest(vectors, self.books[number])]
        self.started.fill_(True)

    @torch.no_grad()
    def _follow(self, number: int, vectors: Tensor, codes: Tensor) -> None:
        """Move a book's codes towards the means of the vectors that chose them."""
        one_hot = F.one_hot(codes, self.size).to(vectors)
        book, counts = self.books[number], self.counts[number]
        sums = DECAY * book * counts[:, None] + (1 - DECAY) * one_hot.T @ vectors
        counts.mul_(DECAY).add_((1 - DECAY) * one_hot.sum(0)).clamp_(min=EPSILON)
        book.copy_(sums / counts[:, None])
        alike = len(vectors) / self.size
        dead = counts < LEAST_USED * alike
        book[dead] = drawn(vectors, int(dead.sum()))
        counts[dead] = alike


def drawn(vectors: Tensor, n: int) -> Tensor:
    """Draw n of the vectors by chance, several times where there are fewer."""
    order = torch.randperm(len(vectors))
    return vectors[order.repeat(-(-n // len(order)))[:n]]


def perplexity(codes: Tensor, size: int) -> float:
    """Return how many codes a book uses in effect: e to the entropy of their frequencies."""
    share = torch.bincount(codes.flatten(), minlength=size) / codes.numel()
    return float(torch.special.entr(share).sum().exp())
