"""Real human recordings for tests: the prompts of Debian's asterisk-core-sounds-en-g722.

Allison Smith's voice, CC-BY-SA 3.0; nothing of it is stored in this repository.
"""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")


def prompts() -> dict[str, str]:
    """Text of every spoken prompt; tones and silences, described in brackets, are left out."""
    texts: dict[str, str] = {}
    for line in gzip.decompress(TRANSCRIPTS.read_bytes()).decode().splitlines():
        match = re.fullmatch(r"([\w-]+): ([^\[\](){}<>|]+)", line)
        if match and (SOUNDS / f"{match[1]}.g722").is_file():
            texts[match[1]] = match[2].strip()
    return texts


def write_ljspeech(folder: Path, n: int) -> None:
    """Convert the first n prompts from 16 kHz G.722 into a folder in LJSpeech layout."""
    (folder / "wavs").mkdir(parents=True)
    texts = dict(list(prompts().items())[:n])
    for key in texts:
        source, target = SOUNDS / f"{key}.g722", folder / "wavs" / f"{key}.wav"
        command = [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "g722",
            "-i",
            str(source),
            "-ac",
            "1",
            str(target),
        ]
        subprocess.run(command, check=True)
    lines = [f"{key}|{text}|{text}\n" for key, text in texts.items()]
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
