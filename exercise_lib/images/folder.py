"""A folder of pictures with captions, such as your own.

<any name>.png, .jpg, .jpeg, .webp, .gif or .bmp   of any size, in folders below too
captions.csv                                       file|caption, a picture a line; or, without it,
<the same name>.txt                                the caption, beside each picture
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from exercise_lib.files import is_left_out
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.scenes import SIDE

LIST = "captions.csv"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
MOST_TOLD = 20  # problems


@dataclass(frozen=True, eq=False)
class CaptionedPictures:
    """Pictures, `(B, 3, side, side)` uint8, with a name and a caption each."""

    names: list[str]
    captions: list[str]
    pictures: Tensor


def read_folder(folder: Path, side: int = SIDE) -> CaptionedPictures:
    """Read a folder's pictures with their captions, in the order of their names.

    Args: side: to how many pixels the middle square of each picture is brought.
    Raises: UnusableData: what is wrong, with each file and line, and what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UnusableData(f"{folder} is no folder. Give the path of a folder of pictures.")
    problems: list[str] = []
    table = folder / LIST
    captions = read_list(table, problems) if table.is_file() else read_beside(folder, problems)
    pictures = []
    for name in captions:
        try:
            pictures.append(read_picture(folder / name, side))
        except UnusableData as error:
            problems.append(str(error))
    refuse(problems)
    if not pictures:
        raise UnusableData(
            f"{folder} has no pictures ({', '.join(SUFFIXES)}). Put them there, each with its "
            f"caption in a .txt of the same name, or all captions in {LIST}."
        )
    return CaptionedPictures(list(captions), list(captions.values()), torch.stack(pictures))


def refuse(problems: Sequence[str]) -> None:
    """Raise UnusableData with the first of the problems, if there are any."""
    if problems:
        more = len(problems) - MOST_TOLD
        told = [*problems[:MOST_TOLD], *([f"... and {more} more"] if more > 0 else [])]
        raise UnusableData("\n".join(told))


def read_list(table: Path, problems: list[str]) -> dict[str, str]:
    """Return name -> caption of the lines `file|caption`; adds to the problems."""
    captions: dict[str, str] = {}
    for number, line in enumerate(read_text(table, problems).splitlines(), start=1):
        name, mark, caption = (it.strip() for it in line.partition("|"))
        if not line.strip():
            continue
        where = f"{table}, line {number}"
        if not (mark and name and caption):
            problems.append(f"{where}: {line!r} is not file|caption. Write both, with one |.")
        elif name in captions:
            problems.append(f"{where}: {name} occurs twice. Remove one.")
        elif not (table.parent / name).is_file():
            problems.append(f"{where}: there is no {name} in {table.parent}. Restore the file.")
        else:
            captions[name] = caption
    return captions


def read_beside(folder: Path, problems: list[str]) -> dict[str, str]:
    """Return name -> caption, from a text beside each picture; adds to the problems."""
    captions: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix.lower() not in SUFFIXES or any(map(is_left_out, inside.parts)):
            continue
        beside = path.with_suffix(".txt")
        if not beside.is_file():
            problems.append(
                f"{path} has no caption. Write {beside.name} beside it, or {LIST} for all."
            )
        elif caption := " ".join(read_text(beside, problems).split()):
            captions[inside.as_posix()] = caption
    return captions


def read_text(path: Path, problems: list[str]) -> str:
    """Return a file's text; one that is empty or no UTF-8 is a problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.append(f"{path} is no UTF-8 text. Save it as UTF-8.")
        return ""
    if not text.strip():
        problems.append(f"{path} is empty. Write the caption there.")
    return text


def read_picture(path: Path | BytesIO, side: int = SIDE) -> Tensor:
    """Return the middle square of a picture, `(3, side, side)` uint8; what is clear is white.

    Raises: UnusableData: it is no picture, or damaged.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnusableData(f"{path} cannot be read ({error}). Save it anew.") from error
    white = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(white, picture).convert("RGB")
    fitted = ImageOps.fit(flat, (side, side), Image.Resampling.BOX)
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1)
