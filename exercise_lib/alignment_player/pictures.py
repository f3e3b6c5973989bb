"""What the player shows as pictures and films for slides."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exercise_lib import figures
from exercise_lib.alignment_player.take import AVERAGED, Take
from exercise_lib.figures.draw import cursor_line
from exercise_lib.speech import audio, plots
from exercise_lib.speech.audio import as_array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILM_RATE = 25  # pictures a second of an MP4
FILM_SIZE = (1280, 720)  # pixels; multiples of 16, as the encoder wants them
FILM_DPI = 128  # pixels an inch


@dataclass(frozen=True)
class Shown:
    """A take as it is looked at."""

    take: Take
    temperature: float = 1.0
    head: int = AVERAGED

    @property
    def weights(self) -> np.ndarray:
        """The alignment, `(T_enc, T_dec)`."""
        return self.take.weights_at(self.temperature, self.head)

    @property
    def title(self) -> str:
        parts = [self.take.label]
        if self.head != AVERAGED:
            parts.append(f"head {self.head + 1}")
        if self.temperature != 1.0:
            parts.append(f"energies / {self.temperature:.2g}")
        return ", ".join(parts)


def save(shown: Shown, path: str | Path, kind: str) -> None:
    """Write the alignment as a "png", 1500 pixels wide, or as an "svg"."""
    with drawn(shown, 10, 7) as figure:
        figure.savefig(path, format=kind, dpi=figure.dpi)


def save_gif(shown: Shown, path: str | Path) -> None:
    """Write a silent film in real time, one picture a decoder step."""
    from PIL import Image

    with drawn(shown, 10, 7, dpi=70) as figure:
        film = Film(figure, shown)
        pictures = [Image.fromarray(film.picture(step)) for step in range(len(film.peaks))]
    # a GIF counts in hundredths of a second: round where a picture ends, not how long it lasts
    ends = (100 * shown.take.seconds_per_step * np.arange(len(pictures) + 1)).round()
    pictures[0].save(
        path,
        format="gif",
        save_all=True,
        append_images=pictures[1:],
        duration=(10 * np.diff(ends)).astype(int).tolist(),
        loop=0,
    )


def save_mp4(shown: Shown, path: str | Path) -> None:
    """Write a film in real time with its sound.

    Raises: ImportError: imageio-ffmpeg is missing.
    """
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ImportError(
            "An MP4 needs the package imageio-ffmpeg: `pip install imageio-ffmpeg`."
        ) from error
    take, (width, height) = shown.take, FILM_SIZE
    duration = as_array(take.waveform).size / take.sample_rate
    with (
        tempfile.TemporaryDirectory() as folder,
        drawn(shown, width / FILM_DPI, height / FILM_DPI, dpi=FILM_DPI) as figure,
    ):
        sound = Path(folder) / "sound.wav"
        audio.save(sound, take.waveform, take.sample_rate)
        film = Film(figure, shown)
        writer = imageio_ffmpeg.write_frames(
            str(path), FILM_SIZE, fps=FILM_RATE, audio_path=str(sound), audio_codec="aac"
        )
        writer.send(None)
        for picture in range(max(1, round(duration * FILM_RATE))):
            writer.send(film.picture(picture / FILM_RATE / take.seconds_per_step - 0.5))
        writer.close()


class Film:
    """A figure of `drawn` with a cursor in it, and under the text a mark at what is read."""

    def __init__(self, figure: Figure, shown: Shown) -> None:
        self.text, self.canvas = shown.take.text, figure.canvas
        self.peaks = shown.weights.argmax(axis=0)
        # letters of a monospaced font are 0.6 of its size wide, a figure 72 points an inch
        size = min(18.0, 0.9 * 72 * figure.get_figwidth() / (0.6 * len(self.text)))
        self.ax = figure.axes[0]
        self.title = self.ax.set_title(f"{self.text}\n", family="monospace", fontsize=size)
        self.cursor = cursor_line(self.ax, 0, width=3)
        self.canvas.draw()
        figure.set_layout_engine("none")  # only the cursor and the mark change from here on
        for artist in (self.title, self.cursor):
            artist.set_animated(True)
        self.canvas.draw()
        self.still = self.canvas.copy_from_bbox(figure.bbox)  # type: ignore[attr-defined]

    def picture(self, step: float) -> np.ndarray:
        """The picture with the cursor at a decoder step, `(height, width, 3)` bytes.

        Args: step: halves are the borders between two decoder steps.
        """
        position = self.peaks[int(np.clip(np.floor(step + 0.5), 0, len(self.peaks) - 1))]
        mark = " " * position + "^" + " " * (len(self.text) - position - 1)
        self.title.set_text(f"{self.text}\n{mark}")
        self.cursor.set_xdata([step, step])
        self.canvas.restore_region(self.still)  # type: ignore[attr-defined]
        for artist in (self.title, self.cursor):
            self.ax.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]


@contextmanager
def drawn(shown: Shown, width: float, height: float, dpi: int = 150) -> Iterator[Figure]:
    """A figure (inches) with the alignment, closed afterwards."""
    import matplotlib.pyplot as plt

    figure, ax = figures.new_figure(width, height)
    figure.set_dpi(dpi)
    take = shown.take
    plots.alignment(
        shown.weights,
        ax,
        characters=take.text,
        truth=None if take.truth is None else as_array(take.truth),
        seconds_per_step=take.seconds_per_step,
        title=shown.title,
    )
    try:
        yield figure
    finally:
        plt.close(figure)
