"""How well is it said: words, ends, voices, and whether attention follows the speaker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from exercise_lib.codec.measures import Recognise, word_error_rate
from exercise_lib.valle.alignment import rhythm, text_maps, truth_of
from exercise_lib.valle.batches import Drawer
from exercise_lib.valle.digits import words_of_digits
from exercise_lib.valle.networks import Reader
from exercise_lib.valle.sampling import SHARE, TEMPERATURE
from exercise_lib.valle.speaker import Decode, Said, Speaker
from exercise_lib.valle.spoken import Spoken

AT_ONCE = 56  # utterances in a batch
SHORTEST = 10  # frames: what is shorter is silence


def neighbours(spoken: Spoken) -> Tensor:
    """Return for each utterance the next one of its voice, whose first frames are its prompt."""
    found = []
    for number in range(len(spoken.names)):
        its = (spoken.voices == number).nonzero().flatten()
        found.append(its.roll(-1))
    return torch.cat(found)


def say_all(
    speaker: Speaker,
    spoken: Spoken,
    prompts: Tensor | None = None,
    temperature: float = TEMPERATURE,
    share: float = SHARE,
    seed: int = 0,
) -> list[Said]:
    """Say the text of every utterance in its voice.

    Args: prompts: which utterance is the prompt of each; default: the next one of the voice.
    """
    prompts = neighbours(spoken) if prompts is None else prompts
    drawer, said = Drawer(spoken), []
    for number, chosen in enumerate(torch.arange(len(spoken)).split(AT_ONCE)):
        batch = drawer.batch(chosen, prompts[chosen])
        said += speaker.say(batch, temperature, share, 1000 * seed + number)
    return said


def heard_words(said: Sequence[Said], decode: Decode, recognise: Recognise) -> list[list[str]]:
    return [recognise(decode(it.codes)) if it.codes.shape[1] >= SHORTEST else [] for it in said]


def word_errors(texts: Sequence[str], heard: Sequence[list[str]]) -> float:
    """Return the word error rate of strings of digits."""
    return word_error_rate([words_of_digits(it) for it in texts], heard)


def stop_rate(said: Sequence[Said]) -> float:
    return sum(it.stopped for it in said) / len(said)


def voices_named(
    said: Sequence[Said], decode: Decode, oracle: Callable[[Tensor], str]
) -> list[str]:
    return [oracle(decode(it.codes)) if it.codes.shape[1] >= SHORTEST else "" for it in said]


def rhythms(reader: Reader, spoken: Spoken) -> Tensor:
    """Return rc of each block and head, `(N, blocks, heads)`, of utterances with known ends."""
    known = [n for n, ends in enumerate(spoken.ends) if len(ends)]
    its, found = spoken.only(known), []
    drawer, prompts = Drawer(its), neighbours(its)
    for chosen in torch.arange(len(its)).split(AT_ONCE):
        maps = text_maps(reader, drawer.batch(chosen, prompts[chosen]))
        for row, index in enumerate(chosen.tolist()):
            n, ends = int(its.lengths[index]), its.ends[index]
            truth = truth_of(ends, n)
            found.append(
                [[rhythm(head[:n, : len(ends)], truth) for head in block[row]] for block in maps]
            )
    return torch.tensor(found)
