"""Controls over a figure, drawn again whenever one of them moves.

ipywidgets and matplotlib are imported when the first panel is made.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from exercise_lib.figures.words import in_words

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure


def panel(
    controls: Mapping[str, Any],
    draw: Callable[..., Figure],
    sound: Callable[..., bytes] | None = None,
) -> VBox:
    """Controls over a picture (and a player), redrawn whenever a control moves.

    The first drawing happens here, so an unfinished TODO raises in the student's cell; a later
    error is written under the picture.

    Args:
        controls: ipywidgets by the name under which `draw` and `sound` take their values.
        sound: returns a WAV file.
    """
    import ipywidgets

    picture = ipywidgets.Image(format="png", layout={"max_width": "100%"})
    player = ipywidgets.Audio(format="wav", autoplay=False, loop=False)
    message, words = ipywidgets.HTML(), ipywidgets.HTML()  # an Image has no alternative text

    def update() -> None:
        values = {name: control.value for name, control in controls.items()}
        figure = draw(**values)
        words.value = f'<span role="img" aria-label="{html.escape(in_words(figure))}"></span>'
        picture.value = png(figure)
        if sound is not None:
            player.value = sound(**values)

    def on_change(_: Any) -> None:
        try:
            update()
            message.value = ""
        except Exception as error:  # whatever a student's function raises
            message.value = html.escape(f"{type(error).__name__}: {error}")

    for control in controls.values():
        if control.style.has_trait("description_width"):  # a button has none
            control.style.description_width = "8em"
        control.layout.width = "32em"
        control.continuous_update = False
        control.observe(on_change, names="value")
    update()
    box = ipywidgets.Box(list(controls.values()), layout={"flex_flow": "row wrap"})
    below = [player, message] if sound else [message]
    return ipywidgets.VBox([box, ipywidgets.Box([words]), picture, *below])


def png(figure: Figure) -> bytes:
    """The picture as PNG bytes; the figure is closed, so it does not appear a second time."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    plt.close(figure)
    return buffer.getvalue()
