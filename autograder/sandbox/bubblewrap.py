"""The command line of bubblewrap: a file system of a few read-only folders, and no network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import autograder.sandbox as sandbox
from autograder.sandbox.namespaces import SCRATCH

CHECKOUT = Path(sandbox.__file__).resolve().parents[2]
KIT = "/kit"  # where the sandbox's own modules are, inside
ASSIGNMENT = "/assignment"  # where exercise_lib and data are, inside
MACHINE_CODE = f"{KIT}/machine_code"  # where numba's folder is, inside
SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime")
ENVIRONMENT = {
    "PATH": "/usr/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "USER": "nobody",
    "LOGNAME": "nobody",
    "LANG": "C.UTF-8",
    "PYTHONPATH": f"{ASSIGNMENT}:{KIT}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_TRIM_THRESHOLD_": "100000000",  # bytes: what was freed is used again, not asked for
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MPLCONFIGDIR": f"{SCRATCH}/matplotlib",
    "NUMBA_CACHE_DIR": f"{SCRATCH}/numba",
    "EXERCISE_QUICK": "1",  # notebooks train for a moment only
}


class TooMuchInside(RuntimeError):
    """A folder that a child would see holds the grader's own files; the message says which."""


def command(
    bubblewrap: str, release: Path, descriptor: int, machine_code: Path | None = None
) -> list[str]:
    """Return the command that starts a zygote.

    Args:
        release: the assignment as students get it; of its data the reference bundles stay out.
        descriptor: the number of the control channel, which the zygote inherits.
        machine_code: a folder of numba's that the zygote takes over.

    Raises: TooMuchInside.
    """
    refuse_own_files(release)
    is_root = os.geteuid() == 0  # the zygote becomes nobody itself, when all is mounted
    return [
        bubblewrap,
        *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"),
        *(("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID") if is_root else
          ("--unshare-user", "--uid", "65534", "--gid", "65534")),
        *(it for name, value in ENVIRONMENT.items() for it in ("--setenv", name, value)),
        *system_folders(),
        *bind({it: str(it) for it in python_folders()}),
        *python_links(),
        *bind({Path(sandbox.__file__).parent: f"{KIT}/autograder/sandbox", **released(release)}),
        *bind({machine_code: MACHINE_CODE} if machine_code else {}),
        *("--dev", "/dev", "--proc", "/proc", "--perms", "1777", "--tmpfs", SCRATCH),
        *temporary_folder(),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", ASSIGNMENT),
        *(sys.executable, "-m", "autograder.sandbox.zygote", str(descriptor)),
    ]  # fmt: skip


def system_folders() -> list[str]:
    """Return the arguments for the system's programs and libraries, links kept as links."""
    arguments = []
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    for file in SYSTEM_FILES:
        arguments += ["--ro-bind-try", file, file]
    return arguments


def temporary_folder() -> list[str]:
    """Return the arguments that let /tmp be the scratch folder, unless this Python lies there."""
    if any(it.is_relative_to("/tmp") for it in python_folders()):
        return []
    return ["--symlink", SCRATCH, "/tmp"]


def python_folders() -> list[Path]:
    """Return where this Python and its environment are, without what the system folders have."""
    program, *folders = (Path(it).resolve() for it in (sys.executable, *python_prefixes()))
    if not any(program.is_relative_to(it) for it in folders):
        folders.append(program)
    return sorted({it for it in folders if not it.is_relative_to("/usr")})


def python_prefixes() -> tuple[str, str]:
    return sys.base_prefix, sys.prefix


def python_links() -> list[str]:
    """Return the arguments for links by which this Python is reached, outside its folders."""
    arguments: list[str] = []
    inside = [*map(Path, SYSTEM), *python_folders()]
    for start in (sys.executable, *python_prefixes()):
        for link, target in links(Path(start).absolute()):
            if not any(link.is_relative_to(it) for it in inside):
                arguments += [*parents(link), "--symlink", target, str(link)]
                inside.append(link)
    return arguments


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the links that are followed from a path to its file, and what each says."""
    place, left = Path("/"), list(path.parts[1:])
    while left:
        place /= left.pop(0)
        if place.is_symlink():
            target = os.readlink(place)
            yield place, target
            start = Path(target)
            place = Path("/") if start.is_absolute() else place.parent
            left = [*(it for it in start.parts if it != "/"), *left]
        place = Path(os.path.normpath(place))


def refuse_own_files(release: Path) -> None:
    """Demand that no folder that a child sees holds the repository or the course."""
    for folder in (*map(Path, SYSTEM), *python_folders()):
        for own in (CHECKOUT, release):
            if own.is_relative_to(folder):
                raise TooMuchInside(
                    f"The sandbox shows {folder} to submissions, and {own} lies there. Move the "
                    "repository out of it, or make the environment in a folder of its own: "
                    "`python -m venv .venv`."
                )


def released(release: Path) -> dict[Path, str]:
    """Return what students get and where it is inside; the expected values of checks stay out."""
    data = (it for it in (release / "data").glob("*") if it.name != "references")
    folders = [release / "exercise_lib", *sorted(data)]
    return {it: f"{ASSIGNMENT}/{it.relative_to(release).as_posix()}" for it in folders}


def bind(places: Mapping[Path, str]) -> list[str]:
    """Return the arguments for read-only folders at other places, with parents anyone may pass."""
    arguments = []
    for folder, place in places.items():
        arguments += [*parents(Path(place)), "--ro-bind", str(folder), place]
    return arguments


def parents(place: Path) -> list[str]:
    """Return the arguments for the folders above a place, which anyone may pass."""
    above = reversed(place.parents[:-1])
    return [it for parent in above for it in ("--perms", "0755", "--dir", str(parent))]
