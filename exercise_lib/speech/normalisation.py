"""English as it is written to English as it is said, in characters that a table has."""

from __future__ import annotations

import re
import unicodedata

from exercise_lib.speech.numerals import spell_numbers
from exercise_lib.speech.text import SYMBOLS, spell

PLAIN = str.maketrans(  # for what a typographer writes
    dict.fromkeys("‘’‚‛`´′", "'")
    | dict.fromkeys("“”„‟«»″", '"')
    | dict.fromkeys("‐‑", "-")
    | dict.fromkeys("―—", "--")
)
ABBREVIATIONS = {
    "Capt": "Captain",
    "Co": "Company",
    "Col": "Colonel",
    "Dr": "Doctor",
    "Drs": "Doctors",
    "Esq": "Esquire",
    "Ft": "Fort",
    "Gen": "General",
    "Gov": "Governor",
    "Hon": "Honourable",
    "Inc": "Incorporated",
    "Jr": "Junior",
    "Lt": "Lieutenant",
    "Ltd": "Limited",
    "Maj": "Major",
    "Messrs": "Messieurs",
    "Mr": "Mister",
    "Mrs": "Missis",
    "Ms": "Miz",
    "Mt": "Mount",
    "Prof": "Professor",
    "Rev": "Reverend",
    "Sgt": "Sergeant",
    "Sr": "Senior",
    "St": "Saint",
    "e.g": "for example",
    "etc": "et cetera",
    "i.e": "that is",
    "vs": "versus",
}
SIGNS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "°": "degrees"}
PAUSES = ";:()[]"  # commas, where the table has none of them


def normalise_text(text: str, symbols: str = SYMBOLS) -> str:
    """Write a text as it is said, in characters of a table where there is a way to.

    What the table has stays, but numbers and abbreviations are always spelled out. What has
    neither a symbol nor a reading stays too, for `encode_text` to refuse, as does upper case.

    Args: symbols: the table, as for `encode_text`.
    """
    composed = unicodedata.normalize("NFC", text)
    text = "".join(
        it if known in symbols[1:] else without_ornament(it)
        for it, known in zip(composed, spell(composed, symbols), strict=True)
    )
    text = spell_numbers(spell_abbreviations(text))
    for sign, word in SIGNS.items():
        text = text.replace(sign, f" {word} ")
    text = re.sub(r"\s*(?:--+|–)\s*|\s+-\s+", ", ", text)
    for mark in set(PAUSES) - set(symbols):
        text = text.replace(mark, ", ")
    return tidy(text if '"' in symbols else text.replace('"', ""))


def without_ornament(character: str) -> str:
    """Take off a Latin letter's accent and a mark's typographic form; drop what nobody sees."""
    from anyascii import anyascii

    kind = unicodedata.category(character)
    plain = character.translate(PLAIN)
    if plain == character and kind != "No":  # a superscript or a fraction is no digit
        plain = unicodedata.normalize("NFKC", character)
    letters = (anyascii(it) if "LATIN" in unicodedata.name(it, "") else it for it in plain)
    return "" if kind in ("Cf", "Mn") else "".join(letters)


def spell_abbreviations(text: str) -> str:
    text = re.sub(r"\bNos?\.\s*(?=\d)|#(?=\d)", "number ", text)
    text = re.sub(r"\bSt\.(?!\s+[A-Z])", "Street", text)
    known = "|".join(map(re.escape, ABBREVIATIONS))
    return re.sub(rf"\b({known})\.", lambda found: ABBREVIATIONS[found[1]], text)


def tidy(text: str) -> str:
    """Leave one space between words, none before a mark, and no comma that another mark covers."""
    text = re.sub(r"\s+(?=[,.!?;:])", "", " ".join(text.split()))
    return re.sub(r"^[,\s]+|,(?=[\s,]*(?:[,.!?;:]|$))", "", text).strip()
