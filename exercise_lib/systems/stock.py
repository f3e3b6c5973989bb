"""This kit's small versions of the lecture's systems, run with the weights that are kept.

Each is loaded when it is first asked for. What has no weights here says which folder to copy.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import mel
else:
    mel = StudentModule("mel")

# What kept Tacotrons are made of: named here, so that an assignment with this folder has them.
TACOTRONS = StudentModule("tacotron1"), StudentModule("tacotron2")

RATE = 16_000  # samples a second of every sound
SHOWN = 4  # pictures of a prompt
STEPS = 220  # decoder steps after which a Tacotron is stopped
FRAMES_A_LETTER = 3.3  # of Tacotron 1, which can not stop by itself: as its training had, and some


class Made(NamedTuple):
    """What a system made of a prompt, and a line about it."""

    said: str
    pictures: Tensor | None = None  # (N, 3, 32, 32) from 0 to 1
    sound: Tensor | None = None  # (samples,), 16 000 a second


class Run(NamedTuple):
    """How a system is run: what makes something of a prompt, and a prompt to begin with."""

    make: Callable[[str], Made]
    asks: str  # what a prompt is
    prompt: str
    ours: str  # what differs from the system of the lecture


# ---------------------------------------------------------------- pictures
def latent_diffusion(prompt: str) -> Made:
    from exercise_lib.images.painter import load_painter

    pictures = load_painter("late").paint([prompt] * SHOWN, guidance_scale=2.0)
    return Made("four noises, 20 steps, guidance 2", pictures)


def transformer(name: str) -> Callable[[str], Made]:
    """Return what paints with a kept transformer."""

    def make(prompt: str) -> Made:
        from exercise_lib.images.flow_painter import load_dit, make_painter

        painter = make_painter(load_dit(name))
        pictures = painter.paint([prompt] * SHOWN, n_steps=16, guidance_scale=2.0)
        return Made("four noises, 16 steps, guidance 2", pictures)

    return make


def hierarchy(prompt: str) -> Made:
    from exercise_lib.images.unclip_painter import load_unclip

    pictures = load_unclip().paint([prompt] * SHOWN, guidance_scale=2.0)
    return Made("four noises, guidance 2; for each, the prior drew an embedding", pictures)


def nearest_pictures(prompt: str) -> Made:
    from exercise_lib.images.clip_encoders import load_clip
    from exercise_lib.images.clip_training import Examined
    from exercise_lib.images.scenes import CENTRED

    clip, scenes = load_clip(), Examined.drawn(200, 17, CENTRED, False)
    near = torch.cosine_similarity(clip.see(scenes.pictures), clip.read([prompt]))
    best = near.topk(SHOWN)
    cosines = ", ".join(f"{it:.2f}" for it in best.values)
    return Made(
        f"nothing is made: the nearest of 200 pictures, cosines {cosines}",
        scenes.pictures[best.indices] / 255,
    )


def coded_picture(prompt: str) -> Made:
    from exercise_lib.images.captions import parse
    from exercise_lib.images.render import render
    from exercise_lib.images.scenes import FULL, draw_scenes
    from exercise_lib.images.vqvae import load_vqvae

    asked = parse(prompt)
    scenes = [it for it in draw_scenes(4000, 17, FULL) if asked.holds(it)][:2]
    if not scenes:
        raise ValueError("None of 4000 scenes is like this. Say less of it.")
    pictures, vqvae = render(scenes) / 255, load_vqvae()
    drawn = vqvae.draw(vqvae.look_up(pictures))
    said = "nothing is made: a picture, and what 64 codes of 512 keep of it"
    return Made(said, torch.stack([pictures, drawn], 1).flatten(0, 1))


# ---------------------------------------------------------------- of labs that may be missing
def of_lab(lab: str, module: str, *names: str) -> Any:
    """Return what a module of a lab has under these names, a list if several.

    Raises: ValueError: the lab is not in this copy of the kit.
    """
    try:
        its = import_module(f"exercise_lib.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("exercise_lib."):
            raise ValueError(f"Lab {lab} is not in this copy of the kit.") from error
        raise
    return getattr(its, names[0]) if len(names) == 1 else [getattr(its, it) for it in names]


def composed(prompt: str) -> Made:
    load = of_lab("14a", "music.stable_audio_player", "load_composer")
    sound = load().compose([prompt], guidance_scale=2.0)[0]
    return Made("three seconds, 20 steps, guidance 2", None, sound.detach())


def played(prompt: str) -> Made:
    load = of_lab("14b", "music.jukebox_player", "load_jukebox")
    with torch.inference_mode():
        sound = load().play([prompt])[0]
    return Made("upper codes, then lower ones, then sound", None, sound.clone())


def said_in_a_voice(prompt: str) -> Made:
    find_decode = of_lab("15", "valle.decoder", "find_decode")
    load_speaker, request = of_lab("15", "valle.speaker", "load_speaker", "request")
    spoken = of_lab("15", "valle.spoken", "load_spoken")()["test"]
    if not prompt.isdecimal() or len(prompt) > 6:
        raise ValueError("Type one to six digits.")
    voice = spoken.names[int(spoken.voices[0])]
    with torch.inference_mode():
        [said] = load_speaker().say(request(spoken, [prompt], [0]))
        sound = find_decode()(said.codes)
    end = "ended by itself" if said.stopped else "was stopped"
    return Made(f"in the voice {voice}, of which it heard two seconds; {end}", None, sound.clone())


def read_by_melle(prompt: str) -> Made:
    load_melle = of_lab("16", "readings.network", "load_melle")
    reader = of_lab("16", "readings.speaking", "Reader")
    from exercise_lib.models.pretrained import load_vocoder

    reading = reader(load_melle(), load_vocoder()).read(prompt)
    return Made("another draw is another reading", None, reading.waveform.clone())


# ---------------------------------------------------------------- sounds
def nearest_piece(prompt: str) -> Made:
    from exercise_lib.music.clap_encoders import load_clap
    from exercise_lib.music.pieces import draw_pieces
    from exercise_lib.music.render import render

    sounds, clap = render(draw_pieces(120, 17)), load_clap()
    near = torch.cosine_similarity(clap.hear(sounds), clap.read([prompt]))
    best = int(near.argmax())
    return Made(
        f"nothing is made: the nearest of 120 pieces, cosine {near[best]:.2f}", None, sounds[best]
    )


def coded_speech(prompt: str) -> Made:
    from exercise_lib.codec.networks import load_codec

    if prompt not in [str(n) for n in range(1, 9)]:
        raise ValueError("Type how many books are used, 1 to 8.")
    codec = load_codec()
    sound = codec.decode(codec.encode(recording()), int(prompt))
    return Made(f"nothing is made: a recording by {0.4 * int(prompt):.1f} kb/s", None, sound)


def tacotron_1(prompt: str) -> Made:
    from exercise_lib.models.pretrained import load_tacotron1
    from exercise_lib.speech.audio import griffin_lim
    from exercise_lib.speech.scaling import denormalise
    from exercise_lib.speech.text import encode_text

    tacotron, tokens = load_tacotron1(), encode_text(prompt)
    frames = FRAMES_A_LETTER * len(tokens)
    with torch.inference_mode():
        found, _, _ = tacotron.infer(tokens, int(frames / tacotron.config.reduction_factor))
    sound = griffin_lim(denormalise(found[0]), mel.MelConfig())
    return Made("it can't stop by itself: so many frames for each letter", None, as_loud(sound))


def tacotron_2(prompt: str) -> Made:
    from exercise_lib.models.pretrained import load_tacotron, load_vocoder
    from exercise_lib.speech.scaling import denormalise
    from exercise_lib.speech.text import encode_text

    tacotron = load_tacotron()
    with torch.inference_mode():
        found, _, _ = tacotron.infer(encode_text(prompt), STEPS)
        sound = load_vocoder()(denormalise(found)[None]).flatten()
    return Made("a sentence of yours, read and said", None, as_loud(sound))


def copied_speech(prompt: str) -> Made:
    from exercise_lib.models.pretrained import load_vocoder
    from exercise_lib.speech.audio import log_mel

    names = {"regression": "vocoder", "adversarial": "vocoder-adversarial"}
    if prompt not in names:
        raise ValueError("Type how it was trained: regression, or adversarial.")
    with torch.inference_mode():
        frames = log_mel(recording(), mel.MelConfig())
        sound = load_vocoder(name=names[prompt])(torch.as_tensor(frames)[None]).flatten()
    return Made("a recording's mel spectrogram, made audible", None, as_loud(sound))


def recording() -> Tensor:
    """Return a sentence that none of the kept networks was trained on, `(samples,)`."""
    from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus

    return SpeechCorpus(LOCAL_DATA / "mini")["joe-0280"].waveform


def as_loud(sound: Tensor) -> Tensor:
    """Return a sound with peak 0.9."""
    return 0.9 * sound / sound.abs().max().clamp(min=1e-5)


SENTENCE = "The clever owl listened, but the tiny mouse laughed."
PICTURE, MELODY = "a red circle on plain white", "a fast rising flute melody"
CAPTION, SAID, BOOKS = "a caption", "a sentence", "books, 1 to 8"
GREEN, TRAINED = "a big green triangle", "regression or adversarial"
RUNS = {
    "ldm": Run(latent_diffusion, CAPTION, PICTURE, "its text encoder learns with the U-Net"),
    "clip": Run(nearest_pictures, CAPTION, PICTURE, "convolutions over whitened patches"),
    "dalle2": Run(hierarchy, CAPTION, PICTURE, "the decoder is a flow on a VAE's latents"),
    "dit": Run(transformer("noise"), CAPTION, PICTURE, "captions by joint attention, no classes"),
    "sd3": Run(transformer("dit"), CAPTION, PICTURE, "one frozen CLIP reads"),
    "clap": Run(nearest_piece, CAPTION, MELODY, "both encoders learn from nothing"),
    "stable_audio": Run(composed, CAPTION, MELODY, "3 s at 16 kHz; seconds as a condition"),
    "vqvae": Run(coded_picture, CAPTION, GREEN, "begun from principal components"),
    "jukebox": Run(played, CAPTION, MELODY, "two levels; captions in the place of lyrics"),
    "encodec": Run(coded_speech, BOOKS, "4", "an STFT encodes, 50 frames a second, 8 books of 256"),
    "valle": Run(said_in_a_voice, "1 to 6 digits", "2095", "strings of digits, three books"),
    "melle": Run(read_by_melle, SAID, SENTENCE, "a Tacotron whose frames are drawn"),
    "tts": Run(tacotron_2, SAID, SENTENCE, "attention in the place of durations"),
    "tacotron1": Run(tacotron_1, SAID, SENTENCE, "smaller, 16 kHz"),
    "tacotron2": Run(tacotron_2, SAID, SENTENCE, "a Vocos in the place of WaveNet"),
    "hifigan": Run(copied_speech, TRAINED, "adversarial", "a Vocos, by the same losses"),
}


def run(key: str, prompt: str) -> Made:
    """Run a system of the lecture, by its key.

    Raises:
        ValueError: its lab is not in this copy of the kit, or the prompt can't be used.
        UnusableData: its weights are missing; the message names the folder.
        BrokenModule: a student's module can't be imported.
        NotImplementedError: one has a TODO left.
    """
    made = RUNS[key].make(prompt.strip())
    sound = None if made.sound is None else made.sound.clamp(-1, 1)
    return made._replace(sound=sound)
