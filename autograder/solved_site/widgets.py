"""What a page without Python can show of widgets: pictures, values, those that need no kernel."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from nbformat import NotebookNode

from autograder.solved_site.sounds import as_flac

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
WORDS = re.compile(r'<span role="img" aria-label="([^"]*)"></span>')
STILL = '<p class="quiet">In the notebook, the controls above change what is shown.</p>'
PLAYER = """\
<div class="player"></div>
<script type="application/json">{shown}</script>
"""
FRONT = """\
<div class="front" data-module="{module}"></div>
<script type="application/json">{shown}</script>
"""


class Widgets:
    """The widgets of a notebook as they were when it ended."""

    def __init__(self, notebook: NotebookNode) -> None:
        saved = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        self.models = {name: model["state"] for name, model in saved.items()}
        self.binary = {
            name: {tuple(it["path"]): it["data"] for it in model.get("buffers", [])}
            for name, model in saved.items()
        }

    def page(self, view: dict[str, Any]) -> str:
        """Return what a cell shows as HTML; an image takes the words before it for its own.

        Args: view: the cell's output of the type VIEW.
        """
        page, words = [], ""
        for part in self.parts(view["model_id"]):
            if found := WORDS.fullmatch(part):
                words = found[1]
            elif part:
                page.append(part.replace('alt=""', f'alt="{words}"', 1))
        if any(part.startswith("<img ") for part in page):
            page.append(STILL)
        return "\n".join(page)

    def parts(self, name: str) -> Iterator[str]:
        """Yield what a widget shows, or those in a box."""
        state = self.models.get(name, {})
        for child in state.get("children", []):
            yield from self.parts(child.removeprefix("IPY_MODEL_"))
        if "_takes" in state:
            yield player(state)
        elif "_front" in state:
            yield front(state)
        elif make := PARTS.get(state.get("_model_name", "").removesuffix("Model")):
            yield make(state, self.binary[name].get(("value",), ""))


def front(state: dict[str, Any]) -> str:
    """Return a widget that runs without Python: the module `_front` has its SCRIPT and STYLE."""
    shown = json.dumps({**state["_facts"], "kernel": False}).replace("</", "<\\/")
    return FRONT.format(module=html.escape(state["_front"]), shown=shown)


def player(state: dict[str, Any]) -> str:
    """Return an alignment player as it was left, its sounds packed."""
    takes = state["_takes"]
    takes = {**takes, "sounds": list(map(as_flac, takes["sounds"])), "sound_type": "audio/flac"}
    start = {it: state[it] for it in ("take", "temperature", "head")}
    shown = json.dumps({"takes": takes, "start": start})
    return PLAYER.format(shown=shown.replace("</", "<\\/"))


def image(state: dict[str, Any], value: str) -> str:
    return f'<img alt="" src="data:image/{state["format"]};base64,{value}">'


def sound(state: dict[str, Any], value: str) -> str:
    kind = html.escape(state["format"])
    return f'<audio controls aria-label="sound" src="data:audio/{kind};base64,{value}"></audio>'


def value_of(state: dict[str, Any], _: str) -> str:
    """Return a control's name and value."""
    labels = state.get("_options_labels")
    value = labels[state["index"]] if labels else state.get("value")
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"<p>{html.escape(state['description'])}: <b>{html.escape(shown)}</b></p>"


def button(state: dict[str, Any], _: str) -> str:
    return f"<button disabled>{html.escape(state['description'])}</button>"


def text(state: dict[str, Any], _: str) -> str:
    return f"<p>{html.escape(state['value'])}</p>"


PARTS: dict[str, Callable[[dict[str, Any], str], str]] = {
    "Image": image,
    "Audio": sound,
    "HTML": lambda state, _: state["value"],
    "Label": text,
    "Button": button,
    "IntSlider": value_of,
    "FloatSlider": value_of,
    "FloatLogSlider": value_of,
    "SelectionSlider": value_of,
}
