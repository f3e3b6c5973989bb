"""The speaking player in Chromium: under Voilà, in notebooks, and exported as a page."""

import re
import subprocess
import sys

import nbformat
import pytest
from toy_lecture import assemble_lecture

from exercise_lib.models.pretrained import tacotron_steps
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus

pytestmark = pytest.mark.slow
SENTENCE = "Did the white puppy enjoy her garden?"
LONG = " ".join([SENTENCE] * 3)
STEPS = tacotron_steps()


CELLS = (
    "from exercise_lib.alignment_player.speaking import speaking_player\n"
    "player = speaking_player()\nplayer",
    "print('read', player.takes[player.take].text, player.takes[player.take].label,\n"
    "      f'{player.temperature:.1f}')",
)
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with all that it speaks with, and a notebook of two cells."""
    folder = tmp_path / "lecture"
    assemble_lecture(folder)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    nbformat.write(notebook, folder / "speak.ipynb")
    return folder


@pytest.fixture
def lecture(page, serve, folder):
    """Return the speaking player's page under Voilà; a script error fails."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(serve(["voila", "speak.ipynb"], folder))
    page.locator(".speaking-player .stage").first.wait_for()
    page.wait_for_timeout(1000)
    page.evaluate("document.querySelector('.speaking-player').scrollIntoView()")
    yield page
    assert errors == []


class Speaker:
    """The speaking player on a page."""

    def __init__(self, page):
        self.page, self.root = page, page.locator(".speaking-player")
        self.sentence = self.root.locator(".sentence")
        self.stage = self.root.locator(".stage").first

    def say(self, text):
        self.sentence.fill(text)
        self.sentence.press("Enter")

    def wait_for_growth(self, step):
        self.page.wait_for_function(
            f"""document.querySelector('.takes.waiting') &&
            Number(document.querySelector('.stage').getAttribute('aria-valuenow')) >= {step}"""
        )

    def wait_until_read(self):
        """Skip the drawing and the sound of the reading that was asked for."""
        self.page.wait_for_function("document.querySelector('.takes.waiting')")
        self.root.locator(".play", has_text="skip").first.click()
        self.page.wait_for_function(
            """!document.querySelector('.takes.waiting') &&
            !document.querySelector('.speaking-player audio').paused"""
        )
        self.root.locator(".play", has_text="pause").first.click()
        self.stage.focus()
        self.page.keyboard.press("Home")

    def wait_until_played(self):
        self.page.wait_for_function(
            """!document.querySelector('.takes.waiting') &&
            document.querySelector('.speaking-player audio').ended"""
        )

    @property
    def step(self):
        return int(self.stage.get_attribute("aria-valuenow"))

    @property
    def text(self):
        return self.root.locator(".text").first.get_attribute("aria-label")

    @property
    def pressed(self):
        return self.root.locator(".takes button[aria-pressed=true]").first.inner_text()

    @property
    def told(self):
        return self.root.locator(".score").first.inner_text()

    @property
    def picture(self):
        return self.stage.locator("canvas.panels").evaluate("canvas => canvas.toDataURL()")

    def watch(self):
        """From now on note whenever the stage moves: see `seen`."""
        self.page.evaluate(
            """() => {
              const stage = document.querySelector(".speaking-player .stage");
              const panels = stage.querySelector("canvas.panels");
              const sound = document.querySelector(".speaking-player audio");
              const greyShare = () => { // of a row through the alignment: not drawn yet
                const row = panels.getContext("2d")
                  .getImageData(0, Math.round(0.3 * panels.height), panels.width, 1).data;
                let grey = 0;
                for (let i = 0; i < row.length; i += 4) {
                  if (row[i] === 230 && row[i + 1] === 230 && row[i + 2] === 230) grey += 1;
                }
                return grey / panels.width;
              };
              window.seen = [];
              new MutationObserver(() => window.seen.push({
                step: Number(stage.getAttribute("aria-valuenow")),
                grows: document.querySelector(".takes.waiting") !== null,
                grey: greyShare(),
                sounds: !sound.paused,
                lit: [...document.querySelectorAll(".speaking-player .text span")]
                  .findIndex((letter) => letter.classList.contains("lit")),
              })).observe(stage, { attributes: true, attributeFilter: ["aria-valuenow"] });
            }"""
        )

    @property
    def seen(self):
        return self.page.evaluate("window.seen")


def test_a_typed_sentence_is_drawn_while_it_is_decoded_and_then_plays(lecture, screenshots):
    speaker = Speaker(lecture)
    assert speaker.text == speaker.sentence.input_value()
    speaker.watch()
    speaker.say(LONG)
    speaker.wait_for_growth(4)
    speaker.sentence.fill("He types on.")  # nothing is lost when someone types meanwhile
    lecture.screenshot(path=screenshots / "speaking_growing.png")
    lecture.wait_for_function("!document.querySelector('.speaking-player audio').paused")
    lecture.wait_for_timeout(700)
    lecture.screenshot(path=screenshots / "speaking_playing.png")
    speaker.wait_until_played()
    seen = speaker.seen
    growing = [it for it in seen if it["grows"]]
    assert len(growing) > 5 and not any(it["sounds"] for it in growing)
    for name, order in (("step", 1), ("grey", -1)):
        values = [order * it[name] for it in growing]
        assert values == sorted(values), name
    assert growing[0]["grey"] > 0.3 > 0.1 > growing[-1]["grey"]
    playing = [it for it in seen if it["sounds"] and not it["grows"]]
    assert len({it["step"] for it in playing}) > 5 and len({it["lit"] for it in playing}) > 5
    assert {it["grey"] for it in playing} == {0}
    assert speaker.sentence.input_value() == "He types on." and speaker.text == LONG
    assert re.search(r"(stopped by itself|cut off) after \d", speaker.told)

    box = speaker.stage.bounding_box()
    lecture.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 100)
    middle = speaker.step
    lecture.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 100)
    assert 0 < speaker.step < middle

    speaker.say(LONG)
    speaker.wait_for_growth(2)
    speaker.say("A new one begins.")  # while the other is drawn
    lecture.wait_for_function(
        "document.querySelector('.speaking-player .text').ariaLabel === 'A new one begins.'"
    )
    speaker.wait_until_played()
    assert speaker.text == "A new one begins." and speaker.root.locator(".message").is_hidden()


def test_the_checkpoints_fit_on_the_screen_and_are_switched_by_mouse_and_keyboard(
    lecture, screenshots
):
    speaker = Speaker(lecture)
    for width, height in ((1920, 1080), (1280, 720)):
        lecture.set_viewport_size({"width": width, "height": height})
        lecture.wait_for_timeout(800)
        lecture.evaluate("document.querySelector('.speaking-player').scrollIntoView()")
        lecture.screenshot(path=screenshots / f"speaking_{width}.png")
        top = speaker.root.bounding_box()["y"]  # Voilà's margin
        for part in (".sentence", ".to-see", ".takes button:last-child", ".stage", ".score"):
            box = speaker.root.locator(part).first.bounding_box()
            assert box["y"] >= 0 and box["y"] + box["height"] - top <= height, part
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, part
        assert lecture.evaluate("document.documentElement.scrollWidth") <= width
    buttons = speaker.root.locator(".takes button")
    assert buttons.count() == len(STEPS)
    pictures = {speaker.picture}
    buttons.first.click()
    assert speaker.pressed == f"1 · step {STEPS[0]}"
    pictures.add(speaker.picture)
    speaker.sentence.focus()
    lecture.keyboard.press("Escape")  # from the sentence to the picture
    for key in range(2, len(STEPS)):
        lecture.keyboard.press(str(key))
        assert speaker.pressed == f"{key} · step {STEPS[key - 1]}"
        pictures.add(speaker.picture)
    assert len(pictures) == len(STEPS)
    lecture.keyboard.press("2")
    lecture.keyboard.press("Home")
    lecture.keyboard.press("ArrowRight")
    assert speaker.step == 1
    lecture.keyboard.press("Escape")  # and back
    lecture.keyboard.type("A bird slept.")
    lecture.keyboard.press("Enter")
    speaker.wait_until_played()
    assert speaker.text == "A bird slept." and speaker.pressed == f"2 · step {STEPS[1]}"


def test_breaking_it_and_mending_it(lecture, screenshots):
    speaker = Speaker(lecture)
    speaker.say(SENTENCE)
    speaker.wait_until_read()
    whole, hint = speaker.picture, speaker.root.locator(".to-see")
    as_trained = hint.inner_text()
    seen = {whole}
    for name in ("no location term", "repeat a word", "twice in a row"):
        switch = speaker.root.get_by_role("button", name=name)
        switch.click()
        assert switch.get_attribute("aria-pressed") == "true"
        assert hint.inner_text() != as_trained
        speaker.wait_until_read()
        lecture.screenshot(path=screenshots / f"speaking_{name.replace(' ', '_')}.png")
        seen.add(speaker.picture)
        assert speaker.sentence.input_value() == SENTENCE
        if name == "repeat a word":
            assert speaker.text == SENTENCE.replace("the", " ".join(["the"] * 6))
        switch.click()
        speaker.wait_until_read()
    for _ in range(2):
        speaker.root.locator(".flat").focus()
        lecture.keyboard.press("ArrowRight")
        speaker.wait_until_read()
    assert "inside the decoder" in hint.inner_text().lower()
    lecture.screenshot(path=screenshots / "speaking_flat.png")
    seen.add(speaker.picture)
    assert len(seen) == 5
    speaker.root.locator(".flat").focus()
    lecture.keyboard.press("Home")
    speaker.wait_until_read()
    assert speaker.picture == whole and hint.inner_text() == as_trained


def test_errors_are_said_and_a_recording_is_shown_with_its_truth(lecture, screenshots):
    speaker = Speaker(lecture)
    before, message = speaker.picture, speaker.root.locator(".message")
    for text, said in [("", "empty"), ("Room 101", "no symbol for '0' '1'"), ("a" * 200, "160")]:
        speaker.say(text)
        message.filter(has_text=said).wait_for()
        assert speaker.sentence.input_value() == text
    lecture.screenshot(path=screenshots / "speaking_error.png")
    speaker.say(SENTENCE)
    message.wait_for(state="hidden")
    speaker.wait_until_read()
    assert speaker.picture != before

    for size in ((1280, 720), (1920, 1080)):
        lecture.set_viewport_size({"width": size[0], "height": size[1]})
        speaker.root.locator(".recording").select_option(index=2)
        compared = speaker.root.locator(".compared")
        compared.locator(".stage").wait_for()
        lecture.wait_for_timeout(800)
        lecture.evaluate("document.querySelector('.speaking-player').scrollIntoView()")
        lecture.screenshot(path=screenshots / f"speaking_compare_{size[0]}.png")
        said = compared.locator(".score").inner_text()
        assert re.search(r"mass within 1 character 0\.\d\d, rc -?[01]\.\d\d", said)
        assert "mass" not in speaker.told  # nobody knows the truth of a typed sentence
        bottom = compared.locator(".score").bounding_box()
        assert bottom["y"] + bottom["height"] <= size[1]
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    assert compared.locator(".text").get_attribute("aria-label") == corpus[1].text
    best = float(re.search(r"rc (-?[\d.]+)", said)[1])
    speaker.root.locator(".takes button").first.click()
    worst = compared.locator(".score", has_text=f"step {STEPS[0]}:")
    worst.wait_for()
    assert float(re.search(r"rc (-?[\d.]+)", worst.inner_text())[1]) < best
    speaker.root.locator(".recording").select_option(index=0)
    compared.wait_for(state="hidden")


@pytest.mark.parametrize("server", ["lab", "notebook"])
def test_it_speaks_in_jupyterlab_and_notebook_7(page, serve, screenshots, folder, server):
    pytest.importorskip(server if server == "notebook" else "jupyterlab")
    address = serve(["jupyter", server, "--ServerApp.token=", "--allow-root"], folder)
    page.goto(f"{address}/{'lab/tree' if server == 'lab' else 'notebooks'}/speak.ipynb?reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.locator(".cm-content").click()
    page.locator("[data-status=idle]").first.wait_for()
    page.keyboard.press("Shift+Enter")
    speaker = Speaker(page)
    speaker.stage.wait_for()
    page.wait_for_timeout(500)  # the notebook moves the focus to the next cell
    speaker.sentence.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("A bad dog ran, and a cat sat.")  # a, b, d: shortcuts of the notebook
    page.keyboard.press("Enter")
    speaker.wait_until_played()
    page.screenshot(path=screenshots / f"speaking_{server}.png")
    assert speaker.text == "A bad dog ran, and a cat sat."
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    assert speaker.pressed == f"2 · step {STEPS[1]}"
    page.locator(".temperature").first.fill("1")  # 10 to the power of 1
    page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    said = f"read A bad dog ran, and a cat sat. step {STEPS[1]} 10.0"
    page.locator(".jp-OutputArea-output", has_text=said).wait_for()


EXPORT = """
import sys
from exercise_lib.alignment_player.speaking import SpeakingPlayer
player = SpeakingPlayer("A bird slept.")
player.take, player.temperature = 1, 2.0
player.export_html(sys.argv[1])
"""


def test_the_exported_page_opens_from_disk(page, screenshots, folder, tmp_path):
    exported = tmp_path / "spoken.html"
    subprocess.run([sys.executable, "-c", EXPORT, str(exported)], cwd=folder, check=True)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.set_offline(True)
    page.goto(exported.as_uri())
    assert page.locator(".takes button").count() == len(STEPS)
    pressed = page.locator(".takes button[aria-pressed=true]")
    assert pressed.inner_text() == f"2 · step {STEPS[1]}"
    assert page.locator("output").inner_text() == "2.0"
    page.locator(".stage").focus()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('audio').ended")
    page.keyboard.press("1")
    assert pressed.inner_text() == f"1 · step {STEPS[0]}"
    page.screenshot(path=screenshots / "speaking_exported.png")
    assert errors == []
