"""The labs' parts, as arguments of the functions that put whole systems together.

Raises, all of these: UnusableData where weights are missing, BrokenModule where a student's module
can't be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule
from exercise_lib.systems.stock import of_lab

if TYPE_CHECKING:
    from exercise_lib import diffusion, flow, unclip
else:
    diffusion, flow = StudentModule("diffusion"), StudentModule("flow")
    unclip = StudentModule("unclip")

NO_END = -1  # no code is the end

Parts = dict[str, Any]
Predict = Callable[[Tensor, Any], Tensor]


def latent_diffusion(name: str = "centred", n_steps: int = 20) -> Parts:
    """Return notebook 11's U-Net, its words, DDIM and the VAE, as arguments of `paint`."""
    from exercise_lib.images.captions import encode
    from exercise_lib.images.painter import load_painter

    painter = load_painter(name)
    unet, vae = painter.unet, painter.vae

    @torch.no_grad()
    def network(z: Tensor, time: int, heard: tuple[Tensor, Tensor]) -> Tensor:
        return unet.predict(z, torch.full((len(z),), time), *heard)[0]

    def walk(predict: Predict, noise: Tensor) -> Tensor:
        def twice(z: Tensor, time: int) -> tuple[Tensor, Tensor]:
            noise = predict(z, time)
            return noise, noise  # guided already

        return diffusion.sample(twice, noise, unet.alpha_bars, n_steps, 1.0)

    return {
        "read": torch.no_grad()(lambda captions: unet.read(encode(captions))),
        "network": network,
        "walk": walk,
        "decode": torch.no_grad()(lambda latents: vae.decode(latents).clamp(0, 1)),
        "noise": painter.noise,
        "latent_scale": float(vae.scale),
    }


def rectified_flow(name: str = "dit", n_steps: int = 8) -> Parts:
    """Return notebook 12's transformer, its frozen CLIP, Euler's way and the VAE, likewise."""
    from exercise_lib.images.flow_painter import load_dit, make_painter

    painter = make_painter(load_dit(name))

    @torch.no_grad()
    def network(z: Tensor, time: Tensor, heard: Any) -> Tensor:
        return painter.network(z, time.expand(len(z)), heard)

    return {
        "read": painter.reader.read,
        "network": network,
        "walk": lambda predict, noise: flow.euler(predict, noise, n_steps),
        "decode": torch.no_grad()(lambda latents: painter.vae.decode(latents).clamp(0, 1)),
        "noise": painter.noise,
        "latent_scale": float(painter.vae.scale),
    }


def latent_music(n_steps: int = 20) -> Parts:
    """Return notebook 14a's transformer, caption encoder and VAE of sound, as arguments of `paint`.

    Its VAE undoes the scale of latents itself. Raises ValueError where the lab is missing.
    """
    load, latent_audio, seconds = of_lab(
        "14a", "music.stable_audio_player", "load_composer", "latent_audio", "SECONDS"
    )
    heard_as = of_lab("14a", "music.stable_audio_network", "Heard")
    composer = load()
    size = composer.dit.config

    @torch.no_grad()
    def network(z: Tensor, time: Tensor, captions: Any) -> Tensor:
        start = torch.zeros(len(z))
        heard = heard_as(captions, start, torch.full_like(start, seconds))
        return composer.dit(z, time.expand(len(z)), heard)

    def walk(predict: Predict, noise: Tensor) -> Tensor:
        z = noise
        for now, then in pairwise(torch.linspace(1, 0, n_steps + 1)):
            z = latent_audio.v_step(z, predict(z, now), now, then)
        return z

    def noise(n: int, seed: int = 0) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(n, size.latents, size.frames, generator=generator)

    return {
        "read": composer.reader.read,
        "network": network,
        "walk": walk,
        "decode": torch.no_grad()(composer.vae.sounds),
        "noise": noise,
        "latent_scale": 1.0,
    }


def music_codes(seed: int = 0) -> Parts:
    """Return notebook 14b's prior as arguments of `write_codes`, and "play" for what is written.

    Its pieces have one length and no end code. Raises ValueError where the lab is missing.
    """
    load, how, next_code, chooser, encode = of_lab(
        "14b", "music.jukebox_player", "load_jukebox", "UPPER", "NextCode", "chooser", "encode"
    )
    jukebox = load()
    draw = chooser(replace(how, seed=seed), torch.device("cpu"))
    asked: list[Any] = []  # what predicts for the words that were read last

    def read(prompt: str) -> Tensor:
        words = encode([prompt])
        asked[:] = [next_code(jukebox.prior, words)]
        return words[0]

    return {
        "read": read,
        "network": lambda words, codes: asked[0](codes[None])[0],
        "choose": lambda logits: int(draw(logits[None])),
        "end": NO_END,
        "longest": jukebox.prior.config.places,
        "play": lambda codes: jukebox.bottom.decode(jukebox.refine(codes[None]))[0].detach(),
    }


def hierarchy(n_steps: int = 16) -> Parts:
    """Return notebook 13's CLIP, prior and decoder, as arguments of `by_prior`."""
    from exercise_lib.images.unclip_painter import load_unclip, sample

    painter = load_unclip()
    asked: list[Any] = []  # what was read last: the prior hears its words, too

    def read(captions: Sequence[str]) -> Tensor:
        asked[:] = [painter.embedder.read(captions)]
        return asked[0].pooled

    def prior(noise: Tensor, texts: Tensor) -> Tensor:
        def predict(z: Tensor, times: Tensor) -> Tensor:
            return painter.prior(z, times, asked[0])

        return unclip.scaled(sample(predict, noise, n_steps))

    def noise(k: int, b: int, seed: int = 0) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(k, b, painter.prior.config.embedding, generator=generator)

    return {"read": read, "prior": prior, "decode": painter.decode, "noise": noise}


def text_to_speech(longest: int = 220) -> list[tuple[str, str, str, Callable[[Any], Any]]]:
    """Return notebook 06's Tacotron 2 and notebook 05's vocoder, as a chain for `generate`."""
    from exercise_lib.models.pretrained import load_tacotron, load_vocoder
    from exercise_lib.speech.scaling import denormalise
    from exercise_lib.speech.text import encode_text

    tacotron, vocoder = load_tacotron(), load_vocoder()

    @torch.no_grad()
    def acoustic(tokens: Tensor) -> Tensor:
        return tacotron.infer(tokens, longest)[0]

    @torch.no_grad()
    def waveform(log_mel: Tensor) -> Tensor:
        sound = vocoder(log_mel[None]).flatten()
        return 0.9 * sound / sound.abs().max()

    return [
        ("front end", "text", "characters", encode_text),
        ("Tacotron 2", "characters", "scaled mel", acoustic),
        ("unscale", "scaled mel", "mel", denormalise),
        ("vocoder", "mel", "samples", waveform),
    ]
