"""Explorers: a few sliders, a figure and, where there is something to hear, a player.

The student's own functions come in as arguments, so an explorer shows what *they* compute.
ipywidgets and matplotlib are imported when the first explorer is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures.panel import panel
from exercise_lib.speech import audio, plots

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

    from exercise_lib.mel import MelConfig


def attention_explorer(
    energies: Tensor,
    characters: str,
    truth: Tensor,
    masked_softmax: Callable[[Tensor, Tensor], Tensor],
    scores: Mapping[str, Callable[[Tensor, Tensor], Tensor]],
) -> VBox:
    """Scrub through decoder steps and change the temperature of an attention.

    Weights are `masked_softmax(energies / temperature)`.

    Args:
        energies: recorded energies of one utterance, shape `(T_dec, T_enc)`.
        characters: its `T_enc` characters.
        truth: true encoder position of every decoder step, shape `(T_dec,)`.
        masked_softmax: the student's, `(energies, memory_lengths) -> weights`.
        scores: name -> function of `(alignment (T_enc, T_dec), truth)`, shown above the figure.
    """
    import ipywidgets

    n_decoder, n_encoder = energies.shape
    lengths = torch.tensor([n_encoder])

    def draw(temperature: float, step: int) -> Figure:
        weights = masked_softmax(energies[None] / temperature, lengths)[0]
        numbers = [f"{name} {float(f(weights.T, truth)):.2f}" for name, f in scores.items()]
        return _alignment_and_step(weights, characters, truth, step, "   ".join(numbers))

    controls = {
        "temperature": _log_slider("temperature"),
        "step": ipywidgets.IntSlider(
            value=n_decoder // 2, min=0, max=n_decoder - 1, description="decoder step"
        ),
    }
    return panel(controls, draw)


def mel_explorer(
    waveform: Tensor,
    config: MelConfig,
    log_mel_spectrogram: Callable[[Tensor, MelConfig], Tensor],
) -> VBox:
    """Change the mel settings, see the spectrogram and hear what Griffin-Lim makes of it.

    Args:
        waveform: real speech, shape `(samples,)`.
        config: the settings to start from.
        log_mel_spectrogram: the student's, `((B, samples), config) -> (B, n_mels, frames)`.
    """
    import ipywidgets

    def settings(n_mels: int, hop_length: int, fmax: int) -> tuple[MelConfig, Tensor]:
        chosen = replace(config, n_mels=n_mels, hop_length=hop_length, fmax=float(fmax))
        return chosen, log_mel_spectrogram(waveform[None], chosen)[0]

    def draw(n_mels: int, hop_length: int, fmax: int, n_iter: int) -> Figure:
        chosen, log_mel = settings(n_mels, hop_length, fmax)
        numbers = log_mel.numel() * config.sample_rate / waveform.numel()
        title = f"{log_mel.shape[0]} bands x {log_mel.shape[1]} frames: {numbers:.0f} numbers/s"
        figure, ax = figures.new_figure(10, 3.6)
        plots.mel(log_mel, chosen, ax, title=title)
        return figure

    def sound(n_mels: int, hop_length: int, fmax: int, n_iter: int) -> bytes:
        chosen, log_mel = settings(n_mels, hop_length, fmax)
        heard = audio.griffin_lim(log_mel, chosen, n_iter)
        heard = heard * min(1.0, 0.95 / float(heard.abs().max()))
        return audio.wav_bytes(heard, config.sample_rate)

    controls = {
        "n_mels": ipywidgets.IntSlider(
            value=config.n_mels, min=8, max=128, step=8, description="n_mels"
        ),
        "hop_length": ipywidgets.SelectionSlider(
            options=[64, 128, 256, 512], value=config.hop_length, description="hop (samples)"
        ),
        "fmax": ipywidgets.IntSlider(
            value=int(config.fmax), min=1000, max=8000, step=500, description="fmax (Hz)"
        ),
        "n_iter": ipywidgets.SelectionSlider(
            options=[1, 4, 16, 32, 64], value=32, description="iterations"
        ),
    }
    return panel(controls, draw, sound)


def loss_explorer(
    discriminator_loss: Callable[[list[Tensor], list[Tensor]], Tensor],
    generator_loss: Callable[[list[Tensor]], Tensor],
) -> VBox:
    """Move the discriminator's two scores and watch both adversarial losses.

    Args:
        discriminator_loss: the student's, `(real_logits, fake_logits) -> scalar`.
        generator_loss: the student's, `fake_logits -> scalar`.
    """
    import ipywidgets

    grid = torch.linspace(-0.5, 1.5, 81)

    def draw(real: float, fake: float) -> Figure:
        real_logits = [torch.tensor([[real]])]
        losses = {
            "discriminator loss": [
                float(discriminator_loss(real_logits, [score.reshape(1, 1)])) for score in grid
            ],
            "generator loss": [float(generator_loss([score.reshape(1, 1)])) for score in grid],
        }
        figure, ax = figures.new_figure(7, 3.6)
        figures.curves(losses, ax, x=grid, xlabel="score of the generated sound, D(G(s))")
        fake_logits = [torch.tensor([[fake]])]
        now = (
            float(discriminator_loss(real_logits, fake_logits)),
            float(generator_loss(fake_logits)),
        )
        for value, colour in zip(now, figures.colours.LINES, strict=False):
            ax.plot([fake], [value], "o", color=colour, markersize=9)
        ax.set(ylim=(0, 3), title=f"discriminator {now[0]:.2f}   generator {now[1]:.2f}")
        return figure

    def score(description: str, value: float) -> Any:
        return ipywidgets.FloatSlider(
            value=value, min=-0.5, max=1.5, step=0.05, description=description
        )

    return panel({"real": score("D(x)", 0.5), "fake": score("D(G(s))", 0.5)}, draw)


def period_explorer(
    waveform: Tensor, sample_rate: int, fold: Callable[[Tensor, int], Tensor], max_period: int = 200
) -> VBox:
    """Fold a real waveform at any period and look for horizontal stripes.

    Args:
        waveform: a short stretch of speech, shape `(samples,)`.
        sample_rate: samples per second (Hz).
        fold: the student's, `((B, 1, T), period) -> (B, 1, T / period, period)`.
        max_period: longest period of the slider (samples).
    """
    import ipywidgets

    def draw(period: int) -> Figure:
        rows = fold(waveform.reshape(1, 1, -1), period)[0, 0]
        figure, ax = figures.new_figure(10, 3.6)
        plots.folded(rows, sample_rate, ax)
        return figure

    period = ipywidgets.IntSlider(value=11, min=2, max=max_period, description="period")
    return panel({"period": period}, draw)


def _alignment_and_step(
    weights: Tensor, characters: str, truth: Tensor, step: int, title: str
) -> Figure:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(14, 8), layout="constrained", width_ratios=[3, 1]
    )
    plots.alignment(weights.T, left, characters=characters, truth=truth, cursor=step, title=title)
    plots.attention_step(weights[step], characters, right, truth=float(truth[step]))
    right.set_title(f"step {step}")
    return figure


def _log_slider(description: str) -> Any:
    import ipywidgets

    return ipywidgets.FloatLogSlider(
        value=1.0, base=10, min=-1, max=1, step=0.1, description=description
    )
