"""Sounds inside a page, half as large and just as exact."""

import base64
import io
import re

import soundfile

WAV = re.compile(r"data:audio/wav;base64,([A-Za-z0-9+/]+={0,2})")


def with_small_sounds(page: str) -> str:
    """Return HTML whose WAV sounds are FLAC."""
    page = WAV.sub(lambda found: f"data:audio/flac;base64,{as_flac(found[1])}", page)
    return page.replace('type="audio/wav"', 'type="audio/flac"')


def as_flac(wav: str) -> str:
    """Return a 16-bit WAV as FLAC; both are base64."""
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(wav)), dtype="int16")
    packed = io.BytesIO()
    soundfile.write(packed, samples, rate, format="FLAC", subtype="PCM_16")
    return base64.b64encode(packed.getvalue()).decode("ascii")
