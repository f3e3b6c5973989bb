"""The picture player in Python: walks, who hears which word, verdicts, answers, its page."""

import base64
import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import (
    clip_encoders,
    dit_network,
    flow_painter,
    painter,
    render,
    unet,
    vae,
    word_maps,
)
from exercise_lib.images.caption_features import load_reader
from exercise_lib.images.captions import parse
from exercise_lib.images.dit_network import Dit, DitSize
from exercise_lib.images.flow_painter import FlowPainter
from exercise_lib.images.painter import Painter
from exercise_lib.images.scenes import Scene, Thing
from exercise_lib.images.unet import Unet, UnetSize
from exercise_lib.images.vae import Vae, VaeSize
from exercise_lib.picture_player import hearing, player, studio, walks
from exercise_lib.picture_player.kept import KEPT, Kept
from exercise_lib.picture_player.player import HERE, PicturePlayer, picture_player
from exercise_lib.picture_player.studio import PROMPTS, Studio, checked
from exercise_lib.picture_player.verdict import verdict
from exercise_lib.picture_player.walks import DitWalker, UnetWalker
from solutions.exercise_lib import clip, diffusion, dit, flow

PROMPT = PROMPTS[0]
N_WORDS = len(PROMPT.split())


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module, names in (
        (clip_encoders, {"clip": clip}),
        (dit_network, {"dit": dit, "flow": flow}),
        (flow_painter, {"flow": flow}),
        (painter, {"diffusion": diffusion}),
        (unet, {"diffusion": diffusion}),
        (vae, {"diffusion": diffusion}),
        (word_maps, {"diffusion": diffusion}),
        (walks, {"diffusion": diffusion}),
        (hearing, {"dit": dit}),
    ):
        for name, its in names.items():
            monkeypatch.setattr(module, name, its)
    torch.manual_seed(0)


def untrained(network):
    """Return a network whose weights are drawn, so that no layer is zero."""
    with torch.no_grad():
        for weights in network.parameters():
            weights.normal_(0, 0.2)
    return network.eval()


def small_vae() -> Vae:
    return untrained(Vae(VaeSize(channels=8, blocks=1)))


def unet_walker(_: str = "") -> UnetWalker:
    size = UnetSize(channels=8, heads=2, text=8, text_layers=1)
    return UnetWalker(Painter(untrained(Unet(size)), small_vae()))


def dit_walker(hears: str = "joint", predicts: str = "velocity") -> DitWalker:
    network = untrained(Dit(DitSize(width=16, depth=2, hearing=hears, predicts=predicts)))
    return DitWalker(FlowPainter(network, load_reader(), small_vae()))


WALKERS = [
    unet_walker,
    *(
        lambda hears=hears, predicts=predicts: dit_walker(hears, predicts)
        for hears in ("pooled", "cross", "joint")
        for predicts in ("velocity", "noise")
    ),
]


@pytest.fixture
def kept(monkeypatch) -> list[Kept]:
    """Return two untrained networks, whose weights are said to be there."""
    monkeypatch.setattr(Kept, "is_there", property(lambda it: it.name != "missing"))
    rows = (("one", unet_walker), ("two", lambda _: dit_walker()), ("missing", unet_walker))
    return [Kept("diffusion", name, name.upper(), load) for name, load in rows]


# ---------------------------------------------------------------- walks
@pytest.mark.parametrize("make", WALKERS)
@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
def test_a_walk_ends_where_the_painter_of_the_lab_does(make, scale):
    walker, seen = make(), []
    end = walker.walk(PROMPT, scale, 3, 5, seen.append)
    painted = walker.painter.paint([PROMPT], guidance_scale=scale, n_steps=3, seed=5)
    assert torch.equal(walker.vae.draw(end[None]), painted)
    times = [it.time for it in seen]
    assert len(times) == 3 and times == sorted(times, reverse=True) and times[0] > 0.9
    assert torch.equal(seen[0].latents, walker.painter.noise(1, 5)[0])
    torch.testing.assert_close(seen[-1].clean, end)  # the last step goes where it points to


def test_places_of_a_u_net_hear_words_at_two_sizes():
    seen = []
    unet_walker().walk(PROMPT, 2.0, 2, 0, seen.append)
    assert {cells: its.shape[1] for cells, its in seen[0].attention.items()} == {8: 64, 4: 16}
    for its in seen[0].attention.values():
        torch.testing.assert_close(its.sum(-1), torch.ones(its.shape[:2]))


@pytest.mark.parametrize(("hears", "sums"), [("cross", 1.0), ("joint", None), ("pooled", None)])
def test_places_of_a_transformer_hear_words_but_where_they_are_pooled(hears, sums):
    seen = []
    dit_walker(hears).walk("a circle", 2.0, 1, 0, seen.append)
    if hears == "pooled":
        assert seen[0].attention == {}
        return
    [(cells, its)] = seen[0].attention.items()
    assert cells == 4 and its.shape[:2] == (8, 16)  # two layers of four heads
    assert sums is None or torch.allclose(its.sum(-1), torch.tensor(sums))
    assert (its[:, :, 4:] == 0).all(), "padding is heard"


def test_the_words_of_joint_attention_are_those_of_the_lab(monkeypatch):
    network = dit_walker().painter.network
    block, width = network.blocks[1], network.config.width
    x, words, condition = torch.randn(1, 16, width), torch.randn(1, 9, width), torch.randn(1, width)
    is_word = torch.tensor([[True] * 7 + [False] * 2])
    seen = []

    def silent_places(places, saying, mask):
        silent = torch.cat([places[:2], torch.zeros_like(places[2:])])
        seen.append((saying[2], flow.joint_attention(silent, saying, mask)[0]))
        return flow.joint_attention(places, saying, mask)

    monkeypatch.setattr(dit_network, "flow", SimpleNamespace(joint_attention=silent_places))
    with torch.no_grad():
        block(x, words, condition, is_word)
        weights = hearing.attention_to_words(block, x, words, condition, is_word)
    [(values, heard)] = seen
    torch.testing.assert_close(weights @ values[0], heard[0])


# ---------------------------------------------------------------- verdicts
RED_ABOVE_BLUE = Scene(
    (Thing("circle", "red", "big", 16, 8, 6.4), Thing("square", "blue", "big", 16, 24, 6.4)),
    "plain",
    "white",
)


@pytest.mark.parametrize(
    ("prompt", "wrong", "right"),
    [
        ("a red circle above a blue square on plain white", [], True),
        ("a blue square below a red circle", [], True),
        ("a big blue square", [], True),
        ("a red star", [("star", "circle")], False),
        ("a red circle below a blue square", [("below", "above")], False),
        ("a small red circle on striped white", [("small", "big"), ("striped", "plain")], False),
        ("red circle", [], None),
    ],
)
def test_what_of_a_prompt_is_right_is_said_of_each_attribute(prompt, wrong, right):
    [picture] = render.render([RED_ABOVE_BLUE]).float() / 255
    found = verdict(prompt, picture)
    assert found["read"] == "a big blue square below a big red circle on plain white"
    assert [(a, b) for a, b, is_right in found["said"] if not is_right] == wrong
    assert found["right"] is right
    if right is not None:
        things = parse(prompt).things
        said = {it for it, _, _ in found["said"]}
        assert said >= {word for it in things for word in (it.colour, it.shape)}


def test_a_thing_that_is_not_there_is_nothing():
    lone = replace(RED_ABOVE_BLUE, things=RED_ABOVE_BLUE.things[:1])
    [picture] = render.render([lone]).float() / 255
    said = verdict("a blue square left of a red circle", picture)["said"]
    assert said == [
        ("blue", "nothing", False),
        ("square", "nothing", False),
        ("red", "red", True),
        ("circle", "circle", True),
        ("left of", "nothing", False),
    ]


# ---------------------------------------------------------------- answers
@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", f"Type a prompt, such as: {PROMPT}"),
        (" . ", f"Type a prompt, such as: {PROMPT}"),
        ("a mauve circle", "\u201cmauve\u201d is no word of this world. Colours: red, orange, "),
        (
            "a redd circle",
            "\u201credd\u201d is no word of this world. Did you mean \u201cred\u201d?",
        ),
        ("a <pad> circle", "\u201c<pad>\u201d is no word"),
        ("x" * 9999, f"\u201c{'x' * 24}\u201d is no word"),
        ("a " * 14, "Too long: 14 words, 13 at most."),
    ],
)
def test_a_prompt_that_cannot_be_painted_is_refused_in_a_sentence(prompt, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        checked(prompt)


def test_capitals_commas_and_a_full_stop_do_no_harm():
    assert checked("A red circle, on plain white.") == PROMPT.split()


def test_an_answer_has_what_the_page_shows_of_each_step(kept):
    told = []
    made = Studio(kept)
    answer = made.answer(["one", PROMPT, 2, 3, 0], lambda *it: told.append(it))
    assert answer["words"] == PROMPT.split()
    assert told == [(answer["words"], step) for step in answer["steps"]]
    *walked, last = answer["steps"]
    assert len(walked) == 3 and walked[0]["time"] == 1
    assert last["maps"] == {} and last["time"] == 0
    for step in walked:
        assert step["maps"].keys() == {"8", "4"}
        for cells, (levels, peaks) in step["maps"].items():
            maps = np.frombuffer(base64.b64decode(levels), np.uint8)
            maps = maps.reshape(N_WORDS, int(cells) ** 2)
            assert (maps.max(1) == 255).all() and min(peaks) >= 1
            means = (maps / 255 * np.array(peaks)[:, None]).mean(1)
            np.testing.assert_allclose(means, 1, atol=0.02)  # an even share, on average
    painter = made.walker("one").painter
    painted = painter.paint([PROMPT], 2.0, 3, 0)[0]
    noise = painter.vae.draw(painter.noise(1, 0))[0]
    halves = [np.split(opened(it), 2, axis=1) for it in answer["steps"]]
    for shown, expected in (
        (halves[0][0], noise),
        (halves[2][1], painted),
        (halves[3][0], painted),
    ):
        np.testing.assert_array_equal(shown, (255 * expected).round().byte().permute(1, 2, 0))


def opened(step) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(step["pictures"]))).convert("RGB"))


def test_recorded_pictures_are_small_and_nearly_right():
    pictures = render.render([RED_ABOVE_BLUE] * 2) / 255 * 0.9 + 0.1 * torch.rand(2, 3, 32, 32)
    exact, small = (studio.webp(pictures, small=it) for it in (False, True))
    assert len(small) < 0.5 * len(exact)
    shown = [opened({"pictures": it}).astype(int) for it in (exact, small)]
    assert 0 < np.abs(shown[0] - shown[1]).mean() < 8  # of 255


@pytest.mark.parametrize("number", [["one", PROMPT, 99, 3, 0], ["one", PROMPT, 2, 0, 0]])
def test_numbers_out_of_range_are_refused(kept, number):
    with pytest.raises(ValueError, match="validation error"):
        Studio(kept).answer(number)


def test_networks_without_weights_are_left_out(kept):
    made = Studio(kept)
    assert made.facts["networks"] == [["one", "ONE"], ["two", "TWO"]]
    with pytest.raises(ValueError, match="There is no network 'missing', only one, two"):
        made.answer(["missing", PROMPT, 2, 1, 0])
    with pytest.raises(UnusableData, match=r"Copy data/diffusion from the repository\.$"):
        Studio(kept[2:])


def test_a_recorded_page_has_some_of_the_networks(kept):
    kept[1] = replace(kept[1], is_recorded=False)
    assert [name for name, _ in Studio(kept, recorded=True).facts["networks"]] == ["one"]
    assert [name for name, _ in Studio(kept).facts["networks"]] == ["one", "two"]


def test_each_row_has_kept_weights_here():
    assert [it.name for it in KEPT if not it.is_there] == []


# ---------------------------------------------------------------- the widget and its page
def sent_by(shown: PicturePlayer, question) -> list[dict]:
    sent: list[dict] = []
    shown.send = sent.append
    shown._answer(None, {"id": "7", "question": question}, [])
    assert {it.pop("id") for it in sent} == {"7"}
    return sent


def test_each_step_is_sent_when_it_is_made_and_then_the_end(kept):
    *steps, end = sent_by(PicturePlayer(kept=kept), ["two", PROMPT, 1, 2, 0])
    assert [it["words"] for it in steps] == [PROMPT.split()] * 3 and end == {}
    assert [it["step"]["time"] for it in steps] == [1.0, 0.5, 0.0]


def test_what_goes_wrong_is_sent_in_a_line(kept, monkeypatch):
    shown = PicturePlayer(kept=kept)
    [said] = sent_by(shown, ["one", "a", 1, 1, 0, 0])
    assert "Unexpected positional argument" in said["failed"] and "\n" not in said["failed"]
    [said] = sent_by(shown, ["one", "mauve", 1, 1, 0])
    assert said["failed"].startswith("\u201cmauve\u201d is no word")

    def todo(*_):
        raise NotImplementedError("TODO 11.10: the step")

    monkeypatch.setattr(walks, "diffusion", SimpleNamespace(sample=todo))
    assert sent_by(shown, ["one", PROMPT, 1, 1, 0]) == [{"failed": "TODO 11.10: the step"}]


def test_where_nothing_can_be_painted_a_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(Kept, "is_there", False)
    said = picture_player().data
    assert "Copy data/diffusion or data/dit from the repository." in said and "make lecture" in said


def test_the_page_embeds_every_answer_and_fetches_nothing(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(studio, "RECORDED_SCALES", (0, 2))
    monkeypatch.setattr(studio, "RECORDED_STEPS", (1, 2))
    prompts = ["a red circle", "a blue star"]
    path = tmp_path / "pictures.html"
    PicturePlayer(kept=kept).export_html(path, prompts)
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|//cdn|<link|\bimport\b|src=", page)
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    data = json.loads(text)
    assert data["facts"]["recorded"] and data["facts"]["prompts"] == prompts
    asked = [json.dumps(question) for question, _ in data["answers"]]
    assert len(set(asked)) == 2 * 2 * 2 * 2 and '["two", "a blue star", 2, 1, 0]' in asked
    assert all(len(it["steps"]) == question[3] + 1 for question, it in data["answers"])


@pytest.mark.parametrize("path", sorted([*HERE.glob("*.js"), *HERE.glob("*.css")]), ids=str)
def test_the_front_end_has_no_colours_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", text):
        assert len(set(colour[1:])) == 1 or len({*re.findall("..", colour[1:])}) == 1  # a grey
    assert not re.search(r"rgba?\(\s*\d", text)
    named = set(re.findall(r"var\((--[\w-]+)", text))
    assert named - set(re.findall(r"(--[\w-]+):", player.STYLE)) <= {
        "--paper",
        "--ink",
        "--edge",
        "--type",
    }
