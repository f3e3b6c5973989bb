"""Small parts in the place of networks, of which whole systems are put together.

What each makes of its input is known and bent, so that parts in another order, left out or given
something else end apart.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise

import torch
from torch import Tensor

WIDTH = 5  # of what is read
N_CODES = 6
Predict = Callable[[Tensor, Tensor], Tensor]


# ---------------------------------------------------------------- captions and noise to pictures
def toy_read(prompts: list[str]) -> Tensor:
    """Return features `(B, 5)` of captions, of the empty one too, each by itself."""
    rows = [[(i + 1) * ord(letter) for i, letter in enumerate(it)] for it in prompts]
    sums = torch.tensor([float(sum(row)) for row in rows])
    steps = torch.tensor([1 + len(it) % 3 for it in prompts])
    return torch.cos(sums[:, None] / 50 + torch.arange(WIDTH) * steps[:, None])


def toy_network(z: Tensor, time: Tensor, heard: Tensor) -> Tensor:
    """Return the velocity at latents `(B, C)`, a time and features `(B, 5)`."""
    places = torch.arange(1, z.shape[1] + 1)
    wave = torch.sin(heard.sum(1, keepdim=True) * places + 2 * time)
    return torch.tanh(z * heard[:, :1] + wave) + 0.4 * wave.square()


def toy_walk(predict: Predict, noise: Tensor) -> Tensor:
    """Walk from noise at time 1 to time 0 in three steps."""
    z = noise
    for now, then in pairwise(torch.tensor([1.0, 0.6, 0.25, 0.0])):
        z = z + (then - now) * predict(z, now)
    return z


def toy_paint(latents: Tensor) -> Tensor:
    """Return pictures `(B, C)` of latents as an encoder gives them."""
    return torch.tanh(latents.roll(1, -1)) - 0.2 * latents + 0.1


# ---------------------------------------------------------------- an embedding between both
def toy_prior(noise: Tensor, texts: Tensor) -> Tensor:
    """Return embeddings of pictures, `(B, 5)`, for noise and captions' embeddings `(B, 5)`."""
    return torch.sin(1.5 * texts + 0.7 * noise) + 0.5 * noise.tanh()


# ---------------------------------------------------------------- sentences to codes
def toy_tokens(prompt: str) -> Tensor:
    """Return the numbers of a sentence's letters, `(L,)`."""
    return torch.tensor([ord(letter) % 13 for letter in prompt])


def toy_writer(words: Tensor, codes: Tensor) -> Tensor:
    """Return logits `(6,)` of the next code; the end is code 0, after some five codes."""
    return logits(words, codes, end=0)


def toy_late_writer(words: Tensor, codes: Tensor) -> Tensor:
    """Return logits `(6,)` of the next code; the end is code 5, after some five codes."""
    return logits(words, codes, end=5)


def logits(words: Tensor, codes: Tensor, end: int) -> Tensor:
    places = torch.arange(N_CODES, dtype=torch.float32)
    written = (codes * torch.arange(1, len(codes) + 1)).sum() % 17
    found = torch.cos(places * (1.3 + words.sum() % 7) + 2.1 * written + 0.9 * len(codes))
    found[end] = -1.5 + 0.45 * len(codes)
    return found


def toy_likeliest(found: Tensor) -> int:
    """Return the likeliest code."""
    return int(found.argmax())


def toy_second(found: Tensor) -> int:
    """Return the second likeliest code, as a draw might."""
    return int(found.topk(2).indices[1])


def toy_choices() -> Callable[[Tensor], int]:
    """Return a choice that takes one of the three likeliest codes by turns.

    So the same logits give another code the next time. Probabilities, none of which is below 0, are
    one turn behind.
    """
    turns = count()

    def choose(found: Tensor) -> int:
        turn = next(turns) + int(found.min() < 0)
        return int(found.topk(3).indices[turn % 3])

    return choose


# ---------------------------------------------------------------- codes to sounds
def toy_look_up(codes: Tensor) -> Tensor:
    """Return the codes' vectors, `(T,)` to `(T, 3)`."""
    return torch.cos(codes[:, None] * torch.tensor([1.0, 2.3, 3.1]))


def toy_refine(guide: Tensor) -> Tensor:
    """Return a finer code for each row of a guide, `(T, 3)` to `(T,)`."""
    times = torch.arange(len(guide))
    return ((guide.sum(1) + 3) * 4 + times % 3).round().long() % N_CODES


def toy_sound(codes: Tensor) -> Tensor:
    """Return two samples for each code, `(T,)` to `(2 T,)`."""
    return torch.stack([torch.sin(codes * 0.9), torch.cos(codes * 1.7)], dim=1).flatten()


# ---------------------------------------------------------------- links of chains
def toy_encode(prompt: str) -> Tensor:
    """Return a row of numbers for a sentence, `(5,)`."""
    return toy_read([prompt])[0]


def toy_generate(words: Tensor) -> Tensor:
    """Return scaled latents for a row of numbers."""
    return 2 * torch.sin(3 * words) + words.flip(0)


def toy_unscale(latents: Tensor) -> Tensor:
    """Return latents of another variance."""
    return latents / 0.18


def toy_codes(words: Tensor) -> Tensor:
    """Return a code for each number."""
    return ((words + 2) * 5).long() % N_CODES


def toy_vectors(codes: Tensor) -> Tensor:
    """Return one number for each code."""
    return torch.cos(codes * 2.3)
