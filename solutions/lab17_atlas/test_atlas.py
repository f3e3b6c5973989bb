"""The master against the labs' own painters and speaker, exact worlds and hand-made chains."""

import pytest
import torch

from exercise_lib.images import (
    clip_encoders,
    dit_network,
    flow_painter,
    painter,
    prior_network,
    unclip_embeddings,
    unclip_painter,
    unet,
    vae,
)
from exercise_lib.models import pretrained
from exercise_lib.systems import melodies, parts, points
from solutions.exercise_lib import atlas, clip, diffusion, dit, flow, tacotron2, unclip

CAPTIONS = ["a red circle", "a blue star", "a green triangle"]


@pytest.fixture
def solved(monkeypatch):
    for module, names in (
        (clip_encoders, {"clip": clip}),
        (dit_network, {"dit": dit, "flow": flow}),
        (flow_painter, {"flow": flow}),
        (painter, {"diffusion": diffusion}),
        (prior_network, {"dit": dit, "unclip": unclip}),
        (pretrained, {"tacotron2": tacotron2}),
        (unclip_embeddings, {"unclip": unclip}),
        (unclip_painter, {"unclip": unclip}),
        (unet, {"diffusion": diffusion}),
        (vae, {"diffusion": diffusion}),
        (parts, {"diffusion": diffusion, "flow": flow, "unclip": unclip}),
    ):
        for name, its in names.items():
            monkeypatch.setattr(module, name, its)


def test_it_paints_what_notebook_11s_painter_paints(solved):
    its = parts.latent_diffusion("centred", n_steps=5)
    noise = its.pop("noise")(3, seed=4)
    painted = atlas.paint(CAPTIONS, noise=noise, guidance=2.5, **its)
    theirs = painter.load_painter("centred").paint(CAPTIONS, 2.5, 5, seed=4)
    torch.testing.assert_close(painted, theirs, rtol=1e-3, atol=1e-3)


def test_it_paints_what_notebook_12s_painter_paints(solved):
    its = parts.rectified_flow("dit", n_steps=4)
    noise = its.pop("noise")(3, seed=4)
    painted = atlas.paint(CAPTIONS, noise=noise, guidance=2.0, **its)
    kept = flow_painter.make_painter(flow_painter.load_dit("dit"))
    theirs = kept.paint(CAPTIONS, 4, 2.0, seed=4)
    torch.testing.assert_close(painted, theirs, rtol=1e-3, atol=1e-3)


def test_its_hierarchy_is_notebook_13s(solved):
    its = parts.hierarchy(n_steps=16)
    noise = its.pop("noise")(2, 3, seed=4)
    painted = atlas.by_prior(CAPTIONS, noise=noise, **its)
    kept = unclip_painter.load_unclip()
    imagined = unclip_painter.imagine(kept.prior, kept.embedder, CAPTIONS, 16, 2, seed=4)
    torch.testing.assert_close(painted, kept.decode(imagined), rtol=1e-3, atol=1e-3)


def test_a_chain_of_the_labs_parts_speaks(solved):
    chain = parts.text_to_speech(60)
    assert atlas.misfits(chain) == []
    torch.manual_seed(0)
    sound = atlas.generate("The owl listened.", chain)
    assert sound.dim() == 1 and sound.abs().max() == pytest.approx(0.9)
    without = [it for it in chain if it[0] != "unscale"]
    assert atlas.misfits(without) == [["Tacotron 2", "vocoder"]]
    with pytest.raises(TypeError, match="vocoder"):
        atlas.generate("The owl listened.", without)


def in_points(word: str, guidance: float, n: int = 2000) -> torch.Tensor:
    its = points.parts()
    noise = its.pop("noise")(n)
    return atlas.paint([word] * n, noise=noise, guidance=guidance, **its)


def test_an_exact_network_gives_each_word_its_cloud():
    for word, centre in zip(points.WORDS, points.CENTRES, strict=True):
        cloud = in_points(word, 1.0)
        torch.testing.assert_close(cloud.mean(0), centre, rtol=0, atol=0.1)
        torch.testing.assert_close(cloud.std(0), torch.full((2,), points.SPREAD), rtol=0, atol=0.1)


def test_without_guidance_a_word_is_not_heard():
    near = torch.cdist(in_points("top", 0.0), points.CENTRES).argmin(1).bincount() / 2000
    torch.testing.assert_close(near, torch.full((3,), 1 / 3), rtol=0, atol=0.05)


def test_much_guidance_goes_beyond_the_cloud_and_closer_together():
    """What the notebook says of its figure."""
    usual, much = in_points("top", 1.0), in_points("top", 4.0)
    assert much[:, 1].mean() > usual[:, 1].mean() + 1
    assert (much.std(0) < 0.8 * usual.std(0)).all()


def test_melodies_follow_their_caption_and_end_by_themselves():
    """What the notebook says of its sounds."""
    for seed in range(3):
        fast = atlas.write_codes(
            "a fast rising flute melody in the high register", **melodies.parts(seed)
        )
        assert (fast.diff() > 0).all() and 5 < len(fast) < melodies.LONGEST
    falling = atlas.write_codes("a slow falling organ tune", **melodies.parts())
    assert (falling.diff() < 0).all() and falling.dtype == torch.int64


def test_a_melody_sounds():
    caption = "a slow falling organ tune"
    codes = atlas.write_codes(caption, **melodies.parts())
    sound = melodies.play(codes, caption)
    assert sound.shape == (48000,) and sound.abs().max() == pytest.approx(0.8, abs=1e-3)
    with pytest.raises(ValueError, match="no word"):
        melodies.read("a heavy guitar solo")


def test_a_chain_by_hand():
    chain = [("double", "text", "words", lambda it: 2 * it), ("count", "words", "number", len)]
    assert atlas.misfits(chain) == [] and atlas.generate("owl", chain) == 6
    assert atlas.misfits(chain[::-1]) == [["count", "double"]]
    with pytest.raises(TypeError, match="count takes words"):
        atlas.generate("owl", chain[1:])
    assert atlas.generate("owl", []) == "owl"
