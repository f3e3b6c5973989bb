"""What cells showed in a child: texts, pictures and sounds, written anew from what it sent."""

from __future__ import annotations

import base64
import io
import re
import wave
from collections.abc import Mapping
from typing import Any

from IPython.display import Audio
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.sandbox.errors import Misbehaved
from autograder.sandbox.protocol import ProtocolError
from autograder.sandbox.shell import OUTPUTS, PICTURES, SOUND, Shown
from autograder.sandbox.values import clean, record

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


def read_outputs(answer: Mapping[str, Any]) -> list[NotebookNode]:
    """Return the texts, pictures and exceptions a cell showed; raises Misbehaved for others."""
    outputs = answer.get("outputs")
    try:
        if type(outputs) is not list or len(outputs) > OUTPUTS + 3:
            raise ProtocolError("no list of outputs")
        return [read_output(it) for it in outputs]
    except ProtocolError as error:
        raise Misbehaved(f"It showed what can't be read: {error}.") from error


def read_output(data: Any) -> NotebookNode:
    """Return one output of a notebook from what a child sent, or raise ProtocolError."""
    kind, shown, words = (record(data, *Shown._fields)[it] for it in Shown._fields)
    if kind in ("stdout", "stderr"):
        return new_output("stream", name=kind, text=clean(shown))
    if kind == "error":
        return new_output("error", ename="Error", evalue=clean(shown), traceback=[clean(shown)])
    if kind == "text/plain":
        return new_output("display_data", data={kind: clean(shown)})
    if kind in PICTURES and type(shown) is str and BASE64.fullmatch(shown):
        return new_output("display_data", data={kind: shown}, metadata=alternative(kind, words))
    if kind == SOUND and type(shown) is str and BASE64.fullmatch(shown):
        return new_output("display_data", data=player(shown))
    raise ProtocolError("an output of no known kind")


def player(base64_of_wav: str) -> dict[str, str]:
    """Return a player that the grader wrote: what a child sent gives it 16-bit samples, no more."""
    written = io.BytesIO()
    try:
        sent = io.BytesIO(base64.b64decode(base64_of_wav))
        with wave.open(sent) as sound, wave.open(written, "wb") as copy:
            if sound.getsampwidth() != 2 or sound.getnchannels() > 2:
                raise wave.Error("not 16 bits, or more than two channels")
            seconds = sound.getnframes() / sound.getframerate()
            copy.setparams(sound.getparams())
            copy.writeframes(sound.readframes(sound.getnframes()))
    except Exception:  # `wave` raises many kinds for what is no WAV file
        return {"text/plain": "A sound that is no WAV file of 16-bit samples."}
    audio: str = Audio(data=written.getvalue())._repr_html_()
    labelled = audio.replace("<audio", f'<audio aria-label="a sound of {seconds:.1f} s"', 1)
    return {"text/plain": "A sound.", "text/html": labelled}


def alternative(kind: str, words: Any) -> dict[str, dict[str, str]]:
    """Return where a picture's alternative text stands, for the template of the feedback."""
    return {kind: {"alt": clean(words)}} if words else {}
