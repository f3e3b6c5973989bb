"""The atlas as a Jupyter widget, and as a web page of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from exercise_lib.figures import colours
from exercise_lib.figures.own_page import front_end, own_page
from exercise_lib.files.unusable import UnusableData
from exercise_lib.models.students import BrokenModule
from exercise_lib.systems import drawing
from exercise_lib.systems.fitting import RULES
from exercise_lib.systems.samples import packed, recorded
from exercise_lib.systems.stock import RUNS, run
from exercise_lib.systems.table import COLUMNS, HERE, KINDS, SYSTEMS, Composition, System, checked

BEGUN = "stable_audio"  # whose parts Compose shows at first
STYLE = f"""\
.atlas {{
  --control: {colours.CONTROL};
  --focus: {colours.FOCUS};
  --good: {colours.GOOD};
  --bad: {colours.BAD};
  --message: {colours.MESSAGE};
}}
""" + (HERE / "atlas.css").read_text(encoding="utf-8")
STYLE += "".join(
    f".atlas .{part}:is(.choice, dt) {{ border-left: 0.4em solid {colour}; }}\n"
    for part, colour in drawing.EDGE.items()
)


# What mounts the atlas wherever a page without a kernel has left a place for it.
SCRIPT = f"""{front_end(HERE, "atlas")}
for (const place of document.querySelectorAll('[data-module="{__name__}"]')) {{
  mountAtlas(place, {{ facts: JSON.parse(place.nextElementSibling.textContent) }});
}}
"""


class Atlas(anywidget.AnyWidget):
    """Look at a system, at all of them, compose one by hand, and run those that this kit has.

    Keys: left and right go through the systems, a shows all, c composes, r runs.

    Args: compose: what Compose shows, at once; else the systems are shown first.
    Raises: ValueError: it is no composition.
    """

    _esm = front_end(HERE, "atlas", "widget")
    _css = STYLE
    _facts = traitlets.Dict().tag(sync=True)  # what the page knows from the start
    _front = traitlets.Unicode(__name__).tag(sync=True)  # what runs on pages without a kernel

    def __init__(self, compose: Composition | None = None) -> None:
        super().__init__(_facts=facts(compose, has_kernel=True))
        self.on_msg(self._answer)

    def _answer(self, _: Any, request: dict[str, Any], __: Any) -> None:
        """Run what a page asks for."""
        self.send({"id": request["id"], **answer(request["key"], request["prompt"])})


def answer(key: str, prompt: str) -> dict[str, str]:
    """Return what a system makes of a prompt, or why it can't."""
    try:
        return packed(prompt, run(key, prompt))
    except (UnusableData, ValueError, BrokenModule, NotImplementedError) as error:
        return {"failed": " ".join(str(error).split())}
    except Exception as error:  # whatever a student's module raises
        return {"failed": f"{type(error).__name__}: {error}"}


def facts(compose: Composition | None = None, *, has_kernel: bool = False) -> dict[str, Any]:
    """Return all that the page knows: systems, drawings, kinds, what does not fit, samples."""
    try:
        samples = recorded()
    except UnusableData:  # drawings are there all the same
        samples = {}
    return {
        "systems": [told(it) for it in SYSTEMS.values()],
        "columns": {name: {it: list(kind) for it, kind in KINDS[name].items()} for name in COLUMNS},
        "rules": [
            [*columns, *kinds, why] for columns, its in RULES.items() for kinds, why in its.items()
        ],
        "drawing": {
            "size": [drawing.WIDTH, drawing.HEIGHT],
            "definitions": drawing.DEFINITIONS,
            "fragments": drawing.fragments(),
            "marks": [[*columns, drawing.mark(columns)] for columns in drawing.JOINTS],
            "order": drawing.ORDER,
        },
        "samples": samples,
        "kernel": has_kernel,
        "compose": checked(compose or SYSTEMS[BEGUN].composition),
        "composes": compose is not None,
    }


def told(system: System) -> dict[str, Any]:
    """Return a system as the page shows it."""
    ours = RUNS[system.key]
    rows = {name: getattr(system, name) for name in COLUMNS[1:]}
    return {
        "key": system.key,
        "name": system.name,
        "year": system.year,
        "link": system.link,
        "slide": system.slide,
        "labs": list(system.labs),
        "composition": system.composition,
        "svg": drawing.draw_system(system),
        "says": {"encoder": system.encoder[1]} | {name: it.says for name, it in rows.items()},
        "losses": system.losses,
        "asks": ours.asks,
        "prompt": ours.prompt,
        "ours": ours.ours,
    }


def write_page(path: str | Path) -> None:
    """Write the atlas as one web page that needs neither kernel nor network."""
    start = "mountAtlas(place, { facts: data });"
    page = own_page("Atlas of lecture 7", STYLE, front_end(HERE, "atlas"), facts(), start)
    Path(path).write_text(page, encoding="utf-8")
