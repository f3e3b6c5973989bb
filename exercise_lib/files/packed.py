"""Data as one line of text, for the metadata of a safetensors file.

The header of an exercise repeats the same few words for every misconception and case, so it is
kept compressed.
"""

import base64
import json
import zlib
from typing import Any


def pack(data: dict[str, Any]) -> str:
    """Return data as JSON, compressed, in printable characters."""
    return base64.b85encode(zlib.compress(json.dumps(data).encode(), 9)).decode("ascii")


def unpack(text: str) -> dict[str, Any]:
    """Return what was packed; raises ValueError for what was not."""
    try:
        return json.loads(zlib.decompress(base64.b85decode(text)))
    except zlib.error as error:
        raise ValueError(f"no packed data: {error}") from error
