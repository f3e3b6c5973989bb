"""A time limit for a student's code, which says what was running.

A call into a library can't be stopped before it returns; meanwhile this is said.
"""

from __future__ import annotations

import contextlib
import ctypes
import linecache
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from exercise_lib.check.places import ENGINE, is_given, shown_path

AGAIN = 0.2  # seconds after which it is stopped again, where code caught the exception
STUCK = 10.0  # seconds more after which a call that can't be stopped is named
TOO_SLOW = "Look for endless loops, and for sizes that are much too large."


class TookTooLong(KeyboardInterrupt):
    """The student's code was interrupted by the clock; as text, where."""


@contextlib.contextmanager
def time_limit(seconds: float, tells: bool = True) -> Iterator[None]:
    """Raise TookTooLong where code is still running after so many seconds.

    Args: tells: whether somebody reads on the screen that a call can't be stopped.
    """
    if math.isinf(seconds):
        yield
        return
    watch = Watch(seconds, sys._getframe(2), tells)  # of the `with` statement
    watch.start()
    try:
        yield
    except TookTooLong:
        pass
    finally:
        watch.end()
    if watch.is_over:
        raise TookTooLong(str(watch)) from None


class Watch(threading.Thread):
    """Stops what the thread that made it is running, once the time is over."""

    def __init__(self, seconds: float, begin: FrameType, tells: bool) -> None:
        """Args: begin: the frame in which the time begins; tells: as in `time_limit`."""
        super().__init__(daemon=True)
        self.seconds, self.began = seconds, time.monotonic()
        self.watched = threading.get_ident()
        self.own = {ENGINE, Path(begin.f_code.co_filename).parent}  # folders of what runs the code
        self.screen: TextIO | None = sys.stderr
        self.done = threading.Event()
        self.place = ""
        self.has_signals = hasattr(signal, "setitimer") and (
            threading.current_thread() is threading.main_thread()
        )
        self.needs_thread = tells or not self.has_signals
        self.before: Any = None  # the signal's handler, its timer, and what traces

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.began + self.seconds

    def start(self) -> None:
        """Begin to wait; where no thread can be had, a signal alone must do."""
        if self.has_signals:
            handler = signal.signal(signal.SIGALRM, self.stop_here)
            timer = signal.setitimer(signal.ITIMER_REAL, self.seconds, AGAIN)
            self.before = handler, timer, sys.gettrace()
        if self.needs_thread:
            with contextlib.suppress(RuntimeError):
                super().start()

    def end(self) -> None:
        """Watch no more; what is still on its way to be raised is raised here."""
        is_on = True
        while is_on:
            with contextlib.suppress(TookTooLong):
                self.done.set()
                if self.is_alive():
                    self.join()
                for _ in range(100):
                    is_on = False
        if self.has_signals:
            handler, timer, trace = self.before
            sys.settrace(trace)
            signal.setitimer(signal.ITIMER_REAL, *timer)
            signal.signal(signal.SIGALRM, handler)

    def run(self) -> None:
        """Wait, and without signals stop what is running, again and again until it ends."""
        said = False
        wait = self.seconds
        while not self.done.wait(wait):
            wait = AGAIN
            frame = sys._current_frames().get(self.watched)
            if not self.has_signals and self.find_place(frame):
                raise_in(self.watched, TookTooLong)
            if not said and time.monotonic() > self.began + self.seconds + STUCK:
                said = True
                self.say_stuck()

    def stop_here(self, number: int, frame: FrameType | None) -> None:
        """Raise TookTooLong, as a signal's handler, where it is the student's code that runs.

        Where that catches it, it is raised anew at the next line.
        """
        if self.find_place(frame):
            sys.settrace(self.stop_at)
            while frame is not None and self.place_of(frame):
                frame.f_trace = self.stop_at
                frame = frame.f_back
            raise TookTooLong

    def stop_at(self, frame: FrameType, event: str, value: Any) -> Any:
        """Raise TookTooLong at a line of the student's code, as a function that traces it."""
        if event == "line" and self.place_of(frame):
            raise TookTooLong
        return self.stop_at

    def find_place(self, frame: FrameType | None) -> bool:
        """Note the place in the student's code, if it is that which runs and not the check's."""
        place = self.place_of(frame)
        self.place = self.place or place
        return bool(place)

    def place_of(self, frame: FrameType | None) -> str:
        """Return where in the student's code a frame is or was called, or ""."""
        while frame is not None:
            if not self.own.isdisjoint(Path(frame.f_code.co_filename).parents):
                return ""
            if not is_given(frame.f_code.co_filename):
                return text_of_place(frame)
            frame = frame.f_back
        return ""

    def say_stuck(self) -> None:
        """Tell on the screen that a call can't be stopped."""
        place = self.place_of(sys._current_frames().get(self.watched))
        if place and self.screen:
            where = place.partition("\n")[0]
            print(
                f"Still running {where}: a library's call, which can't be stopped before it "
                "returns. Interrupt or restart the kernel.",
                file=self.screen,
            )

    def __str__(self) -> str:
        """Say how long it ran, and where it was."""
        took = time.monotonic() - self.began
        where, newline, source = self.place.partition("\n")
        text = f"ran for more than {self.seconds:.3g} s and was stopped{where and ' '}{where}"
        if took > self.seconds + STUCK:
            text += f", after {took:.0f} s, since a library's call can't be before it returns"
        return f"{text}. {TOO_SLOW}{newline}{source}"


def text_of_place(frame: FrameType) -> str:
    """Return a function, file and line as a text, and the line below it."""
    file, line = frame.f_code.co_filename, frame.f_lineno
    name = frame.f_code.co_name
    function = "" if name.startswith("<module") else f"in `{name}` "
    linecache.checkcache(file)
    source = linecache.getline(file, line).strip()
    return f"{function}({shown_path(file)}, line {line})\n{source}".rstrip()


def raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise an exception in a thread at its next step."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
