"""Paint prompts with kept networks; each step is packed for the page when it is made."""

from __future__ import annotations

import base64
import difflib
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from exercise_lib.figures import colours
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.captions import END, LONGEST, PAD, START, WORDS
from exercise_lib.images.scenes import COLOURS, SHAPES
from exercise_lib.images.vae import Vae
from exercise_lib.images.word_maps import maps_of
from exercise_lib.picture_player.kept import KEPT, Kept
from exercise_lib.picture_player.verdict import verdict
from exercise_lib.picture_player.walks import Step, Walker

PROMPTS = (  # of a recorded page; the first is the one that every page begins with
    "a red circle on plain white",
    "an orange circle on plain black",  # a pair of shape and colour that no training picture shows
    "a blue star above a yellow square",
    "a big green triangle",
    "a pink heart on striped white",  # but one, the networks saw four shapes and plain grounds
)
SCALES = (0, 0.5, 1, 1.5, 2, 3, 4, 6, 8)  # of guidance
STEPS = (1, 2, 4, 8, 12, 16, 20, 32)
RECORDED_SCALES, RECORDED_STEPS = (0, 1, 2, 8), (1, 4, 16)
SCALE, N_STEPS = 2, 16  # at first
MOST_WORDS = LONGEST - 2  # <start> and <end> are words of a caption as well
KNOWN = [it for it in WORDS if it not in (PAD, START, END)]
MOST_SHOWN = 24  # characters of a word that is unknown
QUALITY = 85  # WebP's, of a picture that is kept small; others are exact

Question = list[Any]  # [network, prompt, guidance scale, steps, seed]
Answer = dict[str, Any]  # "words" of the prompt, "steps" as `packed_step` makes them
Watch = Callable[[list[str], dict[str, Any]], None]  # told the words and a step


@dataclass(frozen=True)
class Asked:
    """What is to be painted, by which network."""

    network: str
    prompt: str
    guidance_scale: float = Field(ge=0, le=20)
    n_steps: int = Field(ge=1, le=100)
    seed: int = Field(ge=0, lt=2**31)


class Studio:
    """Kept networks, each loaded when it is first asked for; what has no weights is left out.

    Args:
        recorded: whether answers are kept in a file: few networks and questions, small pictures.
        prompts: of a recorded page, else the first alone is shown.

    Raises: UnusableData: there are no kept weights at all.
    """

    def __init__(
        self,
        kept: Sequence[Kept] = KEPT,
        *,
        recorded: bool = False,
        prompts: Sequence[str] = PROMPTS,
    ) -> None:
        of_these = (it for it in kept if it.is_recorded or not recorded)
        self.kept = {it.name: it for it in of_these if it.is_there}
        if not self.kept:
            folders = " or ".join(sorted({f"data/{it.folder}" for it in kept}))
            raise UnusableData(f"There are no kept networks. Copy {folders} from the repository.")
        self.recorded = recorded
        self.walkers: dict[str, Walker] = {}
        self.facts: dict[str, Any] = {
            "networks": [[it.name, it.label] for it in self.kept.values()],
            "recorded": recorded,
            "prompts": prompts if recorded else prompts[:1],
            "scales": RECORDED_SCALES if recorded else SCALES,
            "steps": RECORDED_STEPS if recorded else STEPS,
            "scale": SCALE,
            "n_steps": N_STEPS,
            "map": base64_text(colours.levels(colours.ALIGNMENT)),
        }

    def questions(self) -> Iterator[Question]:
        """Yield all that a recorded page can ask."""
        facts = self.facts
        every = itertools.product(self.kept, facts["prompts"], facts["scales"], facts["steps"])
        return ([*it, 0] for it in every)

    def answer(self, question: Question, watch: Watch = lambda *_: None) -> Answer:
        """Paint, and return what the page shows.

        Args: watch: told each step when it is made.

        Raises:
            ValueError: the prompt, the network's name or a number can't be used.
            UnusableData: weights are missing or damaged.
            BrokenModule: a student's module can't be imported.
            NotImplementedError: one has a TODO left.
        """
        asked = Asked(*question)
        words = checked(asked.prompt)
        prompt = " ".join(words)
        walker = self.walker(asked.network)
        steps: list[dict[str, Any]] = []

        def add(step: Step) -> None:
            packed = packed_step(walker.vae, step, words, small=self.recorded)
            steps.append(packed)
            watch(words, packed)

        latents = walker.walk(prompt, asked.guidance_scale, asked.n_steps, asked.seed, add)
        add(Step(0.0, latents, latents, {}))
        return {"words": words, "steps": steps}

    def walker(self, name: str) -> Walker:
        if name not in self.kept:
            raise ValueError(f"There is no network {name!r}, only {', '.join(self.kept)}.")
        if name not in self.walkers:
            self.walkers[name] = self.kept[name].load(name)
        return self.walkers[name]


def checked(prompt: str) -> list[str]:
    """Return the words of a prompt.

    Raises: ValueError: it has none, too many, or an unknown one; in a sentence for the hall.
    """
    words = prompt.lower().replace(",", " ").rstrip(". ").split()
    if not words:
        raise ValueError(f"Type a prompt, such as: {PROMPTS[0]}")
    if unknown := [it for it in words if it not in KNOWN]:
        word = unknown[0][:MOST_SHOWN]
        raise ValueError(f"\u201c{word}\u201d is no word of this world. {hint(word)}")
    if len(words) > MOST_WORDS:
        raise ValueError(f"Too long: {len(words)} words, {MOST_WORDS} at most.")
    return words


def hint(word: str) -> str:
    """Return a known word that is nearly it, or else colours and shapes."""
    near = difflib.get_close_matches(word, KNOWN, n=1, cutoff=0.7)
    if near:
        return f"Did you mean \u201c{near[0]}\u201d?"
    return f"Colours: {', '.join(COLOURS)}. Shapes: {', '.join(SHAPES)}."


def packed_step(vae: Vae, step: Step, words: list[str], *, small: bool = False) -> dict[str, Any]:
    """Return a step as the page gets it.

    Returns:
        "time"; "pictures": the noisy one and, right of it, the guessed one; "maps": by places along
        an axis, levels of each word's map, a byte each, base64, and the maps' peaks, as multiples
        of what an even map has everywhere; and what `verdict` says of the guess
    """
    pictures = vae.draw(torch.stack([step.latents, step.clean]))
    maps = {}
    for cells, attention in step.attention.items():
        of_words = maps_of(attention, len(words))
        peaks = of_words.amax((1, 2))
        levels = (255 * of_words / peaks[:, None, None]).round().to(torch.uint8).numpy()
        times_even = [round(float(it) * cells**2, 2) for it in peaks]
        maps[str(cells)] = [base64_text(levels.tobytes()), times_even]
    return {
        "time": round(step.time, 3),
        "pictures": webp(pictures, small=small),
        "maps": maps,
        **verdict(" ".join(words), pictures[1]),
    }


def webp(pictures: Tensor, *, small: bool = False) -> str:
    """Return pictures `(B, 3, H, W)`, from 0 to 1, side by side, as WebP in base64."""
    values = (255 * pictures).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    packed = io.BytesIO()
    image = Image.fromarray(np.concatenate(list(values), axis=1))
    image.save(packed, format="webp", lossless=not small, quality=QUALITY)
    return base64_text(packed.getvalue())


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
