"""The stage as one web page: shell, scenes and, where it is recorded, every answer."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

from autograder.lecture.scenes import Say, Scenes
from exercise_lib.figures import colours
from exercise_lib.files import write_text

HERE = Path(__file__).parent
COLOURS = {
    "control": colours.CONTROL,
    "focus": colours.FOCUS,
    "good": colours.GOOD,
    "bad": colours.BAD,
    "message": colours.MESSAGE,
    "weight": colours.WEIGHT_ON_WHITE,
    "truth": colours.TRUTH_ON_WHITE,
    "cursor": colours.CURSOR,
}


def stage_page(found: list[Scenes], recorded: dict[str, Any] | None = None) -> str:
    """Return the page.

    Args: recorded: by lab, "facts" and "answers"; without it the page asks a server.
    """
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in ("parts.js", "stage.js")]
    scripts += [scoped(it) for it in found]
    styles = [HERE / "stage.css", *(path for it in found for path in it.styles)]
    parts = {
        "COLOURS": "".join(f"--{name}: {colour}; " for name, colour in COLOURS.items()),
        "STYLES": "\n".join(it.read_text(encoding="utf-8") for it in styles),
        "RECORDED": json.dumps(recorded).replace("</", "<\\/"),
        "SCRIPTS": "\n".join([*scripts, "stage.start();"]),
    }
    page = (HERE / "stage.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace(f"@{name}@", text, 1)
    return page


def scoped(scenes: Scenes) -> str:
    """Return a lab's scripts, whose names no other lab's can hurt."""
    own = "\n".join(it.read_text(encoding="utf-8") for it in scenes.scripts)
    return (
        f"(({{ scene, ask, facts }}) => {{\n{own}\n}})(stage.lab({json.dumps(scenes.lab.name)}));"
    )


def write_recorded(found: list[Scenes], path: Path, say: Say) -> None:
    """Write the stage with all that its scenes can ask, as one file that needs no server."""
    recorded = {}
    for scenes in found:
        source = scenes.load(say, recorded=True)
        answers = {}
        for question in source.questions():
            say(" · ".join(map(str, question)))
            try:
                answer = source.answer(question)
            except ValueError as error:
                answer = {"failed": str(error)}
            answers[key(question)] = packed(answer)
        recorded[scenes.lab.name] = {"facts": source.facts, "answers": answers}
    write_text(path, stage_page(found, recorded))


def key(question: list[Any]) -> str:
    """Return a question as JavaScript's JSON.stringify writes it."""
    return json.dumps(question, ensure_ascii=False, separators=(",", ":"))


def packed(answer: dict[str, Any]) -> str:
    text = json.dumps(answer, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(text, mtime=0)).decode("ascii")
