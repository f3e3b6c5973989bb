"""The stage: scenes found in labs, their page, a small server, and the page with all answers."""

import base64
import gzip
import json
import re
import shutil
import threading
import time
import urllib.error
import urllib.request

import pytest

from autograder.lecture.page import key, stage_page, write_recorded
from autograder.lecture.scenes import find_scenes
from autograder.lecture.server import StageServer
from autograder.paths import ROOT, Repository

SOURCE = """
class Source:
    facts = {"words": ["</script>"]}

    def questions(self):
        return [["shout", "w\\u00f6rd"], ["shout", ""]]

    def answer(self, question):
        kind, word = question
        if not word:
            raise ValueError("nothing to shout")
        return {"said": word.upper()}


def load(say, recorded):
    say("loads")
    return Source()
"""
GIVEN = ["alignment_player/drawing.js", "picture_player/player.css"]


@pytest.fixture
def found(tmp_path):
    """Return the scenes of two labs, one of which has none."""
    for name in ("lab90_shout", "lab91_silent"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notebook.py").touch()
    lab = tmp_path / "lab90_shout"
    (lab / "lab.toml").write_text(f"stage = {GIVEN}\n")
    (lab / "scenes").mkdir()
    (lab / "scenes" / "source.py").write_text(SOURCE)
    (lab / "scenes" / "own.css").write_text("/* own */")
    for name in ("2_last", "1_first", "helper"):
        (lab / "scenes" / f"{name}.js").write_text(f"// {name}")
    return find_scenes(Repository(ROOT, tmp_path))


@pytest.fixture
def server(found):
    with StageServer(found, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetch(server, path, value=None):
    data = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(server.address + path, data) as reply:
        return reply.read().decode()


def test_scenes_follow_given_scripts_and_helpers_in_the_order_of_their_numbers(found):
    [scenes] = found
    names = [it.name for it in scenes.scripts]
    assert names == ["drawing.js", "helper.js", "1_first.js", "2_last.js"]
    assert [it.name for it in scenes.styles] == ["player.css", "own.css"]
    page = stage_page(found)
    places = [page.index(f"// {it}") for it in ("helper", "1_first", "2_last")]
    assert places == sorted(places) and 'stage.lab("lab90_shout")' in page


def test_nothing_on_the_page_comes_from_elsewhere(found):
    assert re.findall(r"""(?:src|href)=["'](?!data:)|https?://""", stage_page(found)) == []


def test_lectures_come_before_labs_with_a_number(found, tmp_path):
    shutil.copytree(found[0].folder, tmp_path / "some_lecture" / "scenes")
    (tmp_path / "some_lecture" / "notebook.py").touch()
    names = [it.lab.name for it in find_scenes(Repository(ROOT, tmp_path))]
    assert names == ["some_lecture", "lab90_shout"]


def state_in_the_end(server):
    deadline = time.monotonic() + 60
    while (state := json.loads(fetch(server, "state")))["said"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return state


def test_the_page_is_there_before_what_answers_it(server):
    assert "<main>" in fetch(server, "") and not server.sources
    known = {"lab90_shout": {"words": ["</script>"]}}
    assert state_in_the_end(server) == {"said": "", "failed": {}, "facts": known}
    asked = {"lab": "lab90_shout", "question": ["shout", "one"]}
    assert json.loads(fetch(server, "ask", asked)) == {"said": "ONE"}
    asked["question"] = ["shout", ""]
    assert json.loads(fetch(server, "ask", asked)) == {"failed": "nothing to shout"}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"{", "A question is JSON."),
        (b"\xff", "A question is JSON."),
        (b"[" * 9000, "A question is JSON."),
        (b"[]", "of a lab: lab90_shout."),
        (b'{"lab": "lab90_shout"}', "of a lab: lab90_shout."),
        (b'{"lab": "lab91_silent", "question": []}', "of a lab: lab90_shout."),
        (b" " * 10_001, "of 10000 bytes at most."),
    ],
)
def test_what_is_no_question_is_refused_in_a_sentence(server, sent, said, capfd):
    server.load()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.address}ask", sent)
    assert refused.value.code == 400
    [sentence] = refused.value.read().decode().splitlines()
    assert sentence.endswith(said) and capfd.readouterr().err == ""


def test_a_lab_that_cannot_be_loaded_keeps_no_other_one_from_the_stage(server, found, tmp_path):
    shutil.copytree(found[0].folder, tmp_path / "lab92_broken" / "scenes")
    (tmp_path / "lab92_broken" / "notebook.py").touch()
    (tmp_path / "lab92_broken" / "scenes" / "source.py").write_text("raise OSError('no disk')")
    server.scenes = find_scenes(Repository(ROOT, tmp_path))[::-1]
    state = state_in_the_end(server)
    assert state["failed"] == {"lab92_broken": "OSError: no disk"}
    assert list(state["facts"]) == ["lab90_shout"]


def test_a_recorded_page_has_every_answer(found, tmp_path):
    write_recorded(found, tmp_path / "stage.html", lambda _: None)
    page = (tmp_path / "stage.html").read_text()
    assert page.count("</script>") == 2
    [text] = re.findall(r"const RECORDED = (.*);", page)
    recorded = json.loads(text)["lab90_shout"]
    assert recorded["facts"] == {"words": ["</script>"]}
    assert list(recorded["answers"]) == ['["shout","w\u00f6rd"]', '["shout",""]']
    answers = [
        json.loads(gzip.decompress(base64.b64decode(recorded["answers"][key(["shout", word])])))
        for word in ("w\u00f6rd", "")
    ]
    assert answers == [{"said": "W\u00d6RD"}, {"failed": "nothing to shout"}]
