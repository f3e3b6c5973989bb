"""An interpreter for a notebook's cells, inside the sandbox: IPython without a kernel."""

from __future__ import annotations

import ast
import base64
import html
import re
from typing import Any, NamedTuple

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from exercise_lib.check.own_modules import REMARKS
from exercise_lib.check.questions import WithoutQuestions, left_out, nobody_answers
from exercise_lib.check.run import describe_exception
from exercise_lib.figures.shown import show_with_words

TEXT = 20_000  # characters of a cell's output
OUTPUTS = 20
PICTURES = ("image/png", "image/jpeg")  # besides text and sound: nothing that a browser would run
SOUND = "audio/wav"
SOUND_TEXT = 2_000_000  # characters of one sound as base64: 46 s at 16 kHz
PLAYER = re.compile("data:audio/(?:x-)?wav;base64,([A-Za-z0-9+/=]+)")
QUESTIONS = WithoutQuestions()
TAG = re.compile("^[^<]*>|<[^>]*(?:>|$)")  # whole, or cut off by what is left out


class Shown(NamedTuple):
    """One thing that a cell showed; a picture in Base64, with its alternative text."""

    kind: str
    shown: str
    words: str = ""


class Publish(DisplayHook):
    """Publish the value of a cell's last expression instead of printing it."""

    def write_output_prompt(self) -> None:
        """Write nothing."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Publish the value as `display` would."""
        shell: Any = self.shell
        shell.display_pub.publish(format_dict, md_dict)


class QuietShell(InteractiveShell):
    """A shell that shows no errors itself and has no windows."""

    displayhook_class = Publish

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Show nothing: the exception is in the result of the cell."""

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Show nothing."""

    def enable_gui(self, gui: Any = None) -> None:
        """Start nothing."""

    def transform_cell(self, raw_cell: str) -> str:
        """Return a cell as Python; lines that are Python already need not be taken apart for it."""
        if raw_cell[:1].isspace() or "\n" not in raw_cell.strip() or not is_python(raw_cell):
            return str(super().transform_cell(raw_cell))
        return raw_cell if raw_cell.endswith("\n") else f"{raw_cell}\n"

    def transform_ast(self, node: ast.Module) -> ast.Module:
        """Return a cell's program after its transformers; what QUESTIONS adds has its places."""
        if self.ast_transformers != [QUESTIONS]:
            return super().transform_ast(node)  # which looks for nodes without any, and takes long
        return QUESTIONS.visit(node)


def is_python(source: str) -> bool:
    """Whether a cell has none of IPython's own ways of writing."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def make_shell() -> InteractiveShell:
    """Return a shell that keeps no history and reloads no modules: files stay as they are."""
    from matplotlib import pyplot

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0
    shell: Any = QuietShell.instance(config=config)
    shell.extension_manager.loaded |= {"autoreload", "IPython.extensions.autoreload"}
    shell.register_magic_function(lambda _: None, magic_name="autoreload")
    shell.run_line_magic("matplotlib", "inline")
    pyplot.uninstall_repl_displayhook()  # it draws what is drawn again to be shown
    show_with_words()
    return shell


def run_cell(shell: InteractiveShell, source: str) -> str:
    """Run one cell, drop what it shows, and return the exception that ended it, or "".

    A statement that asks for input is left out.
    """
    shell.ast_transformers.append(QUESTIONS)
    try:
        with capture_output(), nobody_answers() as places:
            result = shell.run_cell(source)
    finally:
        shell.ast_transformers.remove(QUESTIONS)
    if places:
        REMARKS.setdefault(shell.user_module.__name__, []).append(left_out(places))
    error = result.error_before_exec or result.error_in_exec
    return "" if error is None else str(describe_exception(error))


def show_cell(shell: InteractiveShell, source: str) -> list[dict[str, str]]:
    """Run one cell; return its texts, pictures and sounds as base64, and how it failed."""
    with capture_output() as captured:
        result = shell.run_cell(source, store_history=True)  # a last `;` is looked for there
    outputs = [Shown("stdout", shorten(captured.stdout)), Shown("stderr", shorten(captured.stderr))]
    shown = [it for one in captured.outputs[:OUTPUTS] for it in best(one.data, one.metadata)]
    outputs += shown[:OUTPUTS]
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        outputs.append(Shown("error", str(describe_exception(error))))
    return [it._asdict() for it in outputs if it.shown]


def best(data: dict[str, Any], metadata: dict[str, Any]) -> list[Shown]:
    """Return the picture of an object that has one, the sounds of its players, or its text."""
    for kind in PICTURES:
        if kind in data:
            shown = data[kind]
            if not isinstance(shown, str):
                shown = base64.b64encode(shown).decode()
            return [Shown(kind, shown, shorten(str(metadata.get(kind, {}).get("alt", ""))))]
    if PLAYER.search(data.get("text/html", "")):
        return sounds(data["text/html"])
    return [Shown("text/plain", shorten(data["text/plain"]))] if "text/plain" in data else []


def sounds(page: str) -> list[Shown]:
    """Return the sounds of the players in some HTML, each after the words that precede it."""
    found, start = [], 0
    for player in PLAYER.finditer(page):
        words = html.unescape(TAG.sub(" ", page[start : player.start()])).split()
        found.append(Shown("text/plain", shorten(" ".join(words))))
        short = len(player[1]) <= SOUND_TEXT
        too_long = Shown("text/plain", "A sound too long to show.")
        found.append(Shown(SOUND, player[1]) if short else too_long)
        start = player.end()
    return found


def shorten(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[:TEXT]}\n… {len(text) - TEXT} characters more"
