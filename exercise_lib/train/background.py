"""A long run beside the notebook: a process of its own, with buttons to start and stop it."""

from __future__ import annotations

import _thread
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import exercise_lib
from exercise_lib.train.session import find_task, train

if TYPE_CHECKING:
    from ipywidgets import VBox

POLITE = 10  # added to its priority number, so that the notebook comes first


class BackgroundRun:
    """A run that leaves the notebook free; its task is that of `train`.

    It ends when it is stopped, when it is done, and with the notebook's kernel. Started again, it
    goes on from the last checkpoint.
    """

    def __init__(self, name: str, folder: Path, config: Any, every: int = 50) -> None:
        """Args: name, folder, config: as for `train`; every: steps between checkpoints."""
        import ipywidgets

        config = dataclasses.asdict(config)
        self.order = {"name": name, "folder": str(folder), "config": config, "every": every}
        self.process: subprocess.Popen[bytes] | None = None
        self.watcher: Thread | None = None
        self.said = ipywidgets.Label("Not started.")
        self.start_button = ipywidgets.Button(description="Start", icon="play")
        self.stop_button = ipywidgets.Button(description="Stop", icon="stop", disabled=True)
        self.start_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())

    @property
    def widget(self) -> VBox:
        """Both buttons, and below them how far it is."""
        import ipywidgets

        buttons = ipywidgets.HBox([self.start_button, self.stop_button])
        return ipywidgets.VBox([buttons, self.said])

    def start(self) -> None:
        """Start it, or go on; without effect where it runs."""
        if self.watcher is not None and self.watcher.is_alive():
            return
        package = str(Path(exercise_lib.__file__).parent.parent)
        paths = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": paths},
            start_new_session=True,  # the notebook's interrupt is not meant for it
        )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(self.order).encode() + b"\n")
        self.process.stdin.flush()
        self.said.value = "Starting ..."
        self.start_button.disabled, self.stop_button.disabled = True, False
        self.watcher = Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def stop(self) -> None:
        """Stop it; what it has learned is saved."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def wait(self) -> None:
        """Return when it has ended."""
        if self.watcher is not None:
            self.watcher.join()

    def _watch(self) -> None:
        assert self.process and self.process.stdout
        while said := self.process.stdout.read1():  # type: ignore[attr-defined]
            lines = said.decode(errors="replace").replace("\r", "\n").split("\n")
            self.said.value = next((it for it in reversed(lines) if it.strip()), self.said.value)
        self.process.wait()
        self.start_button.disabled, self.stop_button.disabled = False, True


def stop_at_end_of_input() -> None:
    """Interrupt this process when the notebook closes its end of the pipe, or is gone."""
    os.read(0, 1)
    _thread.interrupt_main()


def main() -> None:
    """Train what the first line of the input orders, until the input ends."""
    order = json.loads(sys.stdin.readline())
    Thread(target=stop_at_end_of_input, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(POLITE)
    every = order["every"]
    try:
        config = find_task(order["name"]).config_type(**order["config"])
        folder = Path(order["folder"])
        train(order["name"], folder, config, evaluate_every=every, checkpoint_every=every)
        print(f"\nDone: {config.steps} steps.")
    except KeyboardInterrupt:
        print("\nStopped. Start goes on from the last checkpoint.")
    except Exception as error:  # shown below the buttons, where a traceback has no room
        print(f"\n{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
