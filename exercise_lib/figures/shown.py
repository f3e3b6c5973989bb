"""How a notebook shows a figure: as a picture with an alternative text."""

from __future__ import annotations

import html
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from exercise_lib.figures.words import in_words

if TYPE_CHECKING:
    from IPython.core.formatters import PNGFormatter
    from matplotlib.figure import Figure

Bundle = tuple[dict[str, str], dict[str, Any]]  # what each format is given, and what is said of it


def show_with_words() -> None:
    """Have the notebook that this runs in, if any, show figures with their words.

    An image in the formats of a notebook has no place for a text that nbconvert and JupyterLab
    read. HTML has, and both prefer it; the bare image stays for those who show no HTML.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "display_formatter"):
        formatter = shell.display_formatter
        show = partial(drawn_once, formatter.formatters["image/png"])
        formatter.mimebundle_formatter.for_type_by_name("matplotlib.figure", "Figure", show)


def drawn_once(images: PNGFormatter, figure: Figure, **_: Any) -> Bundle | None:
    """Return a figure as a bundle, and keep the notebook from drawing its image again."""
    from matplotlib.figure import Figure

    images.pop(Figure, None)  # `%matplotlib inline` has it there
    return as_bundle(figure)


def as_bundle(figure: Figure) -> Bundle | None:
    """Return a figure as an image, and as HTML with its alternative text."""
    from IPython.core.pylabtools import print_figure

    data = print_figure(figure, "png", base64=True)
    if data is None:  # nothing is drawn
        return None
    words = in_words(figure)
    image = f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}">'
    return {"text/html": image, "image/png": data}, {"image/png": {"alt": words}}
