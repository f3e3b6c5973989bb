"""Look at the environment, and mend the faults that are known.

`python -m exercise_lib.environment` prints what is there; with `--mend` it also repairs
torchaudio where its wheel was built for CUDA and torch for the CPU, and librosa where the
machine code of its functions ends the process.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

NEEDED = (
    "torch",
    "numpy",
    "scipy",
    "matplotlib",
    "ipywidgets",
    "librosa",
    "soundfile",
    "safetensors",
    "pocketsphinx",
    "pystoi",
    "rapidfuzz",
    "anyascii",
    "inflect",
)
REFERENCE_ONLY = ("torchaudio",)  # compared with, never needed


@dataclass(frozen=True)
class Package:
    """One package: its version, or what is wrong with it."""

    name: str
    version: str
    problem: str = ""


def look() -> list[Package]:
    """Return every package the notebooks use, with the problem where it doesn't import."""
    return [_look_at(name) for name in NEEDED + REFERENCE_ONLY]


def _look_at(name: str) -> Package:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Package(name, "", "not installed: see README, section For students")
    try:
        importlib.import_module(name)
    except (ImportError, OSError) as error:
        problem = f"does not import ({str(error).splitlines()[0]})"
        if name in REFERENCE_ONLY:
            problem += "; comparisons with it are skipped, everything else works"
        return Package(name, version, problem)
    return Package(name, version)


def report() -> str:
    """Return the environment as text, one package a line."""
    lines = [f"Python {platform.python_version()} on {platform.system()} ({platform.machine()})"]
    for package in look():
        lines.append(f"{package.name:12} {package.version:14} {package.problem or 'ok'}")
    return "\n".join(lines)


def torchaudio_libraries_to_set_aside() -> list[Path]:
    """Return torchaudio's compiled files where it is they that keep it from importing.

    Its wheel is built for CUDA. Beside a CPU build of torch the import stops with an OSError
    over a CUDA library; without the compiled files torchaudio runs as pure Python.
    """
    code = "import torch, torchaudio"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if run.returncode == 0 or "OSError: Could not load this library" not in run.stderr:
        return []
    torch = importlib.import_module("torch")
    if torch.version.cuda is not None:
        return []
    found = importlib.metadata.distribution("torchaudio").locate_file("torchaudio")
    package = Path(str(found))
    libraries = sorted(package.glob("lib/*.so"))
    return libraries if package.is_relative_to(sys.prefix) else []


def mend_torchaudio() -> str:
    """Set torchaudio's compiled files aside if they are at fault; return what was done."""
    if sys.prefix == sys.base_prefix and not (Path(sys.prefix) / "conda-meta").exists():
        return "torchaudio: not looked at, since this is no environment of the project's own."
    libraries = torchaudio_libraries_to_set_aside()
    if not libraries:
        return "torchaudio: nothing to mend."
    for library in libraries:
        library.rename(library.with_name(library.name + ".set-aside"))
    return (
        f"torchaudio: built for CUDA, torch for the CPU; {len(libraries)} compiled files were set "
        f"aside in {libraries[0].parent} and it now runs as pure Python. Transforms and models "
        "work; forced alignment, the RNN-T loss and compiled filters do not."
    )
