"""Numbers, ordinals, years, times and money, written in digits, to English words."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inflect import engine

MONEY = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}
LONGEST = 15  # digits; a longer number is read digit by digit, as one that begins with 0
NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)*"


def spell_numbers(text: str) -> str:
    """Put words in the place of all digits of an English text."""
    for pattern, spell in READINGS.items():
        text = re.sub(pattern, partial(spell_found, spell), text, flags=re.ASCII)
    return text


def spell_found(spell: Callable[..., str], found: re.Match[str]) -> str:
    return spell(*found.groups())


def spell_number(number: str) -> str:
    """Spell "12", "1,000" or "3.14": what stands behind a point is read digit by digit."""
    whole, *behind = number.replace(",", "").split(".")
    if len(whole) > LONGEST or (whole.startswith("0") and whole != "0"):
        said = spell_digits(whole)
    else:
        said = spell_whole(whole)
    return " point ".join([said, *map(spell_digits, behind)])


def spell_whole(number: str) -> str:
    """Spell "1,000" or "21st"."""
    said = english().number_to_words(number.replace(",", ""), andword="")
    return str(said).replace(",", "")


def spell_digits(number: str) -> str:
    return " ".join(map(spell_whole, number))


def spell_pair(number: str) -> str:
    """Spell two digits as they are said in years and times: "05" is oh five."""
    return f"oh {spell_number(number[1])}" if number[0] == "0" else spell_number(number)


def spell_year(number: str) -> str:
    behind = "hundred" if number.endswith("00") else spell_pair(number[2:])
    return f"{spell_number(number[:2])} {behind}"


def spell_time(hour: str, minutes: str) -> str:
    behind = "o'clock" if minutes == "00" else spell_pair(minutes)
    return f"{spell_number(hour)} {behind}"


def spell_money(sign: str, amount: str, times: str | None) -> str:
    unit, piece = MONEY[sign]
    whole, _, rest = amount.replace(",", "").partition(".")
    if times or len(rest) not in (0, 2):
        return " ".join(filter(None, (spell_number(amount), times, f"{unit}s")))
    said = count(whole, unit)
    return f"{said} and {count(str(int(rest)), piece)}" if rest.strip("0") else said


def count(number: str, noun: str) -> str:
    plural = {"penny": "pence"}.get(noun, f"{noun}s")
    return f"{spell_number(number)} {noun if number == '1' else plural}"


def spell_several(said: str) -> str:
    return english().plural(said)


@cache
def english() -> engine:
    """Return the library, which takes a second to import, when the first digit is met."""
    import inflect

    return inflect.engine()


# What is said in the place of what, one after the other.
READINGS: dict[str, Callable[..., str]] = {
    r"(?<=\d)\s*–\s*(?=\d)": lambda: " to ",
    r"(?:(?<=\s)|^)[-−](?=\d)": lambda: "minus ",
    rf"([$£€])\s?({NUMBER})(?:\s(hundred|thousand|million|billion|trillion)\b)?": spell_money,
    r"\b(\d{1,2}):([0-5]\d)\b": spell_time,
    r"\b(\d(?:,?\d){0,14}(?:st|nd|rd|th))\b": spell_whole,
    r"\b(1[1-9]\d\d|20[1-9]\d)s\b": lambda number: spell_several(spell_year(number)),
    r"(?<![\d.,])(1[1-9]\d\d|20[1-9]\d)(?![\d%]|[.,]\d)": spell_year,
    r"(?<![\d.])(\d+)s\b": lambda number: spell_several(spell_number(number)),
    r"(?<=[A-Za-z])(?=\d)": lambda: " ",
    rf"({NUMBER})(?=([A-Za-z])?)": lambda number, letter: (
        spell_number(number) + (" " if letter else "")
    ),
}
