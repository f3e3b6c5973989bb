"""The filter of system calls, read as the kernel reads it, on both kinds of machines."""

import re
import socket
from pathlib import Path

import pytest

from autograder.sandbox.seccomp import (
    ALLOW,
    AT_LEAST,
    COMMANDS,
    EQUALS,
    FCNTL,
    FIRST_ARGUMENT,
    LOAD,
    MACHINE,
    MACHINES,
    NUMBER,
    REFUSE,
    REFUSED,
    RETURN,
    SECOND_ARGUMENT,
    SOCKET,
    X32,
    program,
)

READ, CLONE3 = {"x86_64": 0, "aarch64": 63}, 435
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def verdict(machine: str, number: int, argument: int = 0, audit: int = 0, second: int = 0) -> int:
    """Run the filter over one system call."""
    data = {NUMBER: number, MACHINE: audit or MACHINES[machine]}
    data |= {FIRST_ARGUMENT: argument, SECOND_ARGUMENT: second}
    steps, at, loaded = program(machine), 0, 0
    while True:
        code, skip_if_true, skip_if_false, operand = steps[at]
        if code == RETURN:
            return operand
        if code == LOAD:
            loaded, skip = data[operand], 0
        else:
            true = {EQUALS: loaded == operand, AT_LEAST: loaded >= operand}[code]
            skip = skip_if_true if true else skip_if_false
        at += 1 + skip


@pytest.mark.parametrize("machine", MACHINES)
def test_what_no_exercise_needs_is_refused_and_the_rest_allowed(machine):
    column = list(MACHINES).index(machine)
    refused = {it[column] for it in REFUSED.values()} - {None}
    for number in {*range(500), CLONE3, READ[machine]} - {SOCKET[column]}:
        assert verdict(machine, number) == (REFUSE if number in refused else ALLOW), number
    for family in range(64):
        allowed = family in (
            socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK
        )  # fmt: skip
        assert verdict(machine, SOCKET[column], family) == (ALLOW if allowed else REFUSE)
    for command in range(1100):
        refused_too = command in COMMANDS
        found = verdict(machine, FCNTL[column], second=command)
        assert found == (REFUSE if refused_too else ALLOW), command


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_machine_are_refused(machine):
    i386 = 0x40000003
    assert verdict(machine, READ[machine], audit=i386) == REFUSE
    assert verdict(machine, X32 + READ["x86_64"]) == REFUSE


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_systems_headers(machine):
    if not HEADERS[machine].is_file():
        pytest.skip("no headers here")
    known = re.findall(r"^#define __NR_(\w+)\s+(\d+)$", HEADERS[machine].read_text(), re.MULTILINE)
    numbers = {name: int(number) for name, number in known}
    for name, pair in {**REFUSED, "socket": SOCKET}.items():
        if name in numbers:
            assert pair[list(MACHINES).index(machine)] == numbers[name], name
