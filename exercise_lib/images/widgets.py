"""A page for zero-shot classification: type class names, see the ranking."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures.panel import panel
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.folder import read_picture

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

CLASSES = "red circle, blue circle, red square, green heart, yellow star, purple moon"
MOST = 10  # classes shown


def zero_shot_page(
    pictures: Tensor,
    see: Callable[[Tensor], Tensor],
    read: Callable[[Sequence[str]], Tensor],
) -> VBox:
    """Type class names and a sentence, choose a picture or drop one in, and see the ranking.

    Args:
        pictures: to choose from, `(B, 3, 32, 32)` uint8.
        see: pictures to embeddings `(B, d)`.
        read: captions to embeddings `(C, d)`; raises ValueError for unknown words.
    """
    import ipywidgets

    def draw(number: int, classes: str, sentence: str, own: tuple) -> Figure:
        names = [it.strip() for it in classes.split(",") if it.strip()]
        if not names or "{}" not in sentence:
            raise ValueError("type class names with commas between, and a sentence with {}")
        picture = dropped(own) if own else pictures[number]
        texts = read([with_article(sentence.replace("{}", it)) for it in names])
        cosines = torch.cosine_similarity(see(picture[None]), texts)
        return ranking(picture, names, cosines)

    controls = {
        "number": ipywidgets.IntSlider(0, 0, len(pictures) - 1, description="picture"),
        "classes": ipywidgets.Text(CLASSES, description="classes"),
        "sentence": ipywidgets.Text("a {}", description="sentence"),
        "own": ipywidgets.FileUpload(accept="image/*", description="own picture"),
    }
    return panel(controls, draw)


def with_article(text: str) -> str:
    """Write "an" in place of "a" before a vowel."""
    words = text.split()
    pairs = zip(words, [*words[1:], ""], strict=True)
    return " ".join(
        "an" if it == "a" and then[:1] in "aeiou" and then else it for it, then in pairs
    )


def dropped(files: tuple) -> Tensor:
    """Return the picture that was dropped in, `(3, 32, 32)` uint8."""
    file = files[-1]
    try:
        return read_picture(io.BytesIO(bytes(file["content"])))
    except UnusableData as error:
        raise UnusableData(f"{file['name']} cannot be read as a picture") from error


def ranking(picture: Tensor, names: Sequence[str], cosines: Tensor) -> Figure:
    """A picture, and beside it the classes with the most similar one on top."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 3.4), layout="constrained", width_ratios=[1, 2.4]
    )
    left.imshow(picture.permute(1, 2, 0).numpy(), interpolation="none")
    left.set_axis_off()
    order = cosines.argsort(descending=True)[:MOST].tolist()
    shown = [names[it] for it in order], [float(cosines[it]) for it in order]
    right.bar_label(right.barh(*shown, color=figures.colours.LINES[0]), fmt="%.2f", padding=3)
    right.invert_yaxis()
    right.set(
        xlabel="cosine with the sentence", title=f"most like: {names[order[0]]}", xlim=(-1, 1.15)
    )
    return figure
