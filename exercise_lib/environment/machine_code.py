"""Machine code of librosa's functions: compiled by one process, and anew where it crashes.

numba compiles some functions of librosa when they are first used, and keeps the machine code in
files. Where two processes do so at the same moment, such as two notebooks, the files may not fit
one another, and then every later call ends its process (numba's issue 10128): the kernel dies,
each time anew.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

USE = """
import librosa
import numpy as np

y = np.sin(np.arange(8192, dtype=np.float32) / 5)
librosa.griffinlim(np.abs(librosa.stft(y)), n_iter=1)
librosa.effects.time_stretch(y, rate=2.0)
librosa.pyin(y, fmin=65, fmax=400, sr=8000)
librosa.sequence.dtw(y[None, :9].astype(float), y[None, :9].astype(float))
librosa.util.peak_pick(y, pre_max=3, post_max=3, pre_avg=3, post_avg=3, delta=0.1, wait=1)
librosa.util.localmax(y)
librosa.zero_crossings(y)
"""


def mend_machine_code() -> str:
    """Compile what numba compiles of librosa, anew where its use crashes; return what was done."""
    run, done = use_librosa(), "its functions are compiled"
    if crashed(run):
        remove_machine_code()
        run, done = use_librosa(), "its machine code crashed, and was compiled anew"
    if run.returncode == 0:
        return f"librosa: {done}."
    if crashed(run):
        return (
            f"librosa: its use ends Python with status {run.returncode}, also when compiled anew."
        )
    error = (run.stderr.strip().splitlines() or ["no error was printed"])[-1]
    return f"librosa: could not be used ({error})."


def use_librosa() -> subprocess.CompletedProcess[str]:
    """Use each function that numba compiles, in a process of its own."""
    command = [sys.executable, "-c", USE]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def crashed(run: subprocess.CompletedProcess[str]) -> bool:
    """Return whether the system ended a process; after an error of Python's its status is 1."""
    return run.returncode not in (0, 1)


def remove_machine_code() -> None:
    """Remove the files where numba may have kept them; what can't be removed stays."""
    for folder in machine_code_folders():
        for file in (*folder.rglob("*.nbi"), *folder.rglob("*.nbc")):
            with suppress(OSError):
                file.unlink()


def machine_code_folders() -> list[Path]:
    """Return librosa's own folder, the user's, and that of `NUMBA_CACHE_DIR` where it is set."""
    numba = importlib.import_module("numba")
    appdirs = importlib.import_module("numba.misc.appdirs")
    librosa = importlib.metadata.distribution("librosa").locate_file("librosa")
    of_user = appdirs.AppDirs(appname="numba", appauthor=False).user_cache_dir
    folders = [str(librosa), of_user, numba.config.CACHE_DIR]
    return [Path(folder) for folder in folders if folder]
