"""Vocos has the constants of the official code, and its inverse STFT is one."""

import pytest
import torch

from exercise_lib.models.vocos import Vocos, VocosConfig


def test_every_layer_norm_has_the_official_eps():
    norms = [it for it in Vocos().modules() if isinstance(it, torch.nn.LayerNorm)]
    assert len(norms) == 8 and {norm.eps for norm in norms} == {1e-6}


@pytest.mark.parametrize(("logarithm", "magnitude"), [(3.0, 20.0855), (50.0, 100.0)])
def test_magnitudes_are_clipped_at_100(logarithm, magnitude, monkeypatch):
    model, seen = Vocos(VocosConfig(blocks=1)), []
    with torch.no_grad():
        model.out.weight.zero_()
        model.out.bias.fill_(logarithm)
    monkeypatch.setattr(model, "overlap_add", lambda x: seen.append(x) or torch.zeros(1, 256))
    model(torch.zeros(1, 80, 1))
    torch.testing.assert_close(seen[0].abs(), torch.full((1, 1, 513), magnitude), rtol=1e-4, atol=0)


def test_the_inverse_stft_of_a_waveforms_stft_is_the_waveform():
    model, waveform = Vocos(VocosConfig(blocks=1)), torch.randn(2, 12 * 256)
    padded = torch.nn.functional.pad(waveform, (384, 384), mode="reflect")
    stft = torch.stft(
        padded, 1024, 256, window=model.window, center=False, return_complex=True
    )  # (B, bins, frames)
    torch.testing.assert_close(model.overlap_add(stft.mT), waveform, rtol=1e-4, atol=1e-4)
