"""metadata.csv and lists as people have them: with headings, marks, paths and other columns."""

import pytest

from exercise_lib.speech.metadata import read_ids, read_metadata


def read(tmp_path, *lines, encoding="utf-8"):
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n", encoding=encoding)
    found = read_metadata(tmp_path / "metadata.csv")
    return {key: it.text for key, it in found.entries.items()}, found.notes, found.problems


@pytest.mark.parametrize("heading", ["id|text", "file_name|transcription", "Path|Sentence|speaker"])
def test_a_heading_is_passed_over_with_a_note(tmp_path, heading):
    texts, notes, problems = read(tmp_path, heading, "a|one", "b|two", encoding="utf-8-sig")
    assert texts == {"a": "one", "b": "two"} and not problems
    assert notes == [f"metadata.csv, line 1: {heading} is a heading"]


def test_an_utterance_is_no_heading(tmp_path):
    texts, notes, _ = read(tmp_path, "a-1|Sentence", "id|sentence of the court")
    assert texts == {"a-1": "Sentence", "id": "sentence of the court"} and not notes
    assert not read(tmp_path, "id|sentence of the court")[1]


@pytest.mark.parametrize("third", [["joe", "joe", "ann"], ["1.52", "2.3", "0.9"]])
def test_a_third_column_that_is_no_text_is_not_read(tmp_path, third):
    lines = [f"{n}|some words {n}|{it}" for n, it in enumerate(third)]
    texts, notes, problems = read(tmp_path, *lines)
    assert list(texts.values()) == ["some words 0", "some words 1", "some words 2"] and not problems
    assert notes == [
        f"metadata.csv: the third fields ({third[0]!r}, ...) share no word with the second ones; "
        "the second ones are read"
    ]


def test_one_number_in_a_column_of_texts_is_a_problem(tmp_path):
    texts, notes, [problem] = read(tmp_path, "a|No. 1|number one", "b|so be it|2.5", "c|so|so")
    assert texts == {"a": "number one", "c": "so"} and not notes
    assert "metadata.csv, line 2: '2.5', where the second field is 'so be it'. Write" in str(
        problem
    )


def test_a_number_that_is_said_is_a_text(tmp_path):
    assert read(tmp_path, "a|42|42", "b|so|so")[0] == {"a": "42", "b": "so"}


@pytest.mark.parametrize("name", ["a", "a.wav", "wavs/a.WAV", "./a.mp3", "wavs\\a.flac"])
def test_an_id_may_be_a_file_name(tmp_path, name):
    assert read(tmp_path, f"{name}|one", "b.c|two")[0] == {"a": "one", "b.c": "two"}
    (tmp_path / "train.txt").write_text(f"{name}|one\n\nb.c\n", encoding="utf-8-sig")
    assert read_ids(tmp_path / "train.txt") == {1: "a", 3: "b.c"}


@pytest.mark.parametrize("separator", "\u2028\u2029\x85\x0b\x0c\x1c")
def test_only_the_end_of_a_line_ends_it(tmp_path, separator):
    texts, _, problems = read(tmp_path, f"a|one{separator}two", "b|three\r")
    assert texts == {"a": f"one{separator}two", "b": "three"} and not problems
