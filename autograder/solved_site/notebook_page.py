"""A notebook that has run as one page: nothing is loaded; of widgets a few run without Python."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib import import_module
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from pygments.formatters import HtmlFormatter

from autograder.nbgrader_setup.offline import OfflineExporter, given_to_html, highlighted
from autograder.page import render
from autograder.regions import without_marks
from autograder.solved_site.sounds import with_small_sounds
from autograder.solved_site.widgets import VIEW, Widgets
from exercise_lib.alignment_player.player import HERE as PLAYER
from exercise_lib.alignment_player.player import STYLE
from exercise_lib.figures.own_page import front_end

CODE_STYLE = "xcode"  # on the ground of code, all of its colours have a contrast above 5
OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")  # of a progress bar: what stood there before
FRONTS = re.compile(r'<div class="front" data-module="([\w.]+)">')
START_PLAYERS = """
for (const place of document.querySelectorAll(".player")) {
  const { takes, start } = JSON.parse(place.nextElementSibling.textContent);
  mount(place).show(takes, start);
}
"""


def page_of(notebook: NotebookNode, modules: Mapping[str, str], **about: Any) -> str:
    """Return a solved notebook as a page.

    Args:
        modules: the solved modules of its lab by name, which are shown below.
        about: what the template is told besides.
    """
    body, _ = exporter().from_notebook_node(as_shown(notebook))
    script, style = scripted(body)
    return render(
        "solved_notebook.html.j2",
        body=with_small_sounds(body),
        code_style=HtmlFormatter(style=CODE_STYLE).get_style_defs(".highlight"),
        modules={name: highlighted(without_marks(text)) for name, text in modules.items()},
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        player_style=style,
        **about,
    )


def scripted(body: str) -> tuple[str, str]:
    """Return script and style of the widgets on a page that run without Python."""
    script, style = "", ""
    if 'class="player"' in body:
        script, style = f"{front_end(PLAYER, 'drawing', 'player')}{START_PLAYERS}", STYLE
    for name in sorted(set(FRONTS.findall(body))):
        module = import_module(name)
        script += f"(() => {{\n{module.SCRIPT}\n}})();\n"
        style += module.STYLE
    return script, style


@cache
def exporter() -> OfflineExporter:
    """What makes the inside of pages; the templates are read once."""
    return OfflineExporter(
        template_name="basic",
        filters={"markdown2html": given_to_html},
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )


def as_shown(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook without the marks of solutions, its outputs such as a page can show."""
    notebook = deepcopy(notebook)
    widgets = Widgets(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.source = without_marks(cell.source)
        if cell.cell_type == "code":
            there = [it for it in cell.outputs if it.get("data") != {}]  # a place left empty
            cell.outputs = [shown(it, widgets) for it in there]
    return notebook


def shown(output: NotebookNode, widgets: Widgets) -> NotebookNode:
    """Return an output as a page can show it."""
    if output.output_type == "stream":
        return NotebookNode({**output, "text": OVERWRITTEN.sub("", output.text)})
    if VIEW in output.get("data", {}):
        page = widgets.page(output.data[VIEW])
        return new_output("display_data", data={"text/html": page})
    return output
