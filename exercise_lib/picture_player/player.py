"""The picture player as a Jupyter widget, and as a web page of its own."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from exercise_lib.figures import colours
from exercise_lib.figures.own_page import front_end, own_page
from exercise_lib.models.students import BrokenModule
from exercise_lib.picture_player.kept import KEPT, Kept
from exercise_lib.picture_player.studio import PROMPTS, Studio

if TYPE_CHECKING:
    from IPython.display import HTML

HERE = Path(__file__).parent
STYLE = f"""\
.picture-player {{
  --control: {colours.CONTROL};
  --focus: {colours.FOCUS};
  --good: {colours.GOOD};
  --bad: {colours.BAD};
  --message: {colours.MESSAGE};
}}
""" + (HERE / "player.css").read_text(encoding="utf-8")
CANNOT_PAINT = "Nothing can be painted here: {} Or run `make lecture` in the repository."


class PicturePlayer(anywidget.AnyWidget):
    """Type a prompt, watch kept networks paint it, compare them, see where each word is heard.

    Keys: space plays and pauses, comma and full stop go a step back or on, 1 to 9 show a word's
    map and 0 none, e goes to the prompt, g shows what the network guesses, m coarser maps, r takes
    other noise.

    Args:
        prompt: what is painted at first.
        kept: the networks that can be chosen, as far as their weights are there.

    Raises: UnusableData: none of them is there.
    """

    _esm = front_end(HERE, "player", "widget")
    _css = STYLE
    _facts = traitlets.Dict().tag(sync=True)  # what the page knows from the start

    def __init__(self, prompt: str = PROMPTS[0], kept: Sequence[Kept] = KEPT) -> None:
        self.studio = Studio(kept, prompts=[prompt])
        super().__init__(_facts=self.studio.facts)
        self.on_msg(self._answer)

    def export_html(self, path: str | Path, prompts: Sequence[str] = PROMPTS) -> None:
        """Write a web page that needs neither kernel nor network, with these prompts painted.

        Raises: ValueError: a prompt can't be painted.
        """
        studio = Studio(list(self.studio.kept.values()), recorded=True, prompts=prompts)
        answers = [(question, studio.answer(question)) for question in studio.questions()]
        data = {"facts": studio.facts, "answers": answers}
        js, start = front_end(HERE, "player"), "mountRecorded(place, data);"
        page = own_page("Picture player", STYLE, js, data, start)
        Path(path).write_text(page, encoding="utf-8")

    def _answer(self, _: Any, request: dict[str, Any], __: Any) -> None:
        """Paint what a page asks for, and send it each step when it is made."""

        def send(**what: Any) -> None:
            self.send({"id": request["id"], **what})

        try:
            self.studio.answer(
                request["question"], lambda words, step: send(words=words, step=step)
            )
        except Exception as error:  # whatever a student's module raises
            send(failed=in_a_line(error))
        else:
            send()


def picture_player(prompt: str = PROMPTS[0]) -> PicturePlayer | HTML:
    """Return a PicturePlayer, or where none can be made one line that says what to do."""
    from IPython.display import HTML

    try:
        return PicturePlayer(prompt)
    except Exception as error:  # whatever a student's module raises
        return HTML(f"<p>{html.escape(CANNOT_PAINT.format(in_a_line(error)))}</p>")


def in_a_line(error: Exception) -> str:
    told = isinstance(error, (ValueError, NotImplementedError, BrokenModule))
    said = " ".join(str(error).split())
    return said if told else f"{type(error).__name__}: {said}"
