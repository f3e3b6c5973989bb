"""An interpreter for a notebook's cells, inside the sandbox: IPython without a kernel."""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from exercise_lib.checking.run import describe_exception

TEXT = 20_000  # characters of a cell's output
OUTPUTS = 20
SHOWN = ("image/png", "image/jpeg", "text/plain")  # nothing a browser would run


def make_shell() -> InteractiveShell:
    """Return a shell that writes no history, shows no errors itself and reloads nothing."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0
    shell = InteractiveShell.instance(config=config)
    shell.showtraceback = shell.showsyntaxerror = lambda *_, **__: None
    shell.enable_gui = lambda *_: None
    shell.extension_manager.loaded.add("autoreload")
    shell.extension_manager.loaded.add("IPython.extensions.autoreload")
    shell.register_magic_function(lambda _: None, magic_name="autoreload")
    return shell


def run_cell(shell: InteractiveShell, source: str) -> None:
    """Run one cell and drop what it shows; an exception ends the cell and nothing else."""
    with capture_output():
        shell.run_cell(source)


def show_cell(shell: InteractiveShell, source: str) -> list[dict[str, Any]]:
    """Run one cell; return texts, pictures and the exception in the form of a notebook."""
    shell.run_line_magic("matplotlib", "inline")
    with capture_output() as captured:
        result = shell.run_cell(source)
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": name, "text": shorten(text)}
        for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr))
        if text
    ]
    for output in captured.outputs[:OUTPUTS]:
        data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
        if "text/plain" in data:
            data["text/plain"] = shorten(data["text/plain"])
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        raised = describe_exception(error)
        outputs.append(
            {
                "output_type": "error",
                "ename": raised.type,
                "evalue": raised.message,
                "traceback": [str(raised)],
            }
        )
    return outputs


def shorten(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[:TEXT]}\n… {len(text) - TEXT} characters more"
