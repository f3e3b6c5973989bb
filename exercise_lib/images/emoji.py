"""Emoji as pictures, drawn from a font that is installed, with their Unicode names as captions."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import torch

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.folder import CaptionedPictures
from exercise_lib.images.scenes import SIDE

RANGES = ((0x231A, 0x2C00), (0x1F000, 0x1FB00))  # of code points that are emoji alone
HEIGHTS = (109, 160, 136, 128, 96, 64)  # pixels: a font of bitmaps has only some of these
COLOURFUL = 8  # of 255: largest difference of red, green and blue where there is no colour


def find_font() -> Path:
    """Return an installed font of coloured emoji.

    Raises: UnusableData: there is none; the message says what to install.
    """
    from matplotlib.font_manager import findSystemFonts

    found = sorted(Path(it) for it in findSystemFonts() if "emoji" in Path(it).name.lower())
    if not found:
        raise UnusableData(
            "No font of coloured emoji is installed. On Debian and Ubuntu: "
            "apt-get install fonts-noto-color-emoji"
        )
    return min(found, key=lambda it: "color" not in it.name.lower())


def read_emoji(font: Path | None = None, side: int = SIDE) -> CaptionedPictures:
    """Draw every emoji of one code point that a font has, on white.

    Args: font: a file; default: `find_font()`. side: pixels.
    Raises: UnusableData: there is no such font, or it has no coloured emoji.
    """
    from fontTools.ttLib import TTFont, TTLibError
    from PIL import Image, ImageDraw

    font = font or find_font()
    try:
        with TTFont(font, fontNumber=0, lazy=True) as file:
            known = file.getBestCmap() or {}
    except (OSError, TTLibError) as error:
        raise UnusableData(f"{font} cannot be read as a font ({error}).") from error
    brush = open_font(font)
    names, pictures = [], []
    for number in (it for low, high in RANGES for it in range(low, high) if it in known):
        name = unicodedata.name(chr(number), "").lower()
        left, top, right, bottom = brush.getbbox(chr(number))
        if not name or right <= left or bottom <= top:
            continue
        drawn = Image.new("RGBA", (int(right - left), int(bottom - top)), (255, 255, 255, 0))
        place = -left, -top
        ImageDraw.Draw(drawn).text(place, chr(number), font=brush, embedded_color=True)
        white = Image.new("RGBA", drawn.size, "white")
        flat = Image.alpha_composite(white, drawn).convert("RGB")
        pixels = np.asarray(flat.resize((side, side), Image.Resampling.BOX))
        if np.ptp(pixels, axis=2).max() > COLOURFUL:
            names.append(name)
            pictures.append(torch.from_numpy(pixels.copy()).permute(2, 0, 1))
    if not pictures:
        raise UnusableData(f"{font} has no coloured emoji. Choose another font.")
    return CaptionedPictures([f"{name}.png" for name in names], names, torch.stack(pictures))


def open_font(font: Path):
    """Return a font in the largest height that it has."""
    from PIL import ImageFont

    for height in HEIGHTS:
        try:
            return ImageFont.truetype(str(font), height)
        except OSError:
            continue
    raise UnusableData(f"{font} has no pictures of a height of {HEIGHTS} pixels.")
