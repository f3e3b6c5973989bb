"""Ask for digits in a voice, and turn what codes are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.codec.plots import spectrograms
from exercise_lib.figures.panel import panel
from exercise_lib.speech import audio
from exercise_lib.valle.listening import VoiceOracle, digit_recogniser
from exercise_lib.valle.speaker import Decode, Said, Speaker, request
from exercise_lib.valle.spoken import Spoken

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

RATE = 16_000  # Hz


def speaking_page(speaker: Speaker, decode: Decode, oracle: VoiceOracle, spoken: Spoken) -> VBox:
    """Say digits after a prompt; see and hear both, and what the judges make of it."""
    import ipywidgets

    recognise = digit_recogniser()
    first = {name: int((spoken.voices == n).nonzero()[0]) for n, name in enumerate(spoken.names)}
    made: dict[tuple[object, ...], Said] = {}

    def said(digits: str, voice: str, temperature: float, share: float, seed: int) -> Said:
        key = digits, voice, temperature, share, seed
        if key not in made:
            batch = request(spoken, [digits or "0"], [first[voice]])
            [made[key]] = speaker.say(batch, temperature, share, seed)
        return made[key]

    def sound_of(it: Said) -> Tensor:
        return decode(it.codes).clamp(-1, 1) if it.codes.shape[1] else torch.zeros(RATE // 10)

    def draw(digits: str, voice: str, temperature: float, share: float, seed: int) -> Figure:
        it = said(digits, voice, temperature, share, seed)
        sound, index = sound_of(it), first[voice]
        prompt = decode(spoken.codes[index, :, : spoken.lengths[index]])
        heard = " ".join(recognise(sound)) or "nothing"
        end = "ended" if it.stopped else "was cut off"
        title = f"heard: {heard}\nvoice: {oracle(sound)}; it {end}"
        return spectrograms({f"the prompt, {voice}:\n{spoken.texts[index]}": prompt, title: sound})

    def sound(digits: str, voice: str, temperature: float, share: float, seed: int) -> bytes:
        return audio.wav_bytes(sound_of(said(digits, voice, temperature, share, seed)), RATE)

    controls = {
        "digits": ipywidgets.Text("2095", description="digits"),
        "voice": ipywidgets.Dropdown(options=spoken.names, description="voice of the prompt"),
        "temperature": ipywidgets.FloatSlider(
            0.8, min=0.05, max=2, step=0.05, description="temperature"
        ),
        "share": ipywidgets.FloatSlider(0.9, min=0.05, max=1, step=0.05, description="nucleus"),
        "seed": ipywidgets.IntSlider(0, min=0, max=20, description="draw"),
    }
    return panel(controls, draw, sound)
