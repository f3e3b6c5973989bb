"""The warm process inside bubblewrap: it has imported what everybody may use, and forks children.

It runs as `python -m autograder.sandbox.zygote FD`, FD being its end of the control channel. It
holds nothing secret and runs no student's code; a student's files go straight into a child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import shutil
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from autograder.sandbox import namespaces, quick_imports, seccomp  # noqa: F401  # before nbformat
from autograder.sandbox.bubblewrap import MACHINE_CODE
from autograder.sandbox.limits import Limits
from autograder.sandbox.watcher import watch

CHECK = "exercise_lib.check"
MESSAGE = 1 << 16  # bytes of a control message
FORK_SECONDS = 10.0  # to wait for a free process; the grader waits longer


def main(control: socket.socket) -> None:
    """Leave root behind, become the first process of a pid namespace, and serve."""
    namespaces.become_nobody()
    seccomp.leave_keyring()
    namespaces.enter(namespaces.NEW_USER | namespaces.NEW_PIDS)
    settings = json.loads(control.recv(MESSAGE))
    limits = Limits(**settings["limits"])
    pid = os.fork()
    if pid:
        watch(pid, limits)
        return
    if os.path.isdir(MACHINE_CODE):  # numba reads only folders that it may write to
        shutil.copytree(MACHINE_CODE, os.environ["NUMBA_CACHE_DIR"])
    preload(settings["students"], settings["imports"])
    shell = warm_up()
    gc.freeze()
    control.send(b'{"ready": true}')
    serve(control, limits, shell, settings["students"])


@contextlib.contextmanager
def without(students: Iterable[str]) -> Iterator[None]:
    """Let importing a student module fail, and what needs one."""
    for name in students:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in students:
            del sys.modules[name]


def import_all(names: Iterable[str]) -> None:
    """Import modules, or parts of them; what can't be imported is left out."""
    for name in names:
        with contextlib.suppress(Exception):
            pkgutil.resolve_name(name)


def preload(students: Iterable[str], imports: Iterable[str]) -> None:
    """Import the check's own modules and what submissions use, and no student module.

    Args:
        students: the names of the student modules; what can't be imported without one of them is
            left for the children.
        imports: modules, and what modules have, such as `librosa.feature`.
    """
    import torch

    torch.set_num_threads(1)
    send_tensors_by_value()
    with without(students):
        package = importlib.import_module(CHECK)
        own = [it.name for it in pkgutil.walk_packages(package.__path__, f"{CHECK}.", _ignore)]
        import_all([*imports, *(it for it in own if not it.endswith("__main__"))])
    importlib.import_module("autograder.sandbox.child")


def send_tensors_by_value() -> None:
    """Have processes hand tensors on as their numbers, since children may not send open files."""
    from multiprocessing.reduction import ForkingPickler

    import torch.multiprocessing  # noqa: F401  # which registers the other way

    reducers = ForkingPickler._extra_reducers  # type: ignore[attr-defined]
    for kind in [it for it in reducers if it.__module__.partition(".")[0] == "torch"]:
        del reducers[kind]


def _ignore(name: str) -> None:
    """Leave out a package that can't be imported without a student module."""


def warm_up() -> Any:
    """Return a shell, after doing once what makes libraries import more when they are first used.

    No gradient is computed: autograd's threads don't survive a fork.
    """
    import torch

    from autograder.sandbox.child import answer_to
    from autograder.sandbox.protocol import pack, unpack
    from autograder.sandbox.shell import make_shell
    from autograder.sandbox.values import write_case
    from exercise_lib.check.case import Case

    shell = make_shell()
    tensors: dict[str, torch.Tensor] = {}
    case = write_case(Case("", {"x": torch.ones(2)}), tensors)
    requests = {"do": "run", "source": "def same(x):\n    return x"}, {
        "do": "check", "name": "same", "target": "", "cases": [case]
    }  # fmt: skip
    for request in requests:
        unpack(*pack(*answer_to(request, tensors, shell)))
    with torch.no_grad():
        torch.nn.GRU(2, 2)(torch.nn.Conv1d(2, 2, 1)(torch.ones(1, 2, 3)).mT)
    shell.reset()
    return shell


def serve(control: socket.socket, limits: Limits, shell: Any, students: Iterable[str]) -> None:
    """Fork a child for each channel that comes, and end children; returns when nobody asks."""
    from autograder.sandbox.child import run_child

    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    ended: set[int] = set()
    while True:
        message, received, _, _ = socket.recv_fds(control, MESSAGE, 1)
        if not message:
            return
        request = json.loads(message)
        if request["do"] == "fork":
            pid = namespaces.fork_into_new_pids(own, FORK_SECONDS)
            if pid == 0:
                os.set_inheritable(received[0], False)
                run_child(socket.socket(fileno=received[0]), limits, shell)
            control.send(json.dumps({"pid": pid}).encode())
        elif request["do"] == "end":
            os.kill(request["pid"], signal.SIGKILL)  # and with it all its pid namespace
            ended.add(request["pid"])
        elif request["do"] == "import":
            with without(students):
                import_all(request["imports"])
            gc.freeze()
            control.send(b'{"imported": true}')
        else:
            control.send(b'{"alive": true}')
        for descriptor in received:
            os.close(descriptor)
        ended -= {pid for pid in ended if os.waitpid(pid, os.WNOHANG)[0]}


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        main(channel)
