"""The machine code that numba makes of libraries' functions, kept from one sandbox to the next.

Making it takes half a minute of processor time. numba itself finds out what is too old, and makes
that anew.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_cache_path

CACHE = user_cache_path("course-grader")
MAKE = """
import contextlib, pkgutil, sys
for name in sys.argv[1:]:
    with contextlib.suppress(Exception):
        pkgutil.resolve_name(name)
"""
SECONDS = 300.0  # to make it on a busy machine


def kept_machine_code(names: Iterable[str]) -> Path | None:
    """Return a folder with what numba makes while these names are imported.

    Returns: None where there is no numba, or it can't be kept; then each sandbox makes its own.
    """
    names = sorted(names)
    try:
        made_by = sys.version, sys.prefix, version("numba"), *names
        folder = CACHE / sha256(repr(made_by).encode()).hexdigest()[:16]
        if folder.is_dir():
            return folder
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as making:
            command = [sys.executable, "-c", MAKE, *names]
            environment = {**os.environ, "NUMBA_CACHE_DIR": making}
            subprocess.run(command, env=environment, check=True, timeout=SECONDS)
            os.chmod(making, 0o755)  # for who reads it inside
            with suppress(OSError):  # another worker's lies there already
                os.rename(making, folder)
        return folder if folder.is_dir() else None
    except (PackageNotFoundError, OSError, subprocess.SubprocessError):
        return None
