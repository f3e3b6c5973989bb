"""The alignment player: what does not fit is refused, what is exported needs no network."""

import base64
import json
import re
import sys
from typing import Any

import numpy as np
import pytest
import torch
from traitlets import TraitError

from exercise_lib.alignment_player import AlignmentPlayer, Take
from exercise_lib.alignment_player.player import HERE
from exercise_lib.figures import colours
from exercise_lib.mel import MelConfig, hz_to_mel
from exercise_lib.speech import plots

TEXT = "A bird </script>"
TRUTH = torch.tensor([0, 0, 1, 2, 2, 3, 3, 4, 5, 5, 7, 15])
ENERGIES = -0.5 * (torch.arange(len(TEXT)) - TRUTH[:, None]).float() ** 2  # (T_dec, T_enc)
ALIGNMENT = ENERGIES.softmax(-1).T
RATE, SECONDS_PER_STEP = 16_000, 0.08
CURSOR = tuple(bytes.fromhex(colours.CURSOR[1:]))
SOUND = 0.5 * torch.sin(torch.arange(int(len(TRUTH) * SECONDS_PER_STEP * RATE)) * 0.1)


def take(**changes: Any) -> Take:
    fields: dict[str, Any] = {
        "label": "400 steps",
        "text": TEXT,
        "waveform": SOUND,
        "sample_rate": RATE,
        "seconds_per_step": SECONDS_PER_STEP,
        "alignment": ALIGNMENT,
        "truth": TRUTH,
        "log_mel": torch.linspace(-11.5, 2.0, 80 * 60).reshape(80, 60),
    }
    return Take(**{**fields, **changes})


def with_nan(values: torch.Tensor) -> torch.Tensor:
    changed = values.flatten().float().clone()
    changed[3] = float("nan")
    return changed.reshape(values.shape)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alignment": None}, "give either an alignment or energies"),
        ({"energies": ENERGIES}, "give either an alignment or energies"),
        ({"alignment": ALIGNMENT[0]}, r"shape \(T_enc, T_dec\), got \(12,\)"),
        ({"alignment": ALIGNMENT.T}, "decoder step 11 sum to .*must be transposed"),
        ({"alignment": 0.9 * ALIGNMENT}, "decoder step . sum to 0.9, not 1"),
        ({"alignment": ENERGIES.T}, "an attention weight is negative"),
        ({"alignment": with_nan(ALIGNMENT)}, "alignment: 1 values are NaN or infinite"),
        ({"alignment": None, "energies": ENERGIES[0]}, r"heads, T_dec, T_enc\), got \(16,\)"),
        ({"alignment": None, "energies": with_nan(ENERGIES)}, "energies: 1 values are NaN"),
        ({"text": TEXT + "!"}, "17 characters for 16 encoder steps"),
        ({"truth": TRUTH[1:]}, r"truth has shape \(11,\), expected \(12,\)"),
        ({"truth": TRUTH + 1}, r"truth must lie within 0\.\.15"),
        ({"truth": with_nan(TRUTH)}, "truth: 1 values are NaN"),
        ({"log_mel": torch.zeros(80)}, r"shape \(n_mels, frames\), got \(80,\)"),
        ({"log_mel": with_nan(torch.zeros(80, 60))}, "log-mel: 1 values are NaN"),
        ({"waveform": 0 * SOUND}, "the waveform is silent"),
        ({"waveform": with_nan(SOUND)}, "the waveform has 1 NaN"),
        ({"waveform": SOUND[: len(SOUND) // 2]}, r"lasts 0\.96 s and the sound 0\.48 s"),
        ({"seconds_per_step": 0.0}, "seconds_per_step is a positive number, got 0"),
        ({"sample_rate": 0}, "sample_rate is a positive whole number"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_take_named(changes, message):
    with pytest.raises(ValueError, match=rf"take '400 steps': .*{message}"):
        take(**changes)


def test_energies_become_the_weights_of_the_softmax_averaged_over_the_heads():
    heads = torch.stack([ENERGIES, ENERGIES.flip(0)])
    made = take(alignment=None, energies=heads).weights
    np.testing.assert_allclose(made, heads.softmax(-1).mean(0).T, atol=1e-6)
    np.testing.assert_allclose(
        take(alignment=None, energies=ENERGIES).weights, ALIGNMENT, atol=1e-6
    )


def test_a_player_needs_a_take_and_shows_one_that_exists():
    with pytest.raises(ValueError, match="at least one take"):
        AlignmentPlayer([])
    player = AlignmentPlayer([take(), take(label="fake")])
    player.take = 1
    with pytest.raises(TraitError, match=r"takes 0\.\.1, not 2"):
        player.take = 2
    player.show([take()])
    assert player.take == 0 and len(player.takes) == 1
    with pytest.raises(TraitError, match=r"heads 0\.\.0 and -1, not 1"):
        player.head = 1
    with pytest.raises(TraitError, match="above 0, not 0"):
        player.temperature = 0.0


def test_temperature_and_head_change_the_weights_as_the_softmax_does():
    heads = torch.stack([ENERGIES, ENERGIES.flip(0)])
    made = take(alignment=None, energies=heads)
    for head, expected in [(-1, (heads / 3).softmax(-1).mean(0)), (1, (heads[1] / 3).softmax(-1))]:
        np.testing.assert_allclose(made.weights_at(3.0, head), expected.T, atol=1e-6)
    np.testing.assert_array_equal(take().weights_at(3.0), ALIGNMENT)  # energies are not known


def test_frequencies_lie_at_their_mel_bands(tmp_path):
    mel = AlignmentPlayer([take(sample_rate=RATE, fmax=8000.0)])._takes["mels"][0]
    ticks = dict(mel["ticks"])
    assert {500, 1000, 2000, 4000, 8000} <= ticks.keys()
    edges = torch.linspace(0, float(hz_to_mel(torch.tensor(MelConfig().fmax))), 82)  # mel
    for hertz, band in ticks.items():
        expected = np.interp(float(hz_to_mel(torch.tensor(float(hertz)))), edges, range(-1, 81))
        assert band == pytest.approx(expected, abs=1e-3)


def test_the_page_embeds_everything_and_fetches_nothing(tmp_path):
    path = tmp_path / "player.html"
    AlignmentPlayer([take(), take(label="fake")]).export_html(path)
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|//cdn|<link|\bimport\b|src=", page)
    assert page.count("</script>") == 2  # the one in the text is escaped
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])["takes"]
    assert [entry["text"] for entry in data["takes"]] == [TEXT, TEXT]
    assert len(data["sounds"]) == len(data["mels"]) == 1  # shared, so sent once
    assert base64.b64decode(data["sounds"][0]).startswith(b"RIFF")
    entry = data["takes"][0]
    sent = np.frombuffer(base64.b64decode(entry["attention"]), "<f4").reshape(entry["shape"])
    np.testing.assert_array_equal(sent[0].T, ALIGNMENT.numpy())
    assert entry["truth"] == TRUTH.tolist()
    levels = np.frombuffer(base64.b64decode(data["mels"][0]["levels"]), np.uint8)
    assert levels[0] == 0 and levels[-1] == 255 and (np.diff(levels.astype(int)) >= 0).all()


@pytest.mark.parametrize("name", ["alignment", "mel"])
def test_the_player_is_sent_the_colours_of_the_figures(name):
    from matplotlib import pyplot as plt

    sent = np.frombuffer(base64.b64decode(AlignmentPlayer([take()])._takes["colours"][name]), "u1")
    drawn = {
        "alignment": plots.alignment(ALIGNMENT),
        "mel": plots.mel(torch.zeros(80, 4), MelConfig()),
    }
    [image] = drawn[name].get_images()
    expected = image.cmap(np.arange(256), bytes=True)[:, :3]
    plt.close("all")
    np.testing.assert_array_equal(sent.reshape(256, 3), expected)


@pytest.mark.parametrize("path", sorted([*HERE.glob("*.js"), *HERE.glob("*.css")]), ids=str)
def test_the_front_end_has_no_colours_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", text):
        assert len(set(colour[1:])) == 1 or len({*re.findall("..", colour[1:])}) == 1  # a grey
    assert not re.search(r"rgba?\(\s*\d", text)


def test_pictures_and_film_show_the_chosen_take(tmp_path):
    import matplotlib.pyplot as plt
    from PIL import Image

    plt.close("all")
    player = AlignmentPlayer([take(), take(label="the other one")])
    player.take = 1
    player.export_png(tmp_path / "a.png")
    player.export_svg(tmp_path / "a.svg")
    player.export_gif(tmp_path / "a.gif")
    assert Image.open(tmp_path / "a.png").size == (1500, 1050)
    assert "the other one" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    film = Image.open(tmp_path / "a.gif")
    assert film.n_frames == len(TRUTH) and film.info["duration"] == 1000 * SECONDS_PER_STEP
    shown = []
    for step in (0, len(TRUTH) - 1):
        film.seek(step)
        shown.append(np.asarray(film.convert("RGB"), dtype=int))
    assert shown[0].shape == (490, 700, 3)
    marked = [np.abs(it - CURSOR).sum(2) < 60 for it in shown]
    assert np.nonzero(marked[0])[1].mean() < 200 < 400 < np.nonzero(marked[1])[1].mean()
    assert plt.get_fignums() == []


def test_a_silent_film_is_in_real_time(tmp_path):
    from PIL import Image

    samples = int(0.048 * len(TRUTH) * RATE)
    AlignmentPlayer([take(seconds_per_step=0.048, waveform=SOUND[:samples])]).export_gif(
        tmp_path / "a.gif"
    )
    film, total = Image.open(tmp_path / "a.gif"), 0
    for step in range(film.n_frames):
        film.seek(step)
        total += film.info["duration"]
    assert film.n_frames == len(TRUTH) and total == pytest.approx(48 * len(TRUTH), abs=10)  # ms


@pytest.mark.parametrize(
    ("view", "title"),
    [({}, "hot"), ({"temperature": 5.0}, "hot, energies / 5"), ({"head": 1}, "hot, head 2")],
)
def test_exports_show_the_temperature_and_the_head_that_are_shown(tmp_path, view, title):
    heads = torch.stack([ENERGIES, ENERGIES.flip(0)])
    player = AlignmentPlayer([take(label="hot", alignment=None, energies=heads)])
    for name, value in view.items():
        setattr(player, name, value)
    shown = player._shown()
    expected = player.takes[0].weights_at(view.get("temperature", 1.0), view.get("head", -1))
    np.testing.assert_array_equal(shown.weights, expected)
    player.export_svg(tmp_path / "a.svg")
    assert f"<!-- {title} -->" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    player.export_html(tmp_path / "a.html")
    start = {"take": 0, "temperature": 1.0, "head": -1} | view
    assert json.dumps(start, separators=(",", ":")) in (tmp_path / "a.html").read_text(
        encoding="utf-8"
    )


def test_a_film_with_sound_lasts_as_long_as_the_take(tmp_path):
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    AlignmentPlayer([take()]).export_mp4(tmp_path / "a.mp4")
    frames = imageio_ffmpeg.read_frames(tmp_path / "a.mp4")
    about = next(frames)
    assert about["size"] == (1280, 720) and about["fps"] == 25 and about["codec"] == "h264"
    assert about["audio_codec"] == "aac"
    pictures = [
        np.frombuffer(frame, np.uint8).reshape(720, 1280, 3).astype(int) for frame in frames
    ]
    assert len(pictures) == round(25 * len(SOUND) / RATE)
    columns = [np.abs(it - CURSOR).sum(2).sum(0).argmin() for it in pictures]
    assert columns == sorted(columns) and columns[-1] > columns[0] + 600  # the cursor goes on


def test_a_film_without_its_encoder_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match="pip install imageio-ffmpeg"):
        AlignmentPlayer([take()]).export_mp4(tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()
