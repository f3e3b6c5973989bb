"""The atlas: its table, what fits, drawings, what this kit runs, its page and widget."""

import itertools
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
import torch

from exercise_lib.files.unusable import UnusableData
from exercise_lib.systems import drawing, page, samples, stock, unseen
from exercise_lib.systems.fitting import RULES, misfits
from exercise_lib.systems.table import COLUMNS, KINDS, SYSTEMS, apart, checked, found, nearest

SVG = "{http://www.w3.org/2000/svg}"
AUDIO = SYSTEMS["stable_audio"].composition


def test_the_lectures_sixteen_systems_are_told_apart_and_fit():
    assert len(SYSTEMS) == 16
    assert len({tuple(it.composition.values()) for it in SYSTEMS.values()}) == 16
    for key, it in SYSTEMS.items():
        assert misfits(it.composition) == [], key
        assert found(it.composition) is it and nearest(it.composition) == [it]
        assert it.losses and it.slide and it.labs
        assert (it.arxiv == "") == (key == "tts")
        assert not it.arxiv or re.fullmatch(r"\d{4}\.\d{5}", it.arxiv)


def test_each_kind_of_the_lecture_is_used_by_a_system():
    used = {(column, kind) for it in SYSTEMS.values() for column, kind in it.composition.items()}
    kinds = {(column, kind) for column, its in KINDS.items() for kind in its}
    assert kinds == used


@pytest.mark.parametrize(
    ("changed", "columns"),
    [
        ({"generator": "AR, softmax"}, ("generator", "latent")),
        ({"latent": "codes", "decoder": "codebook"}, ("generator", "latent")),
        ({"decoder": "GAN vocoder"}, ("latent", "decoder")),
        ({"alignment": "durations"}, ("condition", "alignment")),
        ({"alignment": "none"}, ("condition", "alignment")),
        ({"condition": "none"}, ("condition", "alignment")),
        ({"generator": "none"}, ("alignment", "generator")),
        ({"data": "picture", "latent": "mel", "decoder": "WaveNet"}, ("data", "latent")),
        ({"decoder": "none"}, ("latent", "decoder")),
    ],
)
def test_what_does_not_fit_is_said_where_and_why(changed, columns):
    bad = {it.columns: it.why for it in misfits(AUDIO | changed)}
    assert columns in bad and bad[columns].endswith((".", ")"))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"data": "picture"}, "ldm"),
        ({"data": "picture", "generator": "flow", "alignment": "joint attention"}, "sd3"),
        ({"data": "picture", "condition": "class", "alignment": "modulation"}, "dit"),
    ],
)
def test_stable_audio_becomes_another_system_by_other_parts(changed, key):
    assert found(AUDIO | changed) is SYSTEMS[key]


def test_a_composition_is_compared_column_by_column():
    assert apart(AUDIO, SYSTEMS["sd3"].composition) == ["data", "alignment", "generator"]
    parts = AUDIO | {"generator": "flow"}
    assert found(parts) is None and [it.key for it in nearest(parts)] == ["stable_audio"]


def test_what_is_no_composition_is_refused():
    with pytest.raises(ValueError, match=r"'U-Net' is no kind of generator\. There are 'none'"):
        checked(AUDIO | {"generator": "U-Net"})
    with pytest.raises(ValueError, match="The columns are data, condition"):
        checked({"data": "picture"})


def test_every_rule_is_about_kinds_that_there_are_and_is_a_sentence():
    for (one, other), rules in RULES.items():
        for (a, b), why in rules.items():
            assert a in KINDS[one] and b in KINDS[other]
            assert why[0].isupper() and why.endswith((".", ")."))


# ---------------------------------------------------------------- drawings
def texts(svg: str) -> list[str]:
    return [it.text or "" for it in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("key", SYSTEMS)
def test_a_drawing_has_each_part_and_lies_within_its_frame(key):
    system = SYSTEMS[key]
    svg = drawing.draw_system(system)
    written = texts(svg)
    for column in ("condition", "generator", "decoder"):
        cell = getattr(system, column)
        assert cell.kind == "none" or any(cell.short in it for it in written), column
    assert system.data in written
    for it in ElementTree.fromstring(svg).iter():
        for axis, most in (("x", drawing.WIDTH), ("y", drawing.HEIGHT)):
            for name in (axis, f"{axis}1", f"{axis}2", f"c{axis}"):
                if it.tag != f"{SVG}marker" and name in it.attrib:
                    assert 0 <= float(it.attrib[name]) <= most, it.attrib


def test_a_cross_stands_where_two_parts_do_not_meet():
    parts = AUDIO | {"generator": "AR, softmax", "decoder": "WaveNet"}
    assert drawing.draw(parts).count(drawing.mark(("generator", "latent"))) == 1
    assert drawing.draw(parts).count(drawing.mark(("latent", "decoder"))) == 1
    assert drawing.mark(("alignment", "generator")) not in drawing.draw(parts)
    assert "generator and latent do not meet" in drawing.in_words(parts)


def test_a_page_puts_the_same_drawing_together():
    pieces = drawing.fragments()
    for kinds in itertools.islice(itertools.product(*(KINDS[it] for it in COLUMNS)), 0, None, 501):
        parts = dict(zip(COLUMNS, kinds, strict=True))
        together = "".join(
            pieces[it][parts["latent"] if it == "encoder" else parts[it]] for it in drawing.ORDER
        )
        assert together in drawing.draw(parts)


# ---------------------------------------------------------------- running, samples, page
def test_what_is_not_here_says_so(monkeypatch):
    with pytest.raises(ValueError, match=r"Lab 99 is not in this copy of the kit\."):
        stock.of_lab("99", "no_such_folder.player", "load")
    assert "Type how many books" in page.answer("encodec", "many")["failed"]
    assert page.answer("ldm", "a purple cow").keys() == {"failed"}


def test_every_system_has_a_way_to_run():
    assert stock.RUNS.keys() == SYSTEMS.keys()


def test_samples_are_kept_of_what_was_run():
    kept = samples.recorded()
    assert kept.keys() <= stock.RUNS.keys() and len(kept) >= 12
    for key, its in kept.items():
        made = samples.sample(key)
        assert its["said"] == made.said and its["prompt"]
        if made.pictures is None:
            assert made.sound.dim() == 1 and 0.1 < made.sound.abs().max() <= 1.01
        else:
            assert made.pictures.shape == (4, 3, 32, 32)


def test_a_sample_comes_back_as_it_was():
    pictures = torch.linspace(0, 1, 4).reshape(4, 1, 1, 1).expand(4, 3, 32, 32)
    packed = samples.packed("grey", stock.Made("four greys", pictures))
    samples.recorded.cache_clear()
    assert packed["picture"].startswith("data:image/webp;base64,")
    sound = samples.sound_address(torch.sin(torch.arange(16000) / 20))
    assert sound.startswith("data:audio/mpeg;base64,")


def test_a_row_of_what_was_recorded_has_what_was_asked_above_it():
    rows, heads = samples.recorded_row("dalle2")
    asked = samples.recorded()["dalle2"]["prompt"].split()
    assert rows["recorded"].shape[0] == len(heads) == stock.SHOWN
    assert all(it.split() == asked for it in heads)
    with pytest.raises(KeyError, match="no pictures"):
        samples.recorded_row("melle")


def test_no_samples_is_said(tmp_path):
    with pytest.raises(UnusableData, match="Copy data/atlas"):
        samples.recorded(tmp_path)


def test_the_page_is_one_file_that_asks_no_network(tmp_path):
    page.write_page(tmp_path / "atlas.html")
    text = (tmp_path / "atlas.html").read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[\w./]+", text))
    assert all("arxiv.org/abs/" in it or "www.w3.org" in it for it in addresses), addresses
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", text)
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    facts = json.loads(data[1].replace("<\\/", "</"))
    assert len(facts["systems"]) == 16 and not facts["kernel"]
    assert len(text) < 1_000_000


def test_the_widget_knows_all_and_composes_what_it_is_given():
    atlas = page.Atlas(compose=AUDIO | {"generator": "flow"})
    assert atlas._facts["composes"] and atlas._facts["compose"]["generator"] == "flow"
    assert atlas._facts["kernel"]
    with pytest.raises(ValueError, match="no kind"):
        page.Atlas(compose=AUDIO | {"generator": "magic"})


# ---------------------------------------------------------------- unseen systems
def test_a_description_is_a_students_own():
    mine = unseen.description("sound", "Student 12")
    assert mine == unseen.description("sound", "student12")
    assert mine != unseen.description("sound", "practice")
    with pytest.raises(ValueError, match="student number"):
        unseen.description("picture", "")
    assert all(kind in unseen.choices() for kind in KINDS["generator"])
