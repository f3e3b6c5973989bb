"""What each system made, recorded: shown where there are no weights, and on pages without a kernel.

`python data/record_atlas.py` records.
"""

from __future__ import annotations

import base64
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from exercise_lib.files.unusable import UnusableData
from exercise_lib.speech.data import LOCAL_DATA
from exercise_lib.systems.stock import RATE, Made

HOME = "atlas"
QUALITY = 85  # WebP's


@cache
def recorded(folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return by system "prompt", "said" and "picture" or "sound", as addresses of data.

    Raises: UnusableData: there is no record.
    """
    path = (folder or LOCAL_DATA / HOME) / "samples.json"
    if not path.exists():
        raise UnusableData(f"{path} is missing. Copy data/{HOME} from the repository.")
    return json.loads(path.read_text(encoding="utf-8"))


def packed(prompt: str, made: Made) -> dict[str, str]:
    """Return what a system made, as a page gets it."""
    answer = {"prompt": prompt, "said": made.said}
    if made.pictures is not None:
        answer["picture"] = picture_address(made.pictures)
    if made.sound is not None:
        answer["sound"] = sound_address(made.sound)
    return answer


def picture_address(pictures: Tensor) -> str:
    """Return pictures `(N, 3, H, W)`, from 0 to 1, side by side with a gap, as an address."""
    values = (255 * pictures).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    gap = np.full((values.shape[1], 2, 3), 255, np.uint8)
    row = [it for picture in values for it in (picture, gap)][:-1]
    file = io.BytesIO()
    image = Image.fromarray(np.concatenate(row, axis=1))
    image.save(file, format="webp", quality=QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def sound_address(sound: Tensor) -> str:
    """Return a sound `(samples,)`, 16 000 a second, as an address: MP3, which browsers know."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, sound.numpy(), RATE, format="MP3")
    return f"data:audio/mpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def sample(key: str) -> Made:
    """Return what a system made when it was recorded.

    Raises:
        UnusableData: there is no record.
        KeyError: it was not recorded.
    """
    import soundfile

    its = recorded()[key]
    if "sound" in its:
        file = io.BytesIO(base64.b64decode(its["sound"].partition(",")[2]))
        return Made(its["said"], sound=torch.from_numpy(soundfile.read(file, dtype="float32")[0]))
    image = Image.open(io.BytesIO(base64.b64decode(its["picture"].partition(",")[2])))
    row = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1) / 255
    side = row.shape[1]
    starts = range(0, row.shape[2], side + 2)
    return Made(its["said"], torch.stack([row[:, :, it : it + side] for it in starts]))


def recorded_row(key: str) -> tuple[dict[str, Tensor], list[str]]:
    """Return the pictures that a system made when it was recorded, as a row, and what was asked.

    Raises: as `sample`.
    """
    pictures, prompt = sample(key).pictures, recorded()[key]["prompt"]
    if pictures is None:
        raise KeyError(f"{key} made no pictures.")
    return {"recorded": pictures}, [prompt.replace(" on ", "\non ")] * len(pictures)
