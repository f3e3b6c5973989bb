"""What the exercises of this lab share: captions, chains of toy parts, and what the unseen are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys import parts
from exercise_lib.systems import unseen
from exercise_lib.systems.table import KINDS

from ...exercise_lib.atlas import Part

WORDS = ["a", "red", "blue", "green", "star", "circle", "square", "on", "plain", "white", "big"]

READ = ("text encoder", "text", "words", parts.toy_encode)
NETWORK = ("diffusion", "words", "scaled latents", parts.toy_generate)
UNSCALE = ("unscale", "scaled latents", "latents", parts.toy_unscale)
VAE = ("VAE decoder", "latents", "data", parts.toy_unscale)
LANGUAGE_MODEL = ("language model", "words", "codes", parts.toy_codes)
LOOK_UP = ("look-up", "codes", "vectors", parts.toy_vectors)
CODEC = ("codec decoder", "vectors", "data", parts.toy_generate)


def caption(rng: np.random.Generator, n: int = 4) -> str:
    return " ".join(rng.choice(WORDS, n))


def diffusion_chain() -> list[Part]:
    return [READ, NETWORK, UNSCALE, VAE]


def language_chain() -> list[Part]:
    return [READ, LANGUAGE_MODEL, LOOK_UP, CODEC]


# ---------------------------------------------------------------- unseen systems
Systems = tuple[tuple[str, ...], ...]


def systems_of(table: str) -> Systems:
    """Return what stands in a table, a system a line."""
    return tuple(tuple(it.split(" | ")) for it in table.strip().splitlines())


# In the order of exercise_lib/systems/unseen.json, the one for practice first: name, arXiv, then
# condition, alignment, generator, latent, decoder
PICTURES = systems_of("""
Muse | 2301.00704 | words | cross-attention | parallel | codes | codebook
Imagen | 2205.11487 | words | cross-attention | diffusion | none | none
Parti | 2206.10789 | words | cross-attention | AR, softmax | codes | codebook
DALL-E | 2102.12092 | words | prefix | AR, softmax | codes | codebook
MaskGIT | 2202.04200 | class | prefix | parallel | codes | codebook
VQGAN | 2012.09841 | class | prefix | AR, softmax | codes | codebook
PixArt-alpha | 2310.00426 | words | cross-attention | diffusion | continuous | autoencoder
BigGAN | 1809.11096 | class | modulation | GAN | none | none
ADM | 2105.05233 | class | modulation | diffusion | none | none
SiT | 2401.08740 | class | modulation | flow | continuous | autoencoder
""")
SOUNDS = systems_of("""
WaveNet | 1609.03499 | mel | frame by frame | AR, softmax | none | none
AudioLDM | 2301.12503 | words | modulation | diffusion | continuous | autoencoder
MusicGen | 2306.05284 | words | cross-attention | AR, softmax | codes | codebook
FastSpeech 2 | 2006.04558 | text | durations | parallel | mel | GAN vocoder
Grad-TTS | 2105.06337 | text | durations | diffusion | mel | GAN vocoder
Matcha-TTS | 2309.03199 | text | durations | flow | mel | GAN vocoder
DiffWave | 2009.09761 | mel | frame by frame | diffusion | none | none
MelGAN | 1910.06711 | mel | frame by frame | GAN | none | none
AudioLM | 2209.03143 | none | none | AR, softmax | codes | codebook
SoundStream | 2107.03312 | none | none | none | codes | codebook
MAGNeT | 2401.04577 | words | cross-attention | parallel | codes | codebook
Tango | 2304.13731 | words | cross-attention | diffusion | continuous | autoencoder
Transformer TTS | 1809.08895 | text | cross-attention | AR, regression | mel | WaveNet
MusicLM | 2301.11325 | words | prefix | AR, softmax | codes | codebook
NaturalSpeech 2 | 2304.09116 | text | durations | diffusion | continuous | autoencoder
""")
SENTENCES = {
    "condition": "All is right but the condition: what is asked for, and in which form?",
    "alignment": "All is right but the alignment: how does the generator hear the condition?",
    "generator": "All is right but the generator: in steps, place after place, or all at once?",
    "latent": "All is right but the latent: what does the generator make, before it is decoded?",
    "decoder": "All is right but the decoder: what does the latent go into first?",
}
NOTHING = "Everything is `none`: there is at least a latent, or something that generates."


def anatomy(name: str) -> dict[str, str]:
    """Return the answer for a system."""
    [its] = [it[2:] for it in PICTURES + SOUNDS if it[0] == name]
    return dict(zip(unseen.ASKED, its, strict=True))


def cases(systems: Systems, hidden: bool) -> list[Case]:
    """Return a case for each system, or the one for practice."""
    choices = {column: list(KINDS[column]) for column in unseen.ASKED}
    chosen = systems[1:] if hidden else systems[:1]
    return [
        Case(
            f"system {n}" if hidden else "the system for practice",
            args={"name": name},
            options={"choices": choices},
        )
        for n, (name, *_) in enumerate(chosen)
    ]


def declare(exercise: Exercise) -> None:
    """Declare what can be named wrongly, column by column, and other ways to write the answer."""
    for column, sentence in SENTENCES.items():
        first = one_wrong(column, 1)
        exercise.misconception(sentence)(first)
        for n in range(2, len(KINDS[column])):
            exercise.neighbour(first)(one_wrong(column, n))
    exercise.misconception(NOTHING)(nothing_named)
    exercise.also_correct(in_another_order)
    exercise.also_correct(with_words_put_together)


def one_wrong(column: str, n: int) -> Callable[[str], dict[str, str]]:
    """Return an answer whose kind of one column is the n-th behind the right one."""
    kinds = list(KINDS[column])

    def named(name: str) -> dict[str, str]:
        its = anatomy(name)
        other = kinds[(kinds.index(its[column]) + n) % len(kinds)]
        return its | {column: other}

    named.__name__ = f"{column}_{n}" if n > 1 else f"another_{column}"
    return named


def nothing_named(name: str) -> dict[str, str]:
    return dict.fromkeys(unseen.ASKED, "none")


def in_another_order(name: str) -> dict[str, str]:
    return dict(reversed(anatomy(name).items()))


def with_words_put_together(name: str) -> dict[str, str]:
    return {column: "".join(kind) for column, kind in anatomy(name).items()}
