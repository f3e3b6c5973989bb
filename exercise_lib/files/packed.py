"""Data as the bytes of one tensor, compressed.

The header of an exercise repeats the same few words for every misconception and case, so it is
kept compressed.
"""

import json
import zlib
from typing import Any

import numpy as np

HEADER = "exercise"  # the name of the tensor


def pack(data: dict[str, Any]) -> np.ndarray:
    """Return data as JSON, compressed, `(bytes,)` uint8."""
    return np.frombuffer(zlib.compress(json.dumps(data).encode(), 9), np.uint8)


def unpack(packed: np.ndarray) -> dict[str, Any]:
    """Return what was packed; raises ValueError for what was not."""
    try:
        return json.loads(zlib.decompress(packed.tobytes()))
    except zlib.error as error:
        raise ValueError(f"no packed data: {error}") from error
