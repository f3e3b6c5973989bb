"""The exercises of synthesis.py: speak a sentence, find what was skipped or repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.speech.scaling import denormalise, normalise
from exercise_lib.speech.text import encode_text
from solutions.exercise_lib import synthesis
from solutions.exercise_lib.warmup import peak_normalise

TARGET = "exercise_lib.synthesis:"
NOTEBOOK = "07_text_to_speech"

# ------------------------------------------------------------------------------ synthesise

synthesise = Exercise(
    id="synthesis.synthesise",
    title="Text to speech",
    target=TARGET + "synthesise",
    solution=synthesis.synthesise,
    notebook=NOTEBOOK,
    todo="7.1",
    points=3,
)


@synthesise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    letters = list("abcdefghijklmnopqrstuvwxyz")
    word = "".join(rng.choice(letters, 9 if hidden else 7))
    text = f"{word.capitalize()}, no!" if hidden else f"Is it {word}?"
    return [
        Case("a sentence", probe="speech", args={"text": text}),
        Case(
            "stopped before its end",
            probe="speech",
            args={"text": text, "max_steps": 11 if hidden else 9},
        ),
        Case(
            "rejects a letter without a symbol",
            probe="speech",
            args={"text": f"{word} 7"},
            raises=("ValueError",),
        ),
    ]


Spoken = tuple[Tensor, Tensor, Tensor, Tensor]


def speak_as_they_are(
    text: str,
    tacotron: Any,
    vocoder: Any,
    max_steps: int,
    scale: Callable[[Tensor], Tensor] = denormalise,
    finish: Callable[[Tensor], Tensor] = peak_normalise,
) -> Spoken:
    """Speak in the modes that both models are in; the mel's scale and the level can be others."""
    with torch.no_grad():
        mel, stop, weights = tacotron.infer(encode_text(text), max_steps)
        log_mel = scale(mel)
        waveform = vocoder(log_mel[None])[0, 0]
    return finish(waveform), log_mel, weights.T, stop


def speak(text: str, tacotron: Any, vocoder: Any, max_steps: int, **changes: Any) -> Spoken:
    """Speak in evaluation mode."""
    return speak_as_they_are(text, tacotron.eval(), vocoder.eval(), max_steps, **changes)


@synthesise.misconception(
    "The vocoder is given the Tacotron's own scale: pass its mel through `denormalise` first, the "
    "vocoder has learned natural-log magnitudes."
)
def not_denormalised(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, scale=lambda mel: mel)


@synthesise.misconception(
    "The mel is normalised once more, x / 5 + 1: it needs the inverse, `denormalise`."
)
def normalised_again(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, scale=normalise)


@synthesise.misconception(
    "The sound is right, but the mel you return is still on the Tacotron's scale: return what the "
    "vocoder was given."
)
def returns_network_scale(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform, normalise(log_mel), alignment, stop


@synthesise.misconception(
    "The attention weights are (T_dec, T_enc) as they come: an alignment is their transpose."
)
def weights_not_transposed(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform, log_mel, alignment.T, stop


@synthesise.misconception(
    "The waveform still has the vocoder's batch and channel axes: a sentence is `(samples,)`."
)
def axes_left(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform[None, None], log_mel, alignment, stop


@synthesise.misconception(
    "The models speak in training mode, with dropout and a batch's own statistics: call `eval()` "
    "on both."
)
def training_mode(text, tacotron, vocoder, max_steps=400):
    return speak_as_they_are(text, tacotron, vocoder, max_steps)


@synthesise.misconception(
    "Only the Tacotron is put into evaluation mode: the vocoder needs it as well."
)
def vocoder_in_training_mode(text, tacotron, vocoder, max_steps=400):
    return speak_as_they_are(text, tacotron.eval(), vocoder, max_steps)


@synthesise.misconception(
    "The waveform carries the vocoder's whole graph: speak under torch.inference_mode(), or it "
    "fills the memory and `.numpy()` fails."
)
def with_gradients(text, tacotron, vocoder, max_steps=400):
    tacotron.eval()
    vocoder.eval()
    mel, stop, weights = tacotron.infer(encode_text(text), max_steps)
    log_mel = denormalise(mel).clone()
    waveform = vocoder(log_mel[None])[0, 0]
    return peak_normalise(waveform), log_mel, weights.T, stop


@synthesise.misconception(
    "The waveform leaves [-1, 1] and would clip: bring it to a peak of 0.95 with your "
    "`peak_normalise`."
)
def level_left(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, finish=lambda waveform: waveform)


@synthesise.misconception(
    "The waveform is clamped, which is the very distortion that scaling should avoid: scale it "
    "with your `peak_normalise`."
)
def clamped(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, finish=lambda waveform: waveform.clamp(-1, 1))


@synthesise.misconception("The peak is 1, not 0.95: leave a little room, as `peak_normalise` does.")
def full_scale(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, finish=lambda y: y / y.abs().max())


@synthesise.misconception(
    "`max_steps` is not passed on: a Tacotron whose gate stays shut would speak on."
)
def steps_not_passed_on(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, 400)


@synthesise.also_correct
def spoken_without_no_grad(text, tacotron, vocoder, max_steps=400):
    models = tacotron.train(False), vocoder.train(False)
    mel, stop, weights = models[0].infer(encode_text(text), max_steps=max_steps)
    log_mel = (mel * 5 - 5).clone()
    waveform = models[1](log_mel.unsqueeze(0)).squeeze().detach()
    return 0.95 * waveform / waveform.abs().amax(), log_mel, weights.transpose(0, 1), stop


@synthesise.also_correct
def spoken_under_no_grad(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps)


# ------------------------------------------------------------------------------ reading errors

reading_errors = Exercise(
    id="synthesis.reading_errors",
    title="What was skipped or repeated",
    target=TARGET + "reading_errors",
    solution=synthesis.reading_errors,
    notebook=NOTEBOOK,
    todo="7.2",
    points=2,
)


def alignment_of(rng: np.random.Generator, t_enc: int, peaks: list[int]) -> Tensor:
    """An alignment `(T_enc, T_dec)` with these peaks, a little blurred."""
    energies = torch.from_numpy(rng.uniform(0, 1, (t_enc, len(peaks)))).float()
    energies[peaks, range(len(peaks))] += 3.0
    return torch.softmax(energies, dim=0)


@reading_errors.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    k = 2 if hidden else 0  # more characters
    paths = {
        "all is well": ([0, 1, 1, 2, 4, 3, 4 + k, 6 + k], 7 + k, {}),
        "a stretch is left out": ([0, 1, 2, 2, 9 + k, 10 + k, 11 + k], 12 + k, {}),
        "the beginning is left out": ([7 + k, 7 + k, 8 + k, 10 + k, 11 + k], 12 + k, {}),
        "the end is left out": ([0, 1, 2, 4, 5], 12 + k, {}),
        "a word is said twice": ([0, 2, 4, 6, 7, 2 - k // 2, 3, 5, 7, 8 + k], 9 + k, {}),
        "a leap of just 5, and one back": ([0, 5, 10, 9, 10, 15, 17], 18, {}),
        "a leap of 3 at most": ([0, 2, 5, 6, 10 + k, 12 + k], 13 + k, {"leap": 3}),
    }
    return [
        Case(name, args={"alignment": alignment_of(rng, t_enc, peaks), **more})
        for name, (peaks, t_enc, more) in paths.items()
    ]


def moves_between(alignment: Tensor, before: list[int], behind: list[int]) -> Tensor:
    """The peaks with something put before and behind them."""
    return torch.tensor(before + alignment.argmax(dim=0).tolist() + behind)


def errors_on(path: Tensor, leap: int, back: int = -1) -> tuple[list[list[int]], list[int]]:
    """The reading errors of a path that begins before the first step."""
    skipped, repeated = [], []
    for t, (start, end) in enumerate(zip(path[:-1].tolist(), path[1:].tolist(), strict=True)):
        if end - start > leap:
            skipped.append([start + 1, end - 1])
        if end - start < back:
            repeated.append(t)
    return skipped, repeated


@reading_errors.misconception(
    "The peak is taken over the wrong axis: for each decoder step (a column), ask which character."
)
def peaks_of_characters(alignment, leap=5):
    return errors_on(moves_between(alignment.T, [-1], [len(alignment)]), leap)


@reading_errors.misconception(
    "The start is not looked at: a first peak far into the text has skipped what lies before it. "
    "Put -1 before the peaks."
)
def start_ignored(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [], [len(alignment)]), leap)
    return skipped, [t + 1 for t in repeated]


@reading_errors.misconception(
    "The end is not looked at: a model that stops in the middle has left out the rest. Put T_enc "
    "behind the peaks."
)
def end_ignored(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], []), leap)


@reading_errors.misconception(
    "A jump back counts as skipped in your function: what lies between was read before. Skipped "
    "is only what is leapt over forwards."
)
def back_is_skipped(alignment, leap=5):
    path = moves_between(alignment, [-1], [len(alignment)])
    skipped = [
        [min(a, b) + 1, max(a, b) - 1]
        for a, b in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)
        if abs(b - a) > min(leap, 4)
    ]
    return skipped, errors_on(path, leap)[1]


@reading_errors.misconception(
    "One character back counts as a repetition: that much an attention wavers. More than one does."
)
def wavering_is_repeated(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), leap, back=0)


@reading_errors.misconception(
    "The characters on both sides of the gap were read: what is skipped lies between them."
)
def gap_with_its_ends(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [[first - 1, last + 1] for first, last in skipped], repeated


@reading_errors.misconception("A move of just `leap` characters is allowed: skipped is above it.")
def leap_itself_counts(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), leap - 1)


@reading_errors.misconception("The leap is fixed at 5 in your function: use the argument.")
def leap_fixed(alignment, leap=5):
    return errors_on(moves_between(alignment, [-1], [len(alignment)]), 5)


@reading_errors.misconception(
    "The step before the jump is returned: a repetition begins at the step at which the peak is "
    "back."
)
def step_before_the_jump(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return skipped, [t - 1 for t in repeated]


@reading_errors.misconception(
    "Each skipped character is listed by itself: return the first and the last of each stretch."
)
def characters_listed(alignment, leap=5):
    skipped, repeated = errors_on(moves_between(alignment, [-1], [len(alignment)]), leap)
    return [j for first, last in skipped for j in range(first, last + 1)], repeated


@reading_errors.also_correct
def reading_errors_by_cat(alignment, leap=5):
    ends = torch.tensor([-1]), torch.tensor([alignment.shape[0]])
    path = torch.cat([ends[0], alignment.max(dim=0).indices, ends[1]])
    leaps = (path[1:] - path[:-1] > leap).nonzero().flatten()
    skipped = torch.stack([path[leaps] + 1, path[leaps + 1] - 1], dim=1).tolist()
    return skipped, (path.diff() <= -2).nonzero().flatten().tolist()


@reading_errors.also_correct
def reading_errors_by_loop(alignment, leap=5):
    before, skipped, repeated = -1, [], []
    for t, column in enumerate(F.pad(alignment, (0, 1, 0, 1)).T):
        is_end = t == alignment.shape[1]
        now = len(alignment) if is_end else int(column[:-1].argmax())
        if now > before + leap:
            skipped.append((before + 1, now - 1))
        if now < before - 1:
            repeated.append(t)
        before = now
    return skipped, repeated
