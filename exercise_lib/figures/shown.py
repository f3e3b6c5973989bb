"""How a notebook shows a figure: as a picture with an alternative text."""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING, Any

from exercise_lib.figures.words import in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def show_with_words() -> None:
    """Have the notebook that this runs in, if any, show figures with their words.

    An image in the formats of a notebook has no place for a text that nbconvert and JupyterLab
    read. HTML has, and both prefer it; the bare image stays for those who show no HTML.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "display_formatter"):
        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type_by_name("matplotlib.figure", "Figure", as_bundle)


def as_bundle(figure: Figure, **_: Any) -> tuple[dict[str, str], dict[str, Any]] | None:
    """Return a figure as an image, and as HTML with its alternative text."""
    from IPython.core.pylabtools import print_figure

    data = print_figure(figure, "png", base64=True)
    if data is None:  # nothing is drawn
        return None
    words = in_words(figure)
    image = f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}">'
    return {"text/html": image, "image/png": data}, {"image/png": {"alt": words}}
