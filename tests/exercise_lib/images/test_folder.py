"""Folders of pictures with captions: both layouts, and a sentence for each fault."""

import numpy as np
import pytest
from PIL import Image

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.emoji import find_font, read_emoji
from exercise_lib.images.folder import read_folder, read_picture


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner").mkdir()
    Image.new("RGB", (64, 40), (200, 0, 0)).save(tmp_path / "a.png")
    Image.new("L", (20, 20), 100).save(tmp_path / "inner" / "b.JPG", "jpeg")
    (tmp_path / "a.txt").write_text("a red\nwall ")
    (tmp_path / "inner" / "b.txt").write_text("﻿a grey wall", encoding="utf-8")
    return tmp_path


def test_captions_beside_the_pictures(folder):
    found = read_folder(folder)
    assert found.names == ["a.png", "inner/b.JPG"]
    assert found.captions == ["a red wall", "a grey wall"]
    assert found.pictures.shape == (2, 3, 32, 32)
    assert found.pictures[0].amax((1, 2)).tolist() == [200, 0, 0]


def test_captions_in_a_list(folder):
    (folder / "captions.csv").write_text("inner/b.JPG|grey\n\na.png | red, or not \n")
    found = read_folder(folder, side=16)
    assert found.names == ["inner/b.JPG", "a.png"] and found.captions == ["grey", "red, or not"]
    assert found.pictures.shape == (2, 3, 16, 16)


def test_the_middle_square_is_taken_and_what_is_clear_is_white(tmp_path):
    wide = np.zeros((10, 30, 4), np.uint8)
    wide[:, 10:20] = (0, 0, 255, 255)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide[:, :10]).save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "wide.png", 8).amin((1, 2)).tolist() == [0, 0, 255]
    assert read_picture(tmp_path / "clear.png", 8).amin() == 255


def complaint(folder) -> str:
    with pytest.raises(UnusableData) as error:
        read_folder(folder)
    return str(error.value)


def test_each_fault_has_a_sentence(folder, tmp_path):
    assert "is no folder" in complaint(folder / "nowhere")
    (folder / "none").mkdir()
    assert "has no pictures" in complaint(folder / "none")
    (folder / "a.txt").unlink()
    assert "a.png has no caption. Write a.txt beside it" in complaint(folder)
    (folder / "a.txt").write_text(" ")
    assert "a.txt is empty" in complaint(folder)
    (folder / "a.txt").write_bytes(b"\xff\xfe")
    assert "a.txt is no UTF-8" in complaint(folder)
    (folder / "a.txt").write_text("a wall")
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:60])
    assert "a.png cannot be read" in complaint(folder)


def test_each_fault_of_a_list_is_told_with_its_line(folder):
    lines = ["a.png|red", "a.png|again", "gone.png|what", "inner/b.JPG", "|nothing"]
    (folder / "captions.csv").write_text("\n".join(lines))
    said = complaint(folder).splitlines()
    assert [it.partition(": ")[0][-6:] for it in said] == [f"line {n}" for n in (2, 3, 4, 5)]
    assert "occurs twice" in said[0] and "there is no gone.png" in said[1]
    assert "is not file|caption" in said[2] and "is not file|caption" in said[3]


def test_many_faults_are_counted(folder):
    (folder / "captions.csv").write_text("\n".join(f"gone{n}.png|what" for n in range(30)))
    assert complaint(folder).endswith("... and 10 more")


def test_emoji_of_an_installed_font():
    try:
        font = find_font()
    except UnusableData as error:
        assert "apt-get install" in str(error)
        pytest.skip("no font of coloured emoji")
    found = read_emoji(font)
    assert len(found.captions) == len(set(found.captions)) > 500
    assert "red apple" in found.captions and found.pictures.shape[1:] == (3, 32, 32)
    apple = found.pictures[found.captions.index("red apple")] / 255
    assert apple[0].mean() > apple[2].mean() + 0.1


def test_a_font_that_is_none_is_refused(tmp_path):
    (tmp_path / "emoji.ttf").write_bytes(b"no font")
    with pytest.raises(UnusableData, match="cannot be read as a font"):
        read_emoji(tmp_path / "emoji.ttf")
