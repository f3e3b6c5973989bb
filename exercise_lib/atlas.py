"""Whole systems, put together of parts: what fits, and four ways from a prompt to data.

Lecture 7, "Solutions usually include": an encoder and a decoder, a condition with its alignment, a
generator in the latent space. A part of a chain is written as (name, takes, gives, call): the kind
of what it takes and of what it gives, and the function itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

Part = tuple[str, str, str, Callable[[Any], Any]]  # name, takes, gives, call
Predict = Callable[[Tensor, Tensor], Tensor]  # z and a time -> noise or velocity


def misfits(chain: Sequence[Part]) -> list[list[str]]:
    """Name each two neighbours of a chain of which one gives what the next does not take (17.1).

    [name_i, name_i+1] for each i with gives_i != takes_i+1

    Args: chain: (name, takes, gives, call), in the order in which they run
    Returns: two names for each misfit, in the order of the chain
    """
    found = []
    # TODO 17.1: each part with the one behind it
    raise NotImplementedError("TODO 17.1: each part with the one behind it")
    return found


def generate(prompt: str, chain: Sequence[Part]) -> Any:
    """Send a prompt through a chain, each part taking what the one before it gave (17.2).

    x_0 = prompt, of the kind "text";   x_i = call_i(x_i-1), of the kind gives_i

    Args: chain: (name, takes, gives, call), in the order in which they run
    Returns: what the last part gives
    Raises: TypeError: a part takes another kind than it would get, and is not called; the message
        has its name.
    """
    data, kind = prompt, "text"
    # TODO 17.2: for each part: refuse another kind, else call it and remember what it gives
    raise NotImplementedError("TODO 17.2: for each part: refuse another kind, else call it and remember what it gives")


def paint(
    prompts: list[str],
    read: Callable[[list[str]], Any],
    network: Callable[[Tensor, Tensor, Any], Tensor],
    walk: Callable[[Predict, Tensor], Tensor],
    decode: Callable[[Tensor], Tensor],
    noise: Tensor,
    guidance: float,
    latent_scale: float,
) -> Tensor:
    """Latent diffusion and rectified flow: captions to data, guided without a classifier (17.3).

    f(z, t) = u + w (c - u), c = network(z, t, read(prompts)), u = network(z, t, read("" for each))
    data = decode(walk(f, noise) / scale)

    Args:
        prompts: B captions.
        read: gives what the network hears of captions, which may be anything; "" is what it learned
            for dropped ones.
        network: predicts noise or velocity at z `(B, ...)`, a time, and what is heard.
        walk: goes from noise to latents, with the prediction of z and a time.
        decode: takes latents as the autoencoder's encoder gives them.
        noise: `(B, ...)`
        guidance: w; 1 is unguided
        latent_scale: by which latents were multiplied for the generator, to have variance 1

    Returns:
        what `decode` gives, for each caption
    """
    heard, nothing = read(prompts), read([""] * len(prompts))
    # TODO 17.3: define f(z, t), walk with it, undo the scale, decode
    raise NotImplementedError("TODO 17.3: define f(z, t), walk with it, undo the scale, decode")


def write_codes(
    prompt: str,
    read: Callable[[str], Tensor],
    network: Callable[[Tensor, Tensor], Tensor],
    choose: Callable[[Tensor], int],
    end: int,
    longest: int,
) -> Tensor:
    """A language model of codes, as in Jukebox and VALL-E: one code after another (17.4).

    c_t = choose(network(words, [c_1 ... c_t-1])), until c_t is the end, which is not kept

    Args:
        read: gives the prompt's tokens, `(L,)`.
        network: logits `(K,)` of the next code, of words and the codes so far `(t - 1,)` int64.
        choose: takes the logits and returns a code, the likeliest or one by chance.
        end: the code that says that nothing follows.
        longest: number of codes after which writing is stopped.

    Returns:
        codes `(T,)` int64, T <= longest
    """
    words = read(prompt)
    codes = torch.empty(0, dtype=torch.long)
    # TODO 17.4: choose, stop at the end, append
    raise NotImplementedError("TODO 17.4: choose, stop at the end, append")


def best_of(candidates: Tensor, texts: Tensor) -> Tensor:
    """Keep of K embeddings `(K, B, d)` the one nearest to its caption's `(B, d)`: `(B, d)`."""
    chosen = (candidates * texts).sum(dim=-1).argmax(dim=0)
    return candidates[chosen, torch.arange(len(texts))]


def by_prior(
    prompts: list[str],
    read: Callable[[list[str]], Tensor],
    prior: Callable[[Tensor, Tensor], Tensor],
    decode: Callable[[Tensor], Tensor],
    noise: Tensor,
) -> Tensor:
    """A hierarchy, as in DALL-E 2: captions to embeddings, these to pictures (17.5).

    x_k = prior(noise_k, read(prompts));   data = decode(best_of(x, read(prompts)))

    Args:
        prompts: B captions.
        read: gives the embeddings of captions, `(B, d)`.
        prior: draws embeddings of pictures `(B, d)` from noise `(B, d)` and captions' embeddings.
        decode: makes data of embeddings of pictures.
        noise: for K draws, `(K, B, d)`

    Returns:
        what `decode` gives, for each caption
    """
    texts = read(prompts)
    # TODO 17.5: K draws of the prior, the best of them, decoded
    raise NotImplementedError("TODO 17.5: K draws of the prior, the best of them, decoded")
