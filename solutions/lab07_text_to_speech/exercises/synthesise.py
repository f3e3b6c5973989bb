"""Text to speech."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.speech.scaling import denormalise, normalise
from exercise_lib.speech.text import encode_text

from ...exercise_lib import synthesis
from ...exercise_lib.warmup import peak_normalise

exercise = Exercise(
    id="synthesis.synthesise",
    title="Text to speech",
    target="exercise_lib.synthesis:synthesise",
    solution=synthesis.synthesise,
    todo="7.1",
    points=3,
    difficulty=2,
    minutes=15,
)


@exercise.cases
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
            "the modes that both models are left in",
            probe="speech",
            options={"modes": True},
            args={"text": text},
            weight=0.5,
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


@exercise.misconception(
    "The vocoder is given the Tacotron's own scale: pass its mel through `denormalise` first, the "
    "vocoder has learned natural-log magnitudes."
)
def not_denormalised(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, scale=lambda mel: mel)


@exercise.misconception(
    "The mel is normalised once more, x / 5 + 1: it needs the inverse, `denormalise`."
)
def normalised_again(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, scale=normalise)


@exercise.misconception(
    "The sound is right, but the mel you return is still on the Tacotron's scale: return what the "
    "vocoder was given."
)
def returns_network_scale(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform, normalise(log_mel), alignment, stop


@exercise.misconception(
    "The attention weights are (T_dec, T_enc) as they come: an alignment is their transpose."
)
def weights_not_transposed(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform, log_mel, alignment.T, stop


@exercise.misconception(
    "The waveform still has the vocoder's batch and channel axes: a sentence is `(samples,)`."
)
def axes_left(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform[None, None], log_mel, alignment, stop


@exercise.neighbour(axes_left)
def channel_left(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform[None], log_mel, alignment, stop


@exercise.misconception(
    "The models speak in training mode, with dropout and a batch's own statistics: call `eval()` "
    "on both."
)
def training_mode(text, tacotron, vocoder, max_steps=400):
    return speak_as_they_are(text, tacotron, vocoder, max_steps)


@exercise.misconception(
    "Only the Tacotron is put into evaluation mode: the vocoder needs it as well."
)
def vocoder_in_training_mode(text, tacotron, vocoder, max_steps=400):
    return speak_as_they_are(text, tacotron.eval(), vocoder, max_steps)


@exercise.misconception(
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


@exercise.misconception(
    "The waveform is as loud as the vocoder makes it: bring it to a peak of 0.95 with your "
    "`peak_normalise`."
)
def level_left(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, finish=lambda waveform: waveform)


@exercise.misconception(
    "The waveform is clamped, which is the very distortion that scaling should avoid: scale it "
    "with your `peak_normalise`."
)
def clamped(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, finish=lambda waveform: waveform.clamp(-1, 1))


@exercise.misconception("The peak is 1, not 0.95: leave a little room, as `peak_normalise` does.")
def full_scale(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, finish=lambda y: y / y.abs().max())


@exercise.misconception(
    "`max_steps` is not passed on: a Tacotron whose gate stays shut would speak on."
)
def steps_not_passed_on(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, 400)


@exercise.misconception("The four results stand in another order: waveform, mel, alignment, stop.")
def mel_first(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return log_mel, waveform, alignment, stop


@exercise.neighbour(mel_first)
def stop_before_alignment(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform, log_mel, stop, alignment


@exercise.misconception("The mel has a batch axis left: return `(n_mels, frames)`.")
def batch_of_mel_left(text, tacotron, vocoder, max_steps=400):
    waveform, log_mel, alignment, stop = speak(text, tacotron, vocoder, max_steps)
    return waveform, log_mel[None], alignment, stop


@exercise.misconception("Only the waveform is returned: four things are asked for.")
def waveform_only(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps)[0]


@exercise.misconception(
    "Only the vocoder is put into evaluation mode: the Tacotron needs it as well."
)
def tacotron_in_training_mode(text, tacotron, vocoder, max_steps=400):
    return speak_as_they_are(text, tacotron, vocoder.eval(), max_steps)


@exercise.misconception("The vocoder gets the exponential of the mel: it has learned logarithms.")
def exponential(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps, scale=lambda mel: denormalise(mel).exp())


@exercise.misconception("The text is changed before it is encoded: pass it on as it is.")
def lower_case(text, tacotron, vocoder, max_steps=400):
    return speak(text.strip(".?!, "), tacotron, vocoder, max_steps)


@exercise.misconception(
    "The models are put back into training mode: leave them in evaluation mode, as the text says."
)
def modes_put_back(text, tacotron, vocoder, max_steps=400):
    modes = tacotron.training, vocoder.training
    spoken = speak(text, tacotron, vocoder, max_steps)
    tacotron.train(modes[0])
    vocoder.train(modes[1])
    return spoken


@exercise.also_correct
def spoken_without_no_grad(text, tacotron, vocoder, max_steps=400):
    models = tacotron.train(False), vocoder.train(False)
    mel, stop, weights = models[0].infer(encode_text(text), max_steps=max_steps)
    log_mel = (mel * 5 - 5).clone()
    waveform = models[1](log_mel.unsqueeze(0)).squeeze().detach()
    return 0.95 * waveform / waveform.abs().amax(), log_mel, weights.transpose(0, 1), stop


@exercise.also_correct
def spoken_under_no_grad(text, tacotron, vocoder, max_steps=400):
    return speak(text, tacotron, vocoder, max_steps)


@exercise.also_correct
def spoken_where_the_models_are(text, tacotron, vocoder, max_steps=400):
    device = next(tacotron.parameters()).device
    with torch.inference_mode():
        tokens = encode_text(text).to(device)
        mel, stop, weights = tacotron.eval().infer(tokens, max_steps=max_steps)
        log_mel = denormalise(mel).to(next(vocoder.parameters()).device)
        return peak_normalise(vocoder.eval()(log_mel[None])[0, 0]), log_mel, weights.T, stop
