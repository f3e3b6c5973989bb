"""The alignment player: hear an utterance while a cursor moves over its alignment, mel and text.

One Jupyter widget for JupyterLab, Notebook 7, VS Code and Voilà, and a web page of its own: the
drawing is in player.js, which both use. Nothing is fetched from a network.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets
from torch import Tensor

from exercise_lib import audio, plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = Tensor | np.ndarray

HERE = Path(__file__).parent
MEL_LIMITS = (-11.5, 2.0)  # natural log; the colour scale of plots.mel
SUM_TOLERANCE = 1e-2  # float16 weights over a hundred characters
LEAST_SLACK = 0.1  # seconds that sound and alignment may differ, besides two decoder steps

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Alignment player</title>
<style>body {{ margin: 0 }}
{css}</style>
</head>
<body>
<div id="player"></div>
<script type="application/json" id="takes">{takes}</script>
<script type="module">
{js}
mount(document.getElementById("player"), JSON.parse(document.getElementById("takes").textContent));
</script>
</body>
</html>
"""


@dataclass(frozen=True, eq=False)
class Take:
    """One utterance as one model read it: text, sound, and where the attention was.

    Args:
        label: what sets this take apart, such as "after 250 steps".
        text: the `T_enc` characters.
        waveform: mono samples in [-1, 1], shape `(samples,)`.
        sample_rate: samples per second (Hz).
        seconds_per_step: duration of a decoder step.
        alignment: attention weights, shape `(T_enc, T_dec)`; every column sums to 1.
        energies: instead of the alignment, shape `(T_dec, T_enc)` or `(heads, T_dec, T_enc)`;
            the player then offers a temperature, and the heads one by one.
        truth: true encoder position of every decoder step, shape `(T_dec,)`.
        log_mel: natural-log mel magnitudes of the sound, shape `(n_mels, frames)`.

    Raises:
        ValueError: something is missing, not finite, silent, or does not fit the rest.
    """

    label: str
    text: str
    waveform: Array
    sample_rate: int
    seconds_per_step: float
    alignment: Array | None = None
    energies: Array | None = None
    truth: Array | None = None
    log_mel: Array | None = None

    def __post_init__(self) -> None:
        if (self.alignment is None) == (self.energies is None):
            raise self._error("give either an alignment or energies")
        if self.alignment is not None:
            self._check_alignment(_array(self.alignment))
        if self.energies is not None:
            self._check_energies(_array(self.energies))
        n_decoder, n_encoder = self.attention.shape[1:]
        if len(self.text) != n_encoder:
            raise self._error(f"{len(self.text)} characters for {n_encoder} encoder steps")
        if self.truth is not None:
            self._check_truth(_array(self.truth), n_encoder, n_decoder)
        if self.log_mel is not None:
            mel = _array(self.log_mel)
            if mel.ndim != 2 or not mel.size:
                raise self._error(f"a log-mel has shape (n_mels, frames), got {mel.shape}")
            self._check_finite(mel, "log-mel")
        self._check_sound(n_decoder)

    @property
    def attention(self) -> np.ndarray:
        """Energies, or weights where only those are known, shape `(heads, T_dec, T_enc)`."""
        if self.energies is None:
            return _array(self.alignment).T[None]
        energies = _array(self.energies)
        return energies if energies.ndim == 3 else energies[None]

    @property
    def weights(self) -> np.ndarray:
        """Attention weights averaged over the heads, as an alignment `(T_enc, T_dec)`."""
        if self.energies is None:
            return _array(self.alignment)
        exponents = np.exp(self.attention - self.attention.max(axis=-1, keepdims=True))
        return (exponents / exponents.sum(axis=-1, keepdims=True)).mean(axis=0).T

    def _check_alignment(self, alignment: np.ndarray) -> None:
        if alignment.ndim != 2 or not alignment.size:
            raise self._error(f"an alignment has shape (T_enc, T_dec), got {alignment.shape}")
        self._check_finite(alignment, "alignment")
        if alignment.min() < 0:
            raise self._error(f"an attention weight is negative: {alignment.min():.3g}")
        sums = alignment.sum(axis=0)
        worst = int(np.abs(sums - 1).argmax())
        if abs(sums[worst] - 1) > SUM_TOLERANCE:
            raise self._error(
                f"the weights of decoder step {worst} sum to {sums[worst]:.3g}, not 1 "
                "(energies go in as `energies`, a matrix (T_dec, T_enc) must be transposed)"
            )

    def _check_energies(self, energies: np.ndarray) -> None:
        if energies.ndim not in (2, 3) or not energies.size:
            raise self._error(
                f"energies have shape (T_dec, T_enc) or (heads, T_dec, T_enc), got {energies.shape}"
            )
        self._check_finite(energies, "energies")

    def _check_truth(self, truth: np.ndarray, n_encoder: int, n_decoder: int) -> None:
        if truth.shape != (n_decoder,):
            raise self._error(f"truth has shape {truth.shape}, expected ({n_decoder},)")
        self._check_finite(truth, "truth")
        if truth.min() < 0 or truth.max() > n_encoder - 1:
            raise self._error(f"truth must lie within 0..{n_encoder - 1}, the characters")

    def _check_sound(self, n_decoder: int) -> None:
        if not (np.isfinite(self.seconds_per_step) and self.seconds_per_step > 0):
            raise self._error(f"seconds_per_step is a positive number, got {self.seconds_per_step}")
        try:
            audio.wav_bytes(self.waveform, self.sample_rate)
        except ValueError as error:
            raise self._error(str(error)) from error
        drawn = n_decoder * self.seconds_per_step
        heard = _array(self.waveform).size / self.sample_rate
        if abs(drawn - heard) > 2 * self.seconds_per_step + LEAST_SLACK:
            raise self._error(
                f"the alignment lasts {drawn:.2f} s and the sound {heard:.2f} s: "
                "they are not of one utterance, or seconds_per_step is wrong"
            )

    def _check_finite(self, values: np.ndarray, name: str) -> None:
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise self._error(f"{name}: {bad} values are NaN or infinite")

    def _error(self, message: str) -> ValueError:
        return ValueError(f"take {self.label!r}: {message}")


class AlignmentPlayer(anywidget.AnyWidget):
    """Play takes of speech and see where the attention is at every moment.

    Keys: space plays and pauses, the arrows go a decoder step back or on, Home and End to the
    ends, 1 to 9 switch the take.

    Args:
        takes: what can be switched between, at least one.

    Raises:
        ValueError: there is no take.
    """

    _esm = HERE / "player.js"
    _css = HERE / "player.css"
    _takes = traitlets.Dict().tag(sync=True)
    take = traitlets.Int(0, help="which take is shown, from 0").tag(sync=True)

    def __init__(self, takes: Sequence[Take]) -> None:
        super().__init__()
        self.show(takes)

    def show(self, takes: Sequence[Take]) -> None:
        """Replace the takes and show the first of them."""
        if not takes:
            raise ValueError("a player needs at least one take")
        self.takes = list(takes)
        self.take = 0
        self._takes = _payload(self.takes)

    @traitlets.validate("take")
    def _existing_take(self, proposal: dict[str, Any]) -> int:
        index = proposal["value"]
        if not 0 <= index < len(self.takes):
            raise traitlets.TraitError(f"there are takes 0..{len(self.takes) - 1}, not {index}")
        return index

    def export_html(self, path: str | Path) -> None:
        """Write the player as one web page that needs neither server nor network."""
        page = PAGE.format(
            css=(HERE / "player.css").read_text(encoding="utf-8"),
            js=(HERE / "player.js").read_text(encoding="utf-8"),
            takes=json.dumps(self._takes).replace("</", "<\\/"),
        )
        Path(path).write_text(page, encoding="utf-8")

    def export_png(self, path: str | Path) -> None:
        """Write the alignment of the present take as a picture, 1500 pixels wide."""
        self._export_figure(path, "png")

    def export_svg(self, path: str | Path) -> None:
        """Write the alignment of the present take as a drawing that scales."""
        self._export_figure(path, "svg")

    def export_gif(self, path: str | Path) -> None:
        """Write the present take as a silent film in real time, one picture a decoder step."""
        import matplotlib.pyplot as plt
        from matplotlib.animation import PillowWriter

        take = self.takes[self.take]
        figure, ax = self._figure()
        # letters of a monospaced font are 0.6 of its size wide, a figure 72 points an inch
        size = min(18.0, 0.9 * 72 * figure.get_figwidth() / (0.6 * len(take.text)))
        cursor = ax.axvline(0, color="#D55E00", linewidth=3)
        writer = PillowWriter(fps=round(1 / take.seconds_per_step))
        with writer.saving(figure, str(path), dpi=70):
            for step, position in enumerate(take.weights.argmax(axis=0)):
                cursor.set_xdata([step, step])
                mark = " " * position + "^" + " " * (len(take.text) - position - 1)
                ax.set_title(f"{take.text}\n{mark}", family="monospace", fontsize=size)
                writer.grab_frame()
        plt.close(figure)

    def _export_figure(self, path: str | Path, kind: str) -> None:
        import matplotlib.pyplot as plt

        figure, _ = self._figure()
        figure.savefig(path, format=kind, dpi=150)
        plt.close(figure)

    def _figure(self) -> tuple[Figure, Axes]:
        take = self.takes[self.take]
        figure, ax = plots.new_figure(10, 7)
        plots.alignment(
            take.weights,
            ax,
            characters=take.text,
            truth=None if take.truth is None else _array(take.truth),
            seconds_per_step=take.seconds_per_step,
            title=take.label,
        )
        return figure, ax


def _payload(takes: Sequence[Take]) -> dict[str, Any]:
    """The takes as player.js reads them; takes that share a sound or a mel send it once."""
    sounds: dict[str, int] = {}
    mels: dict[tuple[int, str], int] = {}
    entries = []
    for take in takes:
        wav = _base64(audio.wav_bytes(take.waveform, take.sample_rate))
        mel = None if take.log_mel is None else _colour_levels(_array(take.log_mel))
        heads, n_decoder, n_encoder = take.attention.shape
        entries.append(
            {
                "label": take.label,
                "text": take.text,
                "seconds_per_step": take.seconds_per_step,
                "duration": _array(take.waveform).size / take.sample_rate,
                "shape": [heads, n_decoder, n_encoder],
                "attention": _base64(take.attention.astype("<f4").tobytes()),
                "has_energies": take.energies is not None,
                "truth": None if take.truth is None else _array(take.truth).tolist(),
                "sound": sounds.setdefault(wav, len(sounds)),
                "mel": None if mel is None else mels.setdefault(mel, len(mels)),
            }
        )
    return {
        "takes": entries,
        "sounds": list(sounds),
        "mels": [{"n_mels": n_mels, "levels": levels} for n_mels, levels in mels],
    }


def _colour_levels(log_mel: np.ndarray) -> tuple[int, str]:
    """Number of bands, and the mel as one byte 0..255 a value, `(n_mels, frames)`."""
    low, high = MEL_LIMITS
    levels = np.clip((log_mel - low) / (high - low), 0, 1) * 255
    return len(log_mel), _base64(levels.round().astype(np.uint8).tobytes())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _array(values: Any) -> np.ndarray:
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype=np.float32)
