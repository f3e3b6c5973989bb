"""The alignment player in Chromium: the exported page opened from disk, and in JupyterLab."""

import re
from pathlib import Path

import nbformat
import pytest
from solutions.exercise_lib.mel import MelConfig

from autograder.paths import REPOSITORY
from exercise_lib.alignment_player import AlignmentPlayer, Take
from exercise_lib.speech import audio, data
from exercise_lib.speech.recorded import RecordedAttention

pytestmark = pytest.mark.slow
CORPUS = data.SpeechCorpus(data.LOCAL_DATA / "mini")
RECORDED = RecordedAttention()
RUNS = [("learned", 0), ("learned", 1500), ("fake", 600), ("multihead", 1500)]


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    utterance = CORPUS[0]
    n_steps = len(RECORDED.energies(utterance.id, "learned", 0))
    assert utterance.alignment
    truth = utterance.alignment.character_truth(RECORDED.hop_length, n_steps)
    takes = [
        Take(
            f"{run} {step}",
            utterance.text,
            utterance.waveform,
            CORPUS.sample_rate,
            RECORDED.seconds_per_step,
            energies=RECORDED.energies(utterance.id, run, step),
            truth=truth,
            log_mel=audio.log_mel(utterance.waveform, MelConfig()),
        )
        for run, step in RUNS
    ]
    path = tmp_path_factory.mktemp("exported") / "player.html"
    AlignmentPlayer(takes).export_html(path)
    return path


@pytest.fixture
def player(page, exported):
    """Return the exported page, opened from disk without a network; a script error fails."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.set_offline(True)
    page.goto(exported.as_uri())
    page.locator(".stage").focus()
    yield page
    assert errors == []


def seconds(page) -> float:
    return float(re.search(r"([\d.]+) s,", page.locator(".now").inner_text())[1])


def picture(page) -> str:
    return page.evaluate("document.querySelector('canvas.panels').toDataURL()")


def scores(page) -> tuple[float, float]:
    found = re.search(r"character ([\d.-]+), rc ([\d.-]+)", page.locator(".score").inner_text())
    return float(found[1]), float(found[2])


def test_it_plays_to_the_end_with_the_cursor_and_the_text_moving(player, screenshots):
    lit_at_first = player.locator(".lit").inner_text()
    player.keyboard.press("Space")
    player.wait_for_function("!document.querySelector('audio').paused")
    player.wait_for_timeout(700)
    assert "pause" in player.locator(".play").inner_text()
    player.screenshot(path=screenshots / "player_playing.png")
    heard = player.evaluate("document.querySelector('audio').currentTime")
    assert heard > 0.3 and abs(seconds(player) - heard) < 0.5
    player.wait_for_function("document.querySelector('audio').ended")
    player.wait_for_timeout(200)
    duration = len(CORPUS[0].waveform) / CORPUS.sample_rate
    assert seconds(player) == pytest.approx(duration, abs=0.05)
    assert "play" in player.locator(".play").inner_text()
    player.keyboard.press("2")
    assert player.locator(".lit").inner_text() == "?" != lit_at_first


def test_the_mouse_scrubs(player, screenshots):
    player.keyboard.press("2")
    box = player.locator(".stage").bounding_box()
    player.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 200)
    player.mouse.down()
    first = seconds(player)
    player.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 200, steps=5)
    second = seconds(player)
    player.mouse.up()
    player.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 200)
    assert 0 < first < second - 0.5 and seconds(player) == second
    assert player.evaluate("document.querySelector('audio').currentTime") == pytest.approx(
        second, abs=0.01
    )
    player.screenshot(path=screenshots / "player_scrubbed.png")


def test_the_keys_step_and_switch(player):
    stage = player.locator(".stage")
    steps = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowLeft"):
        player.keyboard.press(key)
        steps.append(int(stage.get_attribute("aria-valuenow")))
    assert steps == [1, 2, 1, 28, 28, 0, 0]
    pictures = set()
    for key in "1234":
        player.keyboard.press(key)
        pressed = player.locator("button[aria-pressed=true]").inner_text()
        assert pressed == f"{key} · {' '.join(map(str, RUNS[int(key) - 1]))}"
        pictures.add(picture(player))
    assert len(pictures) == 4
    player.keyboard.press("9")  # there is no such take
    assert player.locator("button[aria-pressed=true]").inner_text().startswith("4")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_its_scores_are_those_of_the_recording(player, number):
    player.keyboard.press(str(number))
    recorded = RECORDED.scores(CORPUS.ids[0], *RUNS[number - 1])
    assert scores(player) == pytest.approx(
        (recorded["mass_within_1"], recorded["rc"]), abs=0.0051 + 2e-3
    )


def test_truth_temperature_and_heads_change_the_picture(player, screenshots):
    player.keyboard.press("2")
    seen = [picture(player)]
    player.locator(".truth").check()
    assert player.locator(".text .true").count() == 1
    seen.append(picture(player))
    player.screenshot(path=screenshots / "player_truth.png")
    sharp = scores(player)[0]
    player.locator(".temperature").fill("1")  # 10 to the power of 1
    seen.append(picture(player))
    assert scores(player)[0] < sharp - 0.2
    player.screenshot(path=screenshots / "player_hot.png")
    player.locator(".temperature").fill("0")
    assert player.locator(".heads").is_hidden()
    player.keyboard.press("4")
    for head in ("-1", "0", "1", "2", "3"):
        player.locator(".heads").select_option(head)
        seen.append(picture(player))
    assert len(set(seen)) == len(seen)
    player.screenshot(path=screenshots / "player_head.png")


def test_it_grows_with_the_window(player, screenshots):
    width = player.locator("canvas.panels").bounding_box()["width"]
    player.set_viewport_size({"width": 1920, "height": 1080})
    player.wait_for_timeout(500)
    assert player.locator("canvas.panels").bounding_box()["width"] > width + 400
    player.screenshot(path=screenshots / "player_1920.png")
    bottom = player.locator(".score").bounding_box()
    assert bottom["y"] + bottom["height"] < 1080, "does not fit on one screen"


NOTEBOOK = """
from exercise_lib.speech import data
from exercise_lib.alignment_player import AlignmentPlayer, Take
from exercise_lib.speech.recorded import RecordedAttention
corpus, recorded = data.SpeechCorpus(data.LOCAL_DATA / "mini"), RecordedAttention()
u = corpus[0]
player = AlignmentPlayer([
    Take(str(step), u.text, u.waveform, corpus.sample_rate, recorded.seconds_per_step,
         energies=recorded.energies(u.id, "learned", step))
    for step in recorded.steps["learned"]
])
player
"""


@pytest.mark.parametrize("server", ["lab", "notebook"])
def test_it_works_in_jupyterlab_and_notebook_7(page, serve, screenshots, tmp_path, server):
    pytest.importorskip(server if server == "notebook" else "jupyterlab")
    cells = [
        nbformat.v4.new_code_cell(source) for source in (NOTEBOOK, "print('take', player.take)")
    ]
    (tmp_path / "exercise_lib").symlink_to(REPOSITORY.exercise_lib)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "player.ipynb"
    )
    address = serve(["jupyter", server, "--ServerApp.token=", "--allow-root"], tmp_path)
    path = "lab/tree" if server == "lab" else "notebooks"
    page.goto(f"{address}/{path}/player.ipynb?reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.locator(".cm-content").click()
    page.locator("[data-status=idle]").first.wait_for()
    page.keyboard.press("Shift+Enter")
    stage = page.locator(".alignment-player .stage")
    stage.wait_for()
    page.wait_for_timeout(500)  # the notebook moves the focus to the next cell
    stage.click()
    page.keyboard.press("Home")
    page.keyboard.press("3")  # in a notebook's command mode this makes a heading
    page.keyboard.press("8")
    page.keyboard.press("ArrowRight")
    assert stage.get_attribute("aria-valuenow") == "1"
    assert page.locator(".takes button[aria-pressed=true]").inner_text() == "8 · 1500"
    page.screenshot(path=screenshots / f"player_{server}.png")
    page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-OutputArea-output", has_text="take 7").wait_for()
