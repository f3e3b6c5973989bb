"""Instruments play the pitch they are asked for, and pieces sound where their score says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from exercise_lib.music.effects import detuned, filtered, through_effects
from exercise_lib.music.instruments import DRUMS, INSTRUMENTS, RATE
from exercise_lib.music.pieces import Tone, draw_pieces
from exercise_lib.music.render import SAMPLES, render

PIECES = draw_pieces(6, 31)


def strongest(sound: np.ndarray) -> float:
    """Frequency of the largest peak, Hz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17))
    return spectrum.argmax() * RATE / (1 << 17)


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("hz", [131.0, 700.0])
def test_a_note_has_its_pitch_and_length_at_a_power_of_one(name, hz):
    tone = Tone(wobble=0.0, brightness=0.2)
    note = INSTRUMENTS[name](hz, 0.8, tone, np.random.default_rng(0))
    assert len(note) == int(0.8 * RATE) and np.mean(note**2) == pytest.approx(1)
    settled = strongest(note[len(note) // 2 :]) / hz
    assert min(abs(settled - k) / k for k in range(1, 7)) < 0.01
    assert abs(note[0]) < 0.05 and abs(note[-1]) < 0.05


def test_a_kick_is_low_and_cymbals_are_high():
    kick, hats = (DRUMS[it](Tone(), np.random.default_rng(0)) for it in ("kick", "hats"))
    assert strongest(kick) < 160 and strongest(hats) > 5000


def test_the_same_piece_sounds_the_same_and_silent_before_its_first_note():
    sounds = render(PIECES)
    assert sounds.shape == (6, SAMPLES) and sounds.dtype == torch.float32
    assert torch.equal(sounds, render(PIECES)) and torch.equal(sounds[4:], render(PIECES[4:]))
    for piece, sound in zip(PIECES, sounds, strict=True):
        assert sound.abs().max() == pytest.approx(piece.loudness)
        begin = int(piece.notes[0].start * RATE)
        assert not sound[:begin].any() and sound[begin : begin + 800].abs().max() > 0.01
    assert render([]).shape == (0, SAMPLES)


def test_drums_and_tone_change_the_sound():
    piece = next(it for it in draw_pieces(30, 32) if it.kind.drums == "none")
    struck = replace(piece, kind=replace(piece.kind, drums="kick"), strikes=(0.5,))
    bright = replace(piece, tone=replace(piece.tone, brightness=1.0))
    plain, with_kick, brighter = render([piece, struck, bright])
    assert not torch.allclose(plain, with_kick) and not torch.allclose(plain, brighter)


def test_filters_change_bands_of_all_frames_alike_and_keep_silence_and_the_loudest_place():
    torch.manual_seed(0)
    log_mel = torch.rand(3, 64, 20) * 0.4 + 0.3
    log_mel[:, :, 10:] = 0
    changed = filtered(log_mel)
    assert torch.equal(changed.amax((1, 2)), torch.ones(3))
    assert not changed[:, :, 10:].any()
    moved = changed[:, :, :10] - log_mel[:, :, :10]
    inside = (changed[:, :, :10] > 0).all(2) & (changed[:, :, :10] < 1).all(2)
    assert inside.any(1).all()
    assert torch.allclose(moved.amax(2)[inside], moved.amin(2)[inside], atol=1e-6)
    assert not torch.allclose(changed[0] - log_mel[0], changed[1] - log_mel[1], atol=0.05)


def test_effects_are_drawn_from_a_seed_and_keep_the_shape():
    sounds = render(PIECES[:2])
    changed = through_effects(sounds, 3)
    assert changed.shape == sounds.shape and changed.isfinite().all()
    assert torch.allclose(changed.abs().amax(1), torch.tensor(0.8))
    assert torch.equal(changed, through_effects(sounds, 3))
    assert not torch.allclose(changed, through_effects(sounds, 4))


def test_detuning_moves_the_pitch():
    t = np.arange(RATE) / RATE
    assert strongest(detuned(np.sin(2 * np.pi * 400 * t), 1.05)[:12000]) == pytest.approx(420, 0.01)
