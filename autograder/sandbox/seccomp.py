"""System calls that no exercise needs: the kernel refuses them to a child for good (seccomp).

The filter is classic BPF, as `man 2 seccomp` describes it. Threads and processes are left alone:
other limits bound them.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct

from autograder.sandbox.namespaces import LIBC, succeed

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # <linux/audit.h>
X32 = 0x40000000  # on x86-64, calls from here on are a second set of the same

# <asm/unistd.h>: their numbers on the two machines, None where there is no such call.
REFUSED = {
    # keys, and other stores that outlive a process
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # memory that no limit of a process counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "remap_file_pages": (216, 234),
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180),
    # what others could see of a file that all can read: who locks it, what of it is in memory
    "flock": (73, 32), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "fadvise64": (221, 223), "readahead": (187, 213), "mincore": (27, 232),
    "cachestat": (451, 451), "preadv2": (327, 286),
    # what it counts for all children together: open files that are sent, processes and memory
    "sendmsg": (46, 211), "sendmmsg": (307, 269), "sysinfo": (99, 179),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "move_pages": (279, 239), "migrate_pages": (256, 238),
    # large parts of the kernel, where faults are found again and again
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "modify_ldt": (154, None), "personality": (135, 92), "lookup_dcookie": (212, 18),
    "fanotify_init": (300, 262), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # mounts and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    # the machine itself
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None),
}  # fmt: skip
SOCKET = (41, 198)
FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
FCNTL = (72, 25)
# F_GETLK, F_SETLK, F_SETLKW, the same for open files, F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ
COMMANDS = (5, 6, 7, 36, 37, 38, 1024, 1026, 1031)

# <linux/bpf_common.h>, <linux/seccomp.h>, <linux/prctl.h>
LOAD, EQUALS, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
# where they are in `struct seccomp_data`
NUMBER, MACHINE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
SET_SECCOMP, FILTER = 22, 2
JOIN_SESSION_KEYRING = 1  # <linux/keyctl.h>

INSTRUCTION = struct.Struct("HBBI")
Instruction = tuple[int, int, int, int]  # code, steps to skip if true, if false, operand


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_calls() -> None:
    """Have the kernel refuse the calls to this process and all that it starts."""
    code = b"".join(INSTRUCTION.pack(*it) for it in program(platform.machine()))
    filled = Program(len(code) // INSTRUCTION.size, code)
    succeed(LIBC.prctl(SET_SECCOMP, FILTER, ctypes.byref(filled), 0, 0), "seccomp")


def leave_keyring() -> None:
    """Give this process a session keyring of its own, unless a container refuses keys already."""
    keyctl = REFUSED["keyctl"][list(MACHINES).index(platform.machine())]
    LIBC.syscall(keyctl, JOIN_SESSION_KEYRING, None)


def program(machine: str) -> list[Instruction]:
    """Return the filter for a kind of machine."""
    column = list(MACHINES).index(machine)
    numbers = [it[column] for it in REFUSED.values()]
    families = [(LOAD, 0, 0, FIRST_ARGUMENT)]
    for family in FAMILIES:
        families += when(EQUALS, family, ALLOW)
    families.append((RETURN, 0, 0, REFUSE))
    commands = [(LOAD, 0, 0, SECOND_ARGUMENT)]
    for command in COMMANDS:
        commands += when(EQUALS, command, REFUSE)
    commands.append((RETURN, 0, 0, ALLOW))
    steps = [
        (LOAD, 0, 0, MACHINE),
        (EQUALS, 1, 0, MACHINES[machine]),
        (RETURN, 0, 0, REFUSE),  # a program for another machine that this one runs too
        (LOAD, 0, 0, NUMBER),
        *when(AT_LEAST, X32, REFUSE),
    ]
    for number in numbers:
        if number is not None:
            steps += when(EQUALS, number, REFUSE)
    steps += [(EQUALS, 0, len(families), SOCKET[column]), *families]
    steps += [(EQUALS, 0, len(commands), FCNTL[column]), *commands]
    return [*steps, (RETURN, 0, 0, ALLOW)]


def when(comparison: int, operand: int, verdict: int) -> list[Instruction]:
    """Return the steps that end the filter where a comparison is true."""
    return [(comparison, 0, 1, operand), (RETURN, 0, 0, verdict)]
