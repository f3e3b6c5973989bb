"""Written English is spelled as it is said; what has no reading stays and is refused by name."""

import pytest

from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.normalisation import normalise_text
from exercise_lib.speech.text import encode_text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        # marks
        ("“Really?” he said; ‘no’: (never) — he’d go…", "Really? he said, 'no', never, he'd go..."),
        ("was -- and [sic] – is", "was, and, sic, is"),
        ("a well‑known half-truth - or two", "a well-known half-truth, or two"),
        ('He said: "no."', "He said, no."),
        ("new\u2028line, \u200bun\u00adseen \ufeffand\u00a0so\ton", "new line, unseen and so on"),
        # accents
        ("Größe, café, e\u0301te\u0301, Łódź, Øre, œuvre, ﬁne", "Grosse, cafe, ete, Lodz, Ore, "
         "oeuvre, fine"),
        # abbreviations
        ("Mr. and Mrs. Low, Dr. Ray, Messrs. Hill & Co.", "Mister and Missis Low, Doctor Ray, "
         "Messieurs Hill and Company"),
        ("St. Paul lives at No. 10, Baker St. or #9, etc.", "Saint Paul lives at number ten, "
         "Baker Street or number nine, et cetera"),
        # numbers
        ("42 of 1,984 or 007", "forty-two of one thousand nine hundred eighty-four or zero zero "
         "seven"),
        ("3.14% and -5°C", "three point one four percent and minus five degrees C"),
        ("the 21st or 1,000th, x\u030c", "the twenty-first or one thousandth, x"),
        ("1984, 1905, 1900, 2024, 2000, 1066", "nineteen eighty-four, nineteen oh five, nineteen "
         "hundred, twenty twenty-four, two thousand, one thousand sixty-six"),
        ("the 1960s, the 90s", "the nineteen sixties, the nineties"),
        ("$5.50, £1, £0.02, €1.5 or $3 million", "five dollars and fifty cents, one pound, zero "
         "pounds and two pence, one point five euros or three million dollars"),
        ("at 5:30, 5:05, 5:00", "at five thirty, five oh five, five o'clock"),
        ("B12, F-16, 5ft, pages 3–5", "B twelve, F-sixteen, five ft, pages three to five"),
        ("12345678901234567", "one two three four five six seven eight nine zero one two three "
         "four five six seven"),
    ],
)  # fmt: skip
def test_english_is_spelled_as_it_is_said(written, said):
    assert normalise_text(written) == said
    assert normalise_text(said) == said  # nothing is left to do
    encode_text(said)


@pytest.mark.parametrize("character", "²½Пж日😀*{|/<_٣$")
def test_what_has_no_reading_is_refused_by_name(character):
    with pytest.raises(ValueError, match="no symbol for"):
        encode_text(normalise_text(f"so {character} it"))


def test_what_a_table_has_stays():
    symbols = '_ ";():.abcdefghijklmnopqrstuvwxyzü'
    assert normalise_text("“Ü, (ü); ä: no”", symbols) == '"Ü, (ü); a: no"'


def test_the_texts_of_the_corpus_are_spelled_already():
    corpus = SpeechCorpus(LOCAL_DATA / "corpus")
    assert all(normalise_text(it.text) == it.text for it in corpus.metadata.entries.values())
