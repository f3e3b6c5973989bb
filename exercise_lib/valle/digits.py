"""Strings of digits as phonemes."""

from __future__ import annotations

import hashlib

# As flite's dictionary has them; its phonemes are those of the CMU dictionary without stress.
PRONOUNCED = {
    "zero": "z ih r ow",
    "one": "w ah n",
    "two": "t uw",
    "three": "th r iy",
    "four": "f ao r",
    "five": "f ay v",
    "six": "s ih k s",
    "seven": "s eh v ax n",
    "eight": "ey t",
    "nine": "n ay n",
}
DIGITS = {word: str(number) for number, word in enumerate(PRONOUNCED)}
WORDS = [it.split() for it in PRONOUNCED.values()]  # phonemes of each digit
END = "."  # behind the last phoneme
SYMBOLS = ["_", END, *sorted({it for word in WORDS for it in word})]  # the first is padding
NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS)}
HELD_OUT_SHARE = {"test": 0.1, "validation": 0.05}  # of all strings


def phonemes_of(digits: str) -> list[str]:
    """Return the phonemes of a string such as "409", and the end mark."""
    return [it for digit in digits for it in WORDS[int(digit)]] + [END]


def words_of_digits(digits: str) -> str:
    """Return "four zero nine" for "409"."""
    names = list(PRONOUNCED)
    return " ".join(names[int(digit)] for digit in digits)


def split_of_text(digits: str) -> str:
    """Return the split that a string belongs to, in every voice."""
    number = int(hashlib.sha256(digits.encode()).hexdigest()[:8], 16) / 2**32
    test, validation = HELD_OUT_SHARE["test"], HELD_OUT_SHARE["validation"]
    return "test" if number < test else "validation" if number < test + validation else "train"
