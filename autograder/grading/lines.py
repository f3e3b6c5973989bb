"""Children of the sandbox one after the other: where one is lost, the next one takes over."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from autograder.sandbox.errors import Misbehaved, SandboxDied
from autograder.sandbox.pair import join
from autograder.sandbox.sandbox import Child, Sandbox


class Line:
    """A child that is forked when it is needed, and again after it was dropped."""

    def __init__(self, sandbox: Sandbox, files: Mapping[str, bytes]) -> None:
        self.sandbox, self.files, self.limits = sandbox, files, sandbox.limits
        self.stack = ExitStack()
        self.running: Child | None = None
        self.position = 0  # the first cell it has not run

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def child(self) -> Child:
        if self.running is None:
            self.running = self.stack.enter_context(self.sandbox.child(self.files))
        return self.running

    def end(self) -> None:
        """End the child."""
        self.stack.close()
        self.running, self.position = None, 0

    def take_over(self, other: Line) -> None:
        """Go on with the child of another line, which is done with it."""
        self.end()
        self.running, self.position = other.running, other.position
        self.stack = other.stack.pop_all()
        other.end()

    def drop(self) -> None:
        """End the child; raises SandboxDied when it was the sandbox that failed, not the child."""
        self.end()
        if not self.sandbox.is_alive():
            raise SandboxDied("the sandbox ended")


class NotebookLine(Line):
    """A child in which checks of modules run, and then one notebook's cells after the other's."""

    def begin(self, seconds: float) -> None:
        """Let cells find nothing, as in a new kernel; raises SandboxDied."""
        self.position = 0
        if self.running is not None:
            try:
                self.running.ask({"do": "forget"}, {}, seconds)
            except Misbehaved:
                self.drop()


class HelpedLine(NotebookLine):
    """A child for which another one does some parts, with the course's own modules.

    It goes on with a child in which all was tried without help, and serves for one exercise after
    the other. Each time other parts are lent, or cells are run, it imports the student's modules
    anew. Of what was lent before it may have kept values, but nothing that it could still call.
    """

    def __init__(
        self, files: Mapping[str, bytes], helper: Line, modules: Mapping[str, str]
    ) -> None:
        super().__init__(helper.sandbox, files)
        self.helper, self.modules = helper, modules
        self.parts: list[str] = []
        self.names: list[str] = []
        self.seconds = 0.0
        self.is_joined = False

    def help_with(self, parts: list[str], names: list[str], seconds: float) -> None:
        """Let the other one do these parts from now on.

        Args:
            names: parts that can be imported, no more; see `join`.
            seconds: which the student's modules may take to be imported.
        """
        if not (parts or names):
            self.end()
        if (parts, names) != (self.parts, self.names):
            self.is_joined = False
        self.parts, self.names, self.seconds = parts, names, seconds

    def begin(self, seconds: float) -> None:
        super().begin(seconds)
        self.is_joined = False

    @property
    def child(self) -> Child:
        child = super().child
        if (self.parts or self.names) and not self.is_joined:
            join(child, self.helper.child, self.modules, self.parts, self.names, self.seconds)
            self.is_joined = True
        return child

    def end(self) -> None:
        super().end()
        self.is_joined = False

    def drop(self) -> None:
        """End both, since the helper may wait for an answer."""
        self.helper.drop()
        super().drop()


class Children:
    """The children that one submission's checks need, each forked when it is first asked for."""

    def __init__(
        self, sandbox: Sandbox, files: Mapping[str, bytes], own_modules: Mapping[str, str]
    ) -> None:
        """Args: files: the student's modules, `exercise_lib/mel.py`; own_modules: the course's."""
        self.hidden = NotebookLine(sandbox, files)
        self.public = NotebookLine(sandbox, files)  # of a child that was given no hidden case
        self.helper = Line(sandbox, {})  # with the course's own modules
        self.helped = HelpedLine(files, self.helper, own_modules)

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin_to_help(self) -> None:
        """Leave nothing without help; it could ask the helper, by whatever way."""
        self.public.end()
        self.helped.take_over(self.hidden)

    def end(self) -> None:
        """End all."""
        for line in (self.hidden, self.public, self.helped, self.helper):
            line.end()
