"""Linux namespaces, mounts and limits, for a process that is to lose its reach."""

from __future__ import annotations

import ctypes
import os
import resource
import time
from collections.abc import Iterable
from pathlib import Path

from autograder.sandbox.limits import Limits

SCRATCH = "/scratch"  # where a child may write; TMPDIR says so

LIBC = ctypes.CDLL(None, use_errno=True)

# <linux/sched.h>
NEW_MOUNTS, NEW_HOSTNAME, NEW_IPC = 0x00020000, 0x04000000, 0x08000000
NEW_USER, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
CHILD_NAMESPACES = NEW_USER | NEW_MOUNTS | NEW_NETWORK | NEW_IPC | NEW_HOSTNAME

# <linux/mount.h>
READ_ONLY, NO_SUID, NO_DEVICES, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18

# <linux/prctl.h>
SET_DUMPABLE, DROP_BOUNDING, NO_NEW_PRIVILEGES = 4, 24, 38
CAPABILITY_VERSION, CAPABILITIES = 0x20080522, 64

NOBODY = 65534


def succeed(result: int, what: str) -> None:
    """Raise OSError when a C function returned a failure."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def become_nobody() -> None:
    """Give up root, which no limit on processes binds."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        succeed(LIBC.prctl(SET_DUMPABLE, 1, 0, 0, 0), "prctl")  # its own /proc/self is its again


def enter(namespaces: int) -> None:
    """Move this process into new namespaces, a user namespace with the same ids among them."""
    user, group = os.getuid(), os.getgid()
    succeed(LIBC.unshare(namespaces), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def fork_into_new_pids(own: int, seconds: float) -> int:
    """Fork; the child is the first process of a new pid namespace.

    Where the user has no more processes, which a fork bomb that has just ended may still hold,
    this waits.

    Args: own: an open /proc/self/ns/pid of this process, which stays where it is.

    Raises: BlockingIOError when there is no process to be had in this time.
    """
    deadline = time.monotonic() + seconds
    while True:
        succeed(LIBC.unshare(NEW_PIDS), "unshare")
        try:
            pid = os.fork()
        except BlockingIOError:
            succeed(LIBC.setns(own, NEW_PIDS), "setns")
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if pid:
            succeed(LIBC.setns(own, NEW_PIDS), "setns")
        return pid


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Call mount(2)."""
    texts = (text.encode() for text in (source, target, kind))
    succeed(LIBC.mount(*texts, flags, options.encode()), f"mount {target}")


def replace_what_is_writable(limits: Limits) -> None:
    """Mount an empty scratch folder and /dev/shm of this child's own."""
    succeed(LIBC.mount(b"none", b"/", None, PRIVATE | RECURSIVE, None), "mount /")
    for folder in (SCRATCH, "/dev/shm"):
        options = f"size={limits.disk},nr_inodes=10000,mode=1777"
        mount("tmpfs", folder, "tmpfs", NO_SUID | NO_DEVICES, options)


def put_files(files: Iterable[tuple[str, bytes]]) -> None:
    """Let files appear with new contents in places that are read-only."""
    folder = Path(SCRATCH, ".files")
    folder.mkdir()
    for number, (path, content) in enumerate(files):
        copy = folder / str(number)
        copy.write_bytes(content)
        mount(str(copy), path, "none", BIND)


def hide_processes() -> None:
    """Forbid further user namespaces, and put an empty folder over /proc."""
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    mount("tmpfs", "/proc", "tmpfs", READ_ONLY | NO_SUID | NO_DEVICES, "size=4096")


def set_limits(limits: Limits) -> None:
    """Set limits that this process can't raise again."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bounds = {
        resource.RLIMIT_AS: pages * resource.getpagesize() + limits.memory,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_FSIZE: limits.disk,
        resource.RLIMIT_CPU: int(limits.notebook_seconds) + 1,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))


def drop_privileges() -> None:
    """Give up every capability for good."""
    for capability in range(CAPABILITIES):
        LIBC.prctl(DROP_BOUNDING, capability, 0, 0, 0)  # fails where there is none of the number
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    succeed(LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    succeed(LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
