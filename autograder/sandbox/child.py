"""One child of the zygote: it shuts itself in, then runs a student's code and returns what comes.

Nothing here can be trusted once the student's code has run: it may do with this process what it
wants. The grader reads every answer as if the student had written it.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import math
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from autograder.sandbox import namespaces, own_files, seccomp
from autograder.sandbox.borrow import borrow, forget_modules
from autograder.sandbox.limits import Limits
from autograder.sandbox.link import Link
from autograder.sandbox.protocol import Tensors, receive, receive_end, send
from autograder.sandbox.quick_imports import USUAL_THRESHOLDS
from autograder.sandbox.remote import Lender, Peer, Texts
from autograder.sandbox.shell import run_cell, show_cell
from autograder.sandbox.small_convolutions import small_convolutions
from autograder.sandbox.values import read_case, write_outcome
from exercise_lib.check.own_modules import HALTED, INTERRUPTED
from exercise_lib.check.run import run_seeded
from exercise_lib.check.settings import kept_random_states, kept_settings
from exercise_lib.check.target import load_target
from exercise_lib.check.time_limit import TookTooLong, time_limit
from exercise_lib.check.verdict import describe_import_error

DAY = 86_400.0
ANY_SIZE = 1 << 33

Answer = tuple[dict[str, Any], Tensors]
Answers = dict[str, Callable[[dict[str, Any], Tensors, InteractiveShell], Answer]]


def run_child(channel: socket.socket, limits: Limits, shell: InteractiveShell) -> None:
    """Shut this process in, take the student's files, and answer requests; does not return."""
    try:
        gc.set_threshold(*USUAL_THRESHOLDS)
        enter_own_namespaces(channel, limits)
        files, _ = receive(channel, DAY, ANY_SIZE, ANY_SIZE)
        contents = {path: base64.b64decode(text) for path, text in files.items()}
        namespaces.put_files(own_files.put(contents))
        give_up_the_rest(limits)
        send(channel, {"ready": True}, {}, DAY)
        requests = Requests(channel, limits)
        while True:
            request, tensors = requests.next()
            requests.answer(*answer_to(request, tensors, shell, requests.answers))
    finally:
        os._exit(1)


class Requests:
    """The grader's requests, each of which has one answer; two of them join two children."""

    def __init__(self, channel: socket.socket, limits: Limits) -> None:
        self.channel, self.limits, self.token = channel, limits, ""
        self.lender: Lender | None = None
        self.texts: Texts | None = None
        self.answers: Answers = {"borrow": self.borrow, "lend": self.lend}

    def next(self) -> tuple[dict[str, Any], Tensors]:
        """Wait for a request, and do meanwhile what is lent to the other child."""
        while self.lender and self.channel not in readable(self.channel, self.lender.link.channel):
            if not self.lender.serve():
                self.lender = None
        request, tensors = receive(self.channel, DAY, ANY_SIZE, ANY_SIZE)
        self.token = request["token"]
        return request, tensors

    def answer(self, answer: dict[str, Any], results: Tensors) -> None:
        """Answer the last request."""
        send(self.channel, {"answers": self.token, **answer}, results, DAY)

    def link(self) -> Link:
        """Take the channel to the other child, which follows the request."""
        return Link(receive_end(self.channel), self.limits.message)

    def borrow(self, request: dict[str, Any], tensors: Tensors, shell: InteractiveShell) -> Answer:
        """Have parts of the student's modules done by the other child, and none lent before."""
        link = self.link()
        forget_modules()
        try:
            with limit_of(request):
                borrow(request["parts"], Peer(link))
        except TookTooLong as error:
            halt(error)
            borrow(request["parts"], Peer(link))
        return {}, {}

    def lend(self, request: dict[str, Any], tensors: Tensors, shell: InteractiveShell) -> Answer:
        """Do parts of the modules that the first such request brings for the other child."""
        link = self.link()
        if self.lender:
            self.lender.link.channel.close()  # what still holds the other end finds nobody
        if self.texts is None:
            self.texts = Texts(request["modules"])
            sys.meta_path.insert(0, self.texts)
        self.lender = Lender(link, request["parts"])
        return {}, {}


def readable(*channels: socket.socket) -> list[socket.socket]:
    """Wait until something comes from one of these; return from which."""
    return select.select(channels, [], [])[0]


def enter_own_namespaces(channel: socket.socket, limits: Limits) -> None:
    """Leave this process nothing but its channel, a small scratch folder and read-only files."""
    close_others(channel.fileno())
    namespaces.enter(namespaces.CHILD_NAMESPACES)
    namespaces.replace_what_is_writable(limits)


def give_up_the_rest(limits: Limits) -> None:
    """Drop what only this process's own setting up needed, for good."""
    namespaces.set_limits(limits)
    namespaces.hide_processes()
    namespaces.drop_privileges()
    seccomp.refuse_calls()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.setsid()
    os.chdir(namespaces.SCRATCH)


def close_others(kept: int) -> None:
    """Close every open file but one; standard input and output lead nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number != kept:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(number)


def answer_to(
    request: dict[str, Any], tensors: Tensors, shell: InteractiveShell, more: Answers | None = None
) -> Answer:
    """Do what a request asks; whatever the student's code raises becomes a part of the answer."""
    try:
        return (ANSWERS | (more or {}))[request["do"]](request, tensors, shell)
    except BaseException as error:
        return {"failed": f"{type(error).__name__}: {error}"[:300]}, {}


def run(request: dict[str, Any], tensors: Tensors, shell: InteractiveShell) -> Answer:
    """Run a notebook's cell; say what it raised."""
    try:
        with kept_settings(), limit_of(request):
            return {"raised": run_cell(shell, request["source"])}, {}
    except TookTooLong as error:
        halt(error)
        return {"raised": f"TookTooLong: it {error}"}, {}


def halt(error: TookTooLong) -> str:
    """Import a module no more that the clock stopped, which would take the time again.

    Returns: why, or "" where none was being imported.
    """
    if not INTERRUPTED:
        return ""
    name, why = INTERRUPTED[0], f"{INTERRUPTED[0].replace('.', '/')}.py {error}"
    INTERRUPTED.clear()
    HALTED[name] = why
    return why


def forget(request: dict[str, Any], tensors: Tensors, shell: InteractiveShell) -> Answer:
    """Forget what the cells of a notebook defined, and the student's modules."""
    shell.user_module, shell.user_ns = shell.prepare_user_module()  # what cells left keeps its own
    shell.reset()
    forget_modules()
    return {}, {}


def show(request: dict[str, Any], tensors: Tensors, shell: InteractiveShell) -> Answer:
    """Run a notebook's cell and return its outputs."""
    return {"outputs": show_cell(shell, request["source"])}, {}


def check(request: dict[str, Any], tensors: Tensors, shell: InteractiveShell) -> Answer:
    """Run the cases on a function of a module or of the notebook; return their outcomes."""
    results: Tensors = {}
    try:
        with small_convolutions(), kept_random_states(), limit_of(request):
            target = find_target(request, shell)
            outcomes = [
                write_outcome(run_seeded(target, read_case(case, tensors)), results)
                for case in request["cases"]
            ]
        return {"outcomes": outcomes}, results
    except TookTooLong as error:
        if halted := halt(error):
            return {"rejected": describe_import_error(ImportError(halted))}, {}
        return {"stopped": f"The code {error}"}, {}
    except NoTarget as error:
        return {"rejected": str(error)}, {}


def limit_of(request: dict[str, Any]) -> AbstractContextManager[None]:
    """Return the limit of a request's time; this process has no screen to tell anything on."""
    return time_limit(request.get("seconds", math.inf), tells=False)


class NoTarget(Exception):
    """There is nothing to call; why, for the student."""


def find_target(request: dict[str, Any], shell: InteractiveShell) -> Any:
    """Return what is to be called; raises NoTarget."""
    name = request["name"]
    if not name:
        try:
            return load_target(request["target"])
        except TookTooLong:
            raise
        except BaseException as error:
            raise NoTarget(describe_import_error(error)) from error
    if name not in shell.user_ns:
        raise NoTarget(f"The notebook's answers define no `{name}`.")
    return shell.user_ns[name]


ANSWERS: Answers = {
    "run": run,
    "forget": forget,
    "show": show,
    "check": check,
}
