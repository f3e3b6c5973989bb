"""The stage in Chromium: one screen at every size, scenes by keys, and as one file from disk."""

import re
import subprocess
import sys

import pytest

from autograder.paths import REPOSITORY

pytestmark = pytest.mark.slow
SIZES = [(1280, 720), (1920, 1080), (3840, 2160), (1024, 768)]
SCENES = [
    "say",
    "emerges",
    "break",
    "truth",
    "fake",
    "heads",
    "own",
    "atlas",
    "pictures",
    "folds",
]
PHONE = {"width": 390, "height": 844}
SENTENCES = {
    20: "The old doctor slept",
    60: "The old doctor danced quietly beneath the tower and the moon",
    120: "A cold river ran past the old mill, and nobody who lived there could say how deep "
    "it was, or where its water came from.",
}
LEAST = 1 / 30  # of the height of the screen
MEASURE = """() => {
  const small = [], outside = [], { scrollHeight, scrollWidth } = document.documentElement;
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    const isSeen = box.width > 1 && box.height > 1 && style.visibility === "visible";
    if (!isSeen || element.matches(".told, script")) continue;
    const name = `${element.tagName} ${element.className} ${element.textContent.slice(0, 30)}`;
    const hasText = element.matches("input, select")
      || [...element.childNodes].some((it) => it.nodeType === 3 && it.data.trim());
    const isDrawn = element.closest("svg") !== null;
    if (hasText && !isDrawn && parseFloat(style.fontSize) < innerHeight / 30) small.push(name);
    const isOutside = box.left < -1 || box.right > innerWidth + 1
      || box.top < -1 || box.bottom > innerHeight + 1;
    const isCut = element.matches("button, h1, p, .text, .now, .key-list")
      && (element.scrollHeight > element.clientHeight + 3
        || element.scrollWidth > element.clientWidth + 3);
    if (isOutside) outside.push(name);
    if (isCut) outside.push(`cut off: ${name}`);
  }
  return { small, outside, scrolls: scrollHeight > innerHeight || scrollWidth > innerWidth };
}"""
WATCH_CANVAS = """
const fillText = CanvasRenderingContext2D.prototype.fillText;
window.written = [];
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  const size = parseFloat(this.font), width = this.measureText(text).width;
  const share = { left: 0, center: 0.5, right: 1 }[this.textAlign];
  const left = x - share * width, top = y - size / 2;
  window.written.push({ text, size, left, right: left + width, top, bottom: top + size });
  return fillText.apply(this, arguments);
};
const prepare = CanvasRenderingContext2D.prototype.scale;
CanvasRenderingContext2D.prototype.scale = function () {
  if (this.canvas.className === "panels") window.written = [];
  return prepare.apply(this, arguments);
};
"""


@pytest.fixture
def stage(page, serve):
    """Return the stage as `make lecture` starts it; a script error fails."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(WATCH_CANVAS)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(serve(["autograder", "lecture"], REPOSITORY.root))
    yield page
    assert errors == []


def go(page, scene):
    page.evaluate(f"location.hash = '{scene}'")
    page.locator(f".where[data-scene={scene}]").wait_for()


def wait_for_picture(page):
    page.locator(".picture[data-step]").wait_for()
    page.wait_for_function("document.querySelector('.progress').textContent === ''")


def say(page, text):
    if not page.locator("input.sentence").is_visible():
        page.keyboard.press("e")
    page.locator("input.sentence").fill(text)
    page.keyboard.press("Enter")
    page.locator(f'.text[aria-label="{text}"]').wait_for()


def assert_fits(page, what):
    found = page.evaluate(MEASURE)
    assert found == {"small": [], "outside": [], "scrolls": False}, what
    written = page.evaluate("window.written")
    least = LEAST * page.viewport_size["height"]
    assert [it["text"] for it in written if it["size"] < least] == [], what
    for i, one in enumerate(written):
        for other in written[:i]:
            apart = (
                one["left"] >= other["right"]
                or other["left"] >= one["right"]
                or one["top"] >= other["bottom"] - 1
                or other["top"] >= one["bottom"] - 1
            )
            assert apart, f"{what}: {one['text']} on {other['text']}"


def test_every_scene_fits_one_screen_and_is_read_from_the_last_row(stage, screenshots):
    wait_for_picture(stage)
    for scene in SCENES:
        go(stage, scene)
        if scene == "own":
            say(stage, SENTENCES[20])
        wait_for_picture(stage)
        stage.keyboard.press("Escape")
        if scene in ("atlas", "pictures"):  # where no canvas has words
            stage.evaluate("window.written = []")
        for width, height in SIZES:
            stage.set_viewport_size({"width": width, "height": height})
            stage.wait_for_timeout(400)
            assert_fits(stage, f"{scene} at {width} x {height}")
            stage.screenshot(path=screenshots / f"stage_{scene}_{width}.png")


def test_the_atlas_fits_in_all_its_views(stage):
    go(stage, "atlas")
    stage.locator(".atlas h2").wait_for()
    for view in "aco":
        stage.keyboard.press(view)
        for width, height in SIZES:
            stage.set_viewport_size({"width": width, "height": height})
            stage.wait_for_timeout(200)
            stage.evaluate("window.written = []")
            assert_fits(stage, f"atlas, {view} at {width} x {height}")


def test_the_atlas_says_what_a_prompt_is_and_what_was_made_and_plays_it(stage, screenshots):
    go(stage, "atlas")
    stage.locator(".atlas h2").wait_for()
    stage.locator(".made p", has_text="four noises").wait_for()
    stage.keyboard.press("9")
    stage.keyboard.press(".")
    stage.locator(".asked", has_text="books, 1 to 8").wait_for()
    stage.keyboard.press("r")
    stage.wait_for_function("document.querySelector('.made audio')?.currentTime > 0.2")
    stage.locator(".made p", has_text="a recording by 1.6 kb/s").wait_for()
    assert stage.locator(".made audio").bounding_box()["width"] > 150
    stage.evaluate("window.written = []")
    assert_fits(stage, "atlas with a sound")
    stage.screenshot(path=screenshots / "stage_atlas_sound.png")


def test_every_scene_fits_a_phone_held_upright(stage, screenshots):
    wait_for_picture(stage)
    stage.set_viewport_size(PHONE)
    for scene in SCENES:
        go(stage, scene)
        if scene == "own":
            say(stage, SENTENCES[20])
        wait_for_picture(stage)
        stage.wait_for_timeout(400)
        found = stage.evaluate(MEASURE)
        assert (found["outside"], found["scrolls"]) == ([], False), scene
        if scene not in ("atlas", "pictures"):
            shown = stage.locator(".picture").bounding_box()
            assert shown["width"] > 0.9 * PHONE["width"] and shown["height"] > 400, scene
        stage.screenshot(path=screenshots / f"stage_{scene}_phone.png")


def test_short_and_long_sentences_fit(stage, screenshots):
    wait_for_picture(stage)
    for length, text in SENTENCES.items():
        assert abs(len(text) - length) <= 1
        stage.set_viewport_size({"width": 1280, "height": 720})
        say(stage, text)
        for width, height in SIZES:
            stage.set_viewport_size({"width": width, "height": height})
            stage.wait_for_timeout(400)
            assert_fits(stage, f"{length} characters at {width} x {height}")
            shown = stage.locator(".picture").bounding_box()
            assert shown["height"] > 0.6 * height and shown["width"] > 0.7 * width
            stage.mouse.move(0.4 * width, 0.4 * height)
            stage.locator(".lens").wait_for()
            assert_fits(stage, f"lens over {length} characters at {width} x {height}")
            stage.screenshot(path=screenshots / f"stage_{length}_{width}.png")
            stage.mouse.move(0, 0)


def test_a_sentence_that_is_typed_while_the_voice_loads_is_read_and_played(stage, screenshots):
    assert stage.evaluate("document.activeElement.className") == "sentence"
    stage.keyboard.press("Control+a")
    stage.keyboard.type("A bird slept.")
    stage.keyboard.press("Enter")
    stage.screenshot(path=screenshots / "stage_loading.png")
    stage.locator('.text[aria-label="A bird slept."]').wait_for()
    stage.wait_for_function("Number(document.querySelector('.picture').dataset.step) > 5")
    assert "The path rises from the beginning of the text" in stage.locator(".told").inner_text()
    say(stage, "A bird slept on.")
    stage.keyboard.press("e")
    stage.locator("input.sentence").fill("Room 101")
    stage.keyboard.press("Enter")
    stage.locator(".message", has_text="no symbol for '0' '1'").wait_for()
    stage.keyboard.press("Escape")
    assert stage.locator(".text").get_attribute("aria-label") == "A bird slept on."


def test_scenes_are_stepped_through_and_linked_to(stage):
    wait_for_picture(stage)
    where = stage.locator(".where")
    for key in ("PageDown", "PageDown", "PageUp", "PageDown"):  # as slide remotes send them
        stage.keyboard.press(key)
    assert where.get_attribute("data-scene") == "break" and stage.url.endswith("#break")
    stage.keyboard.press("ArrowRight")
    assert where.get_attribute("data-scene") == "truth"
    stage.goto(stage.url.replace("#truth", "#heads"))
    stage.reload()
    assert where.get_attribute("data-scene") == "heads"
    for scene in ("own", "atlas", "pictures", "folds", "folds"):  # there is none behind the last
        stage.keyboard.press("PageDown")
        assert where.get_attribute("data-scene") == scene


def test_keys_fold_things_away_and_out(stage, screenshots):
    wait_for_picture(stage)
    stage.keyboard.press("Escape")
    assert stage.locator(".hint").is_visible()
    stage.keyboard.press("h")
    assert stage.locator(".hint").is_hidden()
    stage.keyboard.press("d")
    room = "getComputedStyle(document.body).backgroundColor"
    assert stage.evaluate(room) == "rgb(16, 16, 16)"
    stage.keyboard.press("c")
    stage.keyboard.press("Space")
    stage.locator(".caption b", has_text="tower.").wait_for()
    stage.keyboard.press("?")
    assert_fits(stage, "key list")
    stage.screenshot(path=screenshots / "stage_keys_dark.png")
    stage.keyboard.press("Escape")
    assert stage.locator(".key-list").is_hidden()
    stage.keyboard.press("f")
    stage.wait_for_function("document.fullscreenElement !== null")
    go(stage, "break")
    stage.keyboard.press("2")
    stage.locator(".note", has_text="did not stop").wait_for()
    assert "stays at the beginning" in stage.locator(".told").inner_text()
    stage.screenshot(path=screenshots / "stage_broken_dark.png")


def test_what_is_to_be_guessed_is_not_said_before_the_truth(stage):
    go(stage, "fake")
    wait_for_picture(stage)

    def said():
        titles = [it["text"] for it in stage.evaluate("window.written")]
        return " ".join([*titles, stage.locator(".told").inner_text()])

    for key in "123":
        stage.keyboard.press(key)
        stage.locator(f".choices button:nth-child({key})[aria-pressed=true]").wait_for()
        wait_for_picture(stage)
        assert not re.search("learned|guid|rc ", said())
        assert stage.locator(".note").inner_text() == ""
    stage.keyboard.press("1")
    stage.keyboard.press("t")
    stage.wait_for_function("window.written.some(({ text }) => text === 'learned to read')")
    assert re.search("learned to read: .*guidance left on: ", said())


def step(page):
    return int(page.locator(".picture").get_attribute("data-step"))


def test_folds_move_with_the_sound_and_slowly_without_it(stage, screenshots):
    go(stage, "folds")
    wait_for_picture(stage)
    begin = step(stage)
    stage.wait_for_function(f"Number(document.querySelector('.picture').dataset.step) > {begin}")
    stage.keyboard.press("s")
    still = step(stage)
    stage.wait_for_timeout(300)
    assert step(stage) == still
    stage.keyboard.press(".")
    assert step(stage) == still + 1
    drawn = set()
    for key, told in (("1", "Recording, "), ("2", "Griffin-Lim, "), ("3", "Vocos, "), ("4", "Vo")):
        stage.keyboard.press(key)
        stage.wait_for_function(
            "told => document.querySelector('.told').textContent.startsWith(told)", arg=told
        )
        drawn.add(stage.evaluate("document.querySelector('canvas.moving').toDataURL()"))
    assert len(drawn) == 4 and step(stage) == still + 1, "other sounds at the same place"
    assert "the two waveforms correlate " in stage.locator(".told").inner_text()
    stage.keyboard.press("t")
    drawn.add(stage.evaluate("document.querySelector('canvas.moving').toDataURL()"))
    assert len(drawn) == 5, "without the recording"
    stage.keyboard.press("c")
    stage.keyboard.press("Space")
    stage.locator(".caption b", has_text="bush?").wait_for()
    assert_fits(stage, "folds with a caption")
    stage.screenshot(path=screenshots / "stage_folds_caption.png")
    stage.keyboard.press("r")
    stage.wait_for_function("document.querySelector('.picture').dataset.step < 20000")
    stage.keyboard.press("d")
    stage.screenshot(path=screenshots / "stage_folds_dark.png")


def shown_in_a_frame(page, tmp_path, address):
    """Open a page with slides around a scene, and use its keys in there; return the frame."""
    slide = tmp_path / "slide.html"
    frame = f'<iframe src="{address}#break" width="1024" height="700" allow="fullscreen"></iframe>'
    slide.write_text(f"<!doctype html><title>Slides</title><h1>Attention</h1>{frame}")
    page.goto(slide.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator(".picture[data-step]").wait_for()
    inside.locator(".note", has_text="stopped by itself").click()
    page.keyboard.press("2")
    inside.locator(".note", has_text="did not stop").wait_for()
    page.keyboard.press("PageDown")
    inside.locator(".where[data-scene=truth]").wait_for()
    return inside


def test_a_scene_is_shown_in_a_frame_by_its_address(stage, tmp_path, screenshots):
    inside = shown_in_a_frame(stage, tmp_path, stage.url.partition("#")[0])
    inside.locator(".note", has_text="mass").wait_for()
    stage.screenshot(path=screenshots / "stage_frame.png")


def test_one_file_plays_from_disk(page, screenshots, tmp_path):
    path = tmp_path / "stage.html"
    command = [sys.executable, "-m", "autograder", "lecture", "--html", str(path)]
    subprocess.run(command, cwd=REPOSITORY.root, check=True)
    assert path.stat().st_size < 15e6
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.set_offline(True)
    page.goto(f"{path.as_uri()}#break")
    wait_for_picture(page)
    page.keyboard.press("e")
    sentences = page.locator("select.sentence option").all_inner_texts()
    assert len(sentences) == 12
    for sentence in sentences[-2:]:
        page.locator("select.sentence").select_option(sentence)
        page.locator(f'.text[aria-label="{sentence}"]').wait_for()
        page.wait_for_function("Number(document.querySelector('.picture').dataset.step) > 3")
        page.keyboard.press("e")
    page.keyboard.press("Escape")
    page.keyboard.press("5")
    page.locator(".message", has_text="more than 160").wait_for()
    for number in "1234":
        page.keyboard.press(number)
        page.locator(".choices [aria-pressed=true]", has_text=f"{number} ·").wait_for()
        page.wait_for_function("document.querySelector('.progress').textContent === ''")
        assert page.locator(".message").inner_text() == ""
    for scene in SCENES:
        go(page, scene)
        wait_for_picture(page)
        page.screenshot(path=screenshots / f"file_{scene}.png")
        assert scene != "atlas" or "run" not in page.locator(".hint").inner_text()
    shown_in_a_frame(page, tmp_path, path.name)
    assert errors == []
