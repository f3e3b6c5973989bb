"""The sandbox as the grader uses it: `with Sandbox(...) as it, it.child(files) as child: ...`"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.sandbox import bubblewrap
from autograder.sandbox.errors import Misbehaved, SandboxDied, SandboxUnavailable
from autograder.sandbox.limits import Limits
from autograder.sandbox.program import WrongProgram, find_program
from autograder.sandbox.protocol import ProtocolError, Tensors, receive, send, send_end
from exercise_lib.check.time_limit import TOO_SLOW

START_SECONDS = 240.0  # imports on a cold, busy machine; numba may have to compile some
FORK_SECONDS = 20.0
MESSAGE = 1 << 16  # bytes of a control message

WHAT_TO_DO = (
    "Install bubblewrap (`apt install bubblewrap`) on a Linux that allows user namespaces; in a "
    "container, use autograder/Dockerfile. `--no-sandbox` grades without protection: a submission "
    "can then give itself points and read and change your files."
)

UNREADABLE = "What the code returned can't be read. Return what the exercise asks for"
ENDED = (
    "The code ended Python. Look for calls of exit, very deep recursions and very large tensors."
)
TOO_LONG = f"The code ran for too long and was stopped. {TOO_SLOW}"


class Sandbox:
    """One zygote, started again when it dies."""

    def __init__(
        self,
        release: Path,
        students: Iterable[str],
        imports: Iterable[str] = (),
        limits: Limits = Limits(),  # noqa: B008  # frozen
        machine_code: Path | None = None,
    ) -> None:
        """Prepare; entering it as a context starts the zygote.

        Args:
            release: the assignment as students get it.
            students: the modules they edit, such as `exercise_lib/mel.py`.
            imports: modules, and parts of them, that submissions use too, to have them warm.
            machine_code: a folder of numba's from earlier imports of them.
        """
        self.release, self.students = release, list(students)
        self.imports, self.limits = list(imports), limits
        self.machine_code = machine_code
        self.restarts = -1
        self.answers: dict[str, Any] = {}  # of the zygote, not yet asked for
        self.spare: socket.socket | None = None  # the channel of a child that is forked ahead

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the zygote and try it with an empty child; raises SandboxUnavailable."""
        try:
            program = find_program()
        except WrongProgram as error:
            raise SandboxUnavailable(f"{error} {WHAT_TO_DO}") from error
        if sys.platform != "linux" or program is None:
            raise SandboxUnavailable(f"There is no bubblewrap here. {WHAT_TO_DO}")
        self.answers, self.spare = {}, None
        self.control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inside, tempfile.TemporaryFile() as log:
            try:
                command = bubblewrap.command(
                    program, self.release.resolve(), inside.fileno(), self.machine_code
                )
            except bubblewrap.TooMuchInside as error:
                self.control.close()
                raise SandboxUnavailable(str(error)) from error
            self.process = subprocess.Popen(
                command,
                pass_fds=[inside.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
            inside.close()
            settings = {
                "students": [it.removesuffix(".py").replace("/", ".") for it in self.students],
                "imports": self.imports,
                "limits": asdict(self.limits),
            }
            try:
                self.control.settimeout(START_SECONDS)
                self.control.send(json.dumps(settings).encode())
                self.answer("ready")
                with self.child({}):
                    pass
            except (OSError, SandboxDied) as error:
                self.stop()
                log.seek(0)
                lines = log.read().decode(errors="replace").strip().splitlines()
                reason = lines[-1] if lines else str(error)
                raise SandboxUnavailable(
                    f"The sandbox does not start ({reason}). {WHAT_TO_DO}"
                ) from error
        self.restarts += 1

    def stop(self) -> None:
        """End the zygote, and with it every child."""
        self.control.close()
        if self.spare is not None:
            self.spare.close()
        self.process.kill()
        self.process.wait()

    def is_alive(self) -> bool:
        """Whether the zygote answers."""
        try:
            self.control.settimeout(FORK_SECONDS)
            self.control.send(b'{"do": "ping"}')
            return self.answer("alive")
        except (OSError, SandboxDied):
            return False

    def restart(self) -> None:
        """Start a new zygote in the place of one that died."""
        self.stop()
        self.start()

    def import_more(self, imports: Iterable[str]) -> None:
        """Have more modules warm, for the children that are forked from now on.

        Args: imports: see above.

        Raises: SandboxDied.
        """
        new = [it for it in imports if it not in self.imports]
        self.imports += new
        try:
            self.control.settimeout(START_SECONDS)
            self.control.send(json.dumps({"do": "import", "imports": new}).encode())
            self.answer("imported")
        except OSError as error:
            raise SandboxDied(f"the sandbox does not answer ({error})") from error

    def answer(self, name: str) -> Any:
        """Return what the zygote answers under a name; other answers are kept for later."""
        while name not in self.answers:
            message = self.control.recv(MESSAGE)
            if not message:
                raise SandboxDied("the sandbox ended")
            self.answers |= json.loads(message)
        return self.answers.pop(name)

    def fork(self) -> socket.socket:
        """Ask for another child, whose pid will be answered; return our end of its channel."""
        ours, theirs = socket.socketpair()
        with theirs:
            self.control.settimeout(FORK_SECONDS)
            socket.send_fds(self.control, [b'{"do": "fork"}'], [theirs.fileno()])
        return ours

    @contextlib.contextmanager
    def child(self, files: Mapping[str, bytes]) -> Iterator[Child]:
        """Return a child that sees `files`, such as `exercise_lib/mel.py`, in their places.

        While it works, the next one is forked and waits for its files.

        Raises: SandboxDied when there is no zygote to fork it, or it can't be set up.
        """
        try:
            ours = self.spare or self.fork()
            self.control.settimeout(FORK_SECONDS)
            pid = self.answer("pid")
            self.spare = self.fork()
        except OSError as error:
            raise SandboxDied(f"the sandbox does not answer ({error})") from error
        with ours:
            try:
                child = Child(ours, self.limits)
                child.take(files)
                yield child
            finally:
                with contextlib.suppress(OSError):  # it died, and the child with it
                    self.control.settimeout(FORK_SECONDS)
                    self.control.send(json.dumps({"do": "end", "pid": pid}).encode())


class Child:
    """The grader's end of one child's channel."""

    def __init__(self, channel: socket.socket, limits: Limits) -> None:
        self.channel, self.limits = channel, limits

    def take(self, files: Mapping[str, bytes]) -> None:
        """Hand the student's files over and wait until the child has shut itself in."""
        inside = {
            f"{bubblewrap.ASSIGNMENT}/{path}": base64.b64encode(content).decode()
            for path, content in files.items()
        }
        try:
            send(self.channel, inside, {}, FORK_SECONDS)
            receive(self.channel, FORK_SECONDS, MESSAGE)
        except (OSError, EOFError, ProtocolError) as error:
            raise SandboxDied(f"a child could not be set up ({error})") from error

    def ask(
        self,
        request: Mapping[str, Any],
        tensors: Tensors,
        seconds: float,
        end: socket.socket | None = None,
    ) -> tuple[dict[str, Any], Tensors]:
        """Return the answer to one request, after which the child may be asked again.

        Args: end: of a channel to another child, which the request hands over.

        Raises: Misbehaved when none comes in time, or no answer to this very request; then this
            child is of no more use.
        """
        token = secrets.token_hex(8)
        try:
            send(self.channel, {**request, "token": token}, tensors, seconds)
            if end is not None:
                send_end(self.channel, end)
            answer, results = receive(self.channel, seconds, self.limits.message)
        except TimeoutError as error:
            raise Misbehaved(
                f"The code ran for more than {seconds:.0f} s and was stopped. Look for endless "
                "loops.",
                TOO_LONG,
            ) from error
        except EOFError as error:
            raise Misbehaved(ENDED, ENDED) from error
        except ProtocolError as error:
            raise Misbehaved(f"{UNREADABLE} ({error}).", f"{UNREADABLE}.") from error
        if type(answer) is not dict or answer.pop("answers", None) != token:
            raise Misbehaved(f"{UNREADABLE}.", f"{UNREADABLE}.")
        if "failed" in answer:
            failed = str(answer["failed"])[:300]
            raise Misbehaved(f"The code could not be run to its end ({failed}).")
        return answer, results
