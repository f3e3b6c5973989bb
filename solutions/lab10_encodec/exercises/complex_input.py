"""What the STFT discriminator sees."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.complex_input",
    title="Complex spectrum as two channels",
    target="exercise_lib.encodec:complex_input",
    solution=encodec.complex_input,
    todo="10.7",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 130 if hidden else 100

    def args(n_samples: int, n_fft: int, hop_length: int) -> dict:
        waveform = normal(rng, 2, n_samples)
        return {"waveform": waveform, "n_fft": n_fft, "hop_length": hop_length}

    return [
        Case("n_fft 32, hop 8, with gradient", args=args(n, 32, 8), grad=("waveform",)),
        Case("n_fft 16, hop 4", args=args(n, 16, 4)),
        Case("n_fft 24, hop 12", args=args(n + 5, 24, 12)),
    ]


def spectrum(waveform, n_fft, hop_length, window=None, **more):
    window = torch.hann_window(n_fft) if window is None else window
    options = {"center": False, "return_complex": True} | more
    return torch.stft(waveform, n_fft, hop_length, window=window, **options)


def unit(n_fft):
    return torch.hann_window(n_fft).norm()


def channels(complex_numbers):
    return torch.stack([complex_numbers.real, complex_numbers.imag], 1).mT


@exercise.misconception(
    "The window's norm is missing: divide by |w|, or longer windows make larger inputs."
)
def not_normalised(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length))


@exercise.misconception("You divide by something else than |w|, the root of the sum of w^2.")
def by_the_root_of_n(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length, normalized=True))


@exercise.neighbour(by_the_root_of_n)
def by_the_sum(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length) / torch.hann_window(n_fft).sum())


@exercise.neighbour(by_the_root_of_n)
def by_n(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length) / n_fft)


@exercise.neighbour(by_the_root_of_n)
def by_the_square(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length) / unit(n_fft) ** 2)


@exercise.misconception("The frames are centred and padded: the first begins at sample 0.")
def centred(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length, center=True) / unit(n_fft))


@exercise.misconception("The window is missing: each frame is weighted by w.")
def rectangular(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length, window=torch.ones(n_fft)) / n_fft**0.5)


@exercise.neighbour(rectangular)
def rectangular_by_hann(waveform, n_fft, hop_length):
    plain = spectrum(waveform, n_fft, hop_length, window=torch.ones(n_fft))
    return channels(plain / unit(n_fft))


@exercise.misconception(
    "These are magnitude and phase: the phase jumps from pi to -pi, so give the network real "
    "and imaginary part."
)
def magnitude_and_phase(waveform, n_fft, hop_length):
    x = spectrum(waveform, n_fft, hop_length) / unit(n_fft)
    return torch.stack([x.abs(), x.angle()], 1).mT


@exercise.misconception(
    "The phase is thrown away: a discriminator that sees magnitudes alone can't hear wrong phases."
)
def magnitudes(waveform, n_fft, hop_length):
    x = spectrum(waveform, n_fft, hop_length) / unit(n_fft)
    return torch.stack([x.abs(), x.abs()], 1).mT


@exercise.neighbour(magnitudes)
def one_magnitude(waveform, n_fft, hop_length):
    x = spectrum(waveform, n_fft, hop_length) / unit(n_fft)
    return x.abs()[:, None].mT


@exercise.misconception("Real and imaginary part are exchanged: the real part comes first.")
def exchanged(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length) / unit(n_fft)).flip(1)


@exercise.misconception("The imaginary part has the wrong sign: the exponent is -2 pi i f k / N.")
def conjugated(waveform, n_fft, hop_length):
    return channels((spectrum(waveform, n_fft, hop_length) / unit(n_fft)).conj())


@exercise.misconception(
    "Frames and bins are exchanged: torch.stft gives (B, bins, frames), asked for are (B, 2, "
    "frames, bins)."
)
def bins_first(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length) / unit(n_fft)).mT


@exercise.misconception("The parts stand in the last axis: they are channels, axis 1.")
def parts_last(waveform, n_fft, hop_length):
    return torch.view_as_real(spectrum(waveform, n_fft, hop_length) / unit(n_fft)).transpose(1, 2)


@exercise.misconception("The imaginary part is missing: take both parts.")
def real_alone(waveform, n_fft, hop_length):
    x = spectrum(waveform, n_fft, hop_length) / unit(n_fft)
    return torch.stack([x.real, x.real], 1).mT


@exercise.neighbour(real_alone)
def one_real(waveform, n_fft, hop_length):
    return (spectrum(waveform, n_fft, hop_length) / unit(n_fft)).real[:, None].mT


@exercise.misconception("The negative frequencies are there too: they repeat the others.")
def two_sided(waveform, n_fft, hop_length):
    return channels(spectrum(waveform, n_fft, hop_length, onesided=False) / unit(n_fft))


@exercise.also_correct
def by_frames(waveform, n_fft, hop_length):
    window = torch.hann_window(n_fft)
    frames = waveform.unfold(1, n_fft, hop_length) * window
    x = torch.fft.rfft(frames) / window.square().sum().sqrt()
    return torch.stack([x.real, x.imag], dim=1)


@exercise.also_correct
def by_a_normalised_window(waveform, n_fft, hop_length):
    window = torch.hann_window(n_fft)
    x = spectrum(waveform, n_fft, hop_length, window=window / window.norm())
    return torch.view_as_real(x).permute(0, 3, 2, 1)
