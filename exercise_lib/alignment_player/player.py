"""The player as a Jupyter widget, and everything it can be exported to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from exercise_lib.alignment_player import pictures
from exercise_lib.alignment_player.take import AVERAGED, Take, payload_of
from exercise_lib.figures import colours
from exercise_lib.figures.own_page import front_end, own_page

HERE = Path(__file__).parent
STYLE = f"""\
:is(.alignment-player, .speaking-player) {{
  --control: {colours.CONTROL};
  --focus: {colours.FOCUS};
  --bad: {colours.BAD};
  --message: {colours.MESSAGE};
  --truth: {colours.TRUTH_ON_WHITE};
}}
""" + (HERE / "player.css").read_text(encoding="utf-8")


class AlignmentPlayer(anywidget.AnyWidget):
    """Play takes of speech and see where the attention is at every moment.

    Keys: space plays and pauses, the arrows go a decoder step back or on, Home and End to the
    ends, 1 to 9 switch the take.

    Args:
        takes: what can be switched between, at least one.

    Raises:
        ValueError: there is no take.
    """

    _esm = front_end(HERE, "drawing", "player", "speaking", "widget")
    _css = STYLE
    _takes = traitlets.Dict().tag(sync=True)
    take = traitlets.Int(0, help="which take is shown, from 0").tag(sync=True)
    temperature = traitlets.Float(1.0, help="of the picture, divides the energies").tag(sync=True)
    head = traitlets.Int(AVERAGED, help="which head is shown, from 0; -1: averaged").tag(sync=True)

    def __init__(self, takes: Sequence[Take]) -> None:
        super().__init__()
        self.show(takes)

    def show(self, takes: Sequence[Take]) -> None:
        """Replace the takes and show the first of them."""
        if not takes:
            raise ValueError("a player needs at least one take")
        self._replace(takes, 0)

    def _replace(self, takes: Sequence[Take], shown: int) -> None:
        payload = payload_of(takes)
        self.takes = list(takes)
        with self.hold_sync():
            self.take, self.head = shown, AVERAGED
            self._takes = payload

    @traitlets.validate("take")
    def _existing_take(self, proposal: dict[str, Any]) -> int:
        index = proposal["value"]
        if not 0 <= index < len(self.takes):
            raise traitlets.TraitError(f"there are takes 0..{len(self.takes) - 1}, not {index}")
        return index

    @traitlets.validate("temperature")
    def _positive_temperature(self, proposal: dict[str, Any]) -> float:
        if not proposal["value"] > 0:
            raise traitlets.TraitError(f"a temperature is above 0, not {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("head")
    def _existing_head(self, proposal: dict[str, Any]) -> int:
        index, heads = proposal["value"], len(self.takes[self.take].attention)
        if not AVERAGED <= index < heads:
            raise traitlets.TraitError(f"there are heads 0..{heads - 1} and -1, not {index}")
        return index

    def export_html(self, path: str | Path) -> None:
        """Write the player as one web page that needs neither server nor network."""
        start = {"take": self.take, "temperature": self.temperature, "head": self.head}
        data = {"takes": self._takes, "start": start}
        js = front_end(HERE, "drawing", "player")
        page = own_page(
            "Alignment player", STYLE, js, data, "mount(place).show(data.takes, data.start);"
        )
        Path(path).write_text(page, encoding="utf-8")

    def export_png(self, path: str | Path) -> None:
        """Write the alignment that is shown as a picture, 1500 pixels wide."""
        pictures.save(self._shown(), path, "png")

    def export_svg(self, path: str | Path) -> None:
        """Write the alignment that is shown as a drawing that scales."""
        pictures.save(self._shown(), path, "svg")

    def export_gif(self, path: str | Path) -> None:
        """Write the take that is shown as a silent film in real time, a picture a decoder step."""
        pictures.save_gif(self._shown(), path)

    def export_mp4(self, path: str | Path) -> None:
        """Write the take that is shown as a film in real time, with its sound.

        Raises: ImportError: the package imageio-ffmpeg, which brings the encoder, is missing.
        """
        pictures.save_mp4(self._shown(), path)

    def _shown(self) -> pictures.Shown:
        take = self.takes[self.take]
        temperature = self.temperature if take.energies is not None else 1.0
        return pictures.Shown(take, temperature, self.head)
