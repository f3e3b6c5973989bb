"""The grammar: each kind of part has one shape, colour and place, in every system.

condition        in the upper left, read by an encoder; an arrow down says how it is heard
generator        in the middle row: from noise, or place by place, to the latent
latent           where encoder, generator and decoder meet; its form says what it is
decoder          right of it, then what comes out
encoder          below, dashed: it is there for training alone
missing          dotted and grey: that is what makes parts and short cuts visible
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from exercise_lib.figures import colours
from exercise_lib.systems.fitting import misfits
from exercise_lib.systems.table import KINDS, Composition, System, checked

WIDTH, HEIGHT = 880, 326
TOP, MIDDLE, BELOW = 45, 167, 287  # middles of the three rows
X = {"start": 60, "generator": 215, "latent": 430, "decoder": 620, "data": 800}
BOX, TALL = 170, 66  # width and height of a box
LETTER = 19  # size of letters
INK, PAPER = "#111111", "#ffffff"
FILL = {  # by what a part does, light, so that words on it can be read
    "condition": "#fbe3c8",
    "generator": "#cfe6f5",
    "latent": "#f3d9e8",
    "decoder": "#cdebe0",
    "encoder": "#cdebe0",
    "data": "#eeeeee",
}
EDGE = {
    "condition": "#a86500",
    "alignment": INK,
    "generator": colours.BLUE,
    "latent": "#a04a7c",
    "decoder": "#00694d",
    "encoder": "#00694d",
    "data": "#444444",
}
JOINTS = {  # where a misfit of two columns is marked
    ("data", "condition"): (60, 106),
    ("condition", "alignment"): (215, 90),
    ("alignment", "generator"): (215, 122),
    ("generator", "latent"): (336, MIDDLE),
    ("latent", "decoder"): (513, MIDDLE),
    ("data", "latent"): (513, BELOW),
    ("data", "decoder"): (725, MIDDLE),
}
FROM_NOISE = ("diffusion", "flow")
FED_BACK = ("AR, softmax", "AR, regression")


def tag(name: str, content: str = "", /, **attributes: object) -> str:
    """Return an SVG element; an underscore in an attribute's name is a hyphen."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{content}</{name}>"


def words(
    text: str, x: float, y: float, *, size: float = LETTER, colour: str = INK, bold: bool = False
) -> str:
    """Write in the middle of a place; what is too wide for a box gets narrower letters."""
    weight = {"font_weight": "bold"} if bold else {}
    most = (BOX - 14) / (0.56 * size)
    tight = {"textLength": BOX - 14, "lengthAdjust": "spacingAndGlyphs"} if len(text) > most else {}
    return tag(
        "text",
        html.escape(text),
        x=x,
        y=y,
        font_size=size,
        fill=colour,
        text_anchor="middle",
        dominant_baseline="central",
        **weight,
        **tight,
    )


def beside(text: str, x: float, y: float) -> str:
    """Write to the right of a place."""
    place = {"x": x, "y": y, "font_size": 17, "fill": INK, "dominant_baseline": "central"}
    return tag("text", html.escape(text), **place)


def arrow(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    """An arrow; dashed where it is there for training alone."""
    line = {"stroke_dasharray": "7 6"} if dashed else {}
    return tag(
        "line",
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        stroke=INK,
        stroke_width=2.5,
        marker_end="url(#tip)",
        **line,
    )


def shape(points: Sequence[tuple[float, float]], part: str, *, dashed: bool = False) -> str:
    line = {"stroke_dasharray": "7 6"} if dashed else {}
    return tag(
        "polygon",
        points=" ".join(f"{x:g},{y:g}" for x, y in points),
        fill=FILL[part],
        stroke=EDGE[part],
        stroke_width=3,
        **line,
    )


def box(x: float, y: float, part: str, *, round_: float = 6, double: bool = False) -> str:
    """A rectangle around a place."""
    size = {"x": x - BOX / 2, "y": y - TALL / 2, "width": BOX, "height": TALL, "rx": round_}
    drawn = tag("rect", **size, fill=FILL[part], stroke=EDGE[part], stroke_width=3)
    if double:
        inner = {"x": x - BOX / 2 + 6, "y": y - TALL / 2 + 6, "rx": round_}
        inner |= {"width": BOX - 12, "height": TALL - 12}
        drawn += tag("rect", **inner, fill="none", stroke=EDGE[part], stroke_width=1.5)
    return drawn


def missing(x: float, y: float, width: float = BOX, height: float = TALL) -> str:
    """A place where other systems have something."""
    size = {"x": x - width / 2, "y": y - height / 2, "width": width, "height": height, "rx": 6}
    return tag(
        "rect", **size, fill="none", stroke="#999999", stroke_width=2, stroke_dasharray="2 6"
    )


# ---------------------------------------------------------------- a part for each column
def condition(kind: str, short: str) -> str:
    """What is asked for, and the encoder that reads it."""
    x = X["generator"]
    if kind == "none":
        return missing(x, TOP)
    left, right, half = x - BOX / 2, x + BOX / 2, TALL / 2
    narrows = [
        (left, TOP - half),
        (right, TOP - half + 12),
        (right, TOP + half - 12),
        (left, TOP + half),
    ]
    asked = {
        "class": "\u201ccat\u201d",
        "words": "a caption",
        "text": "a sentence",
        "mel": "frames",
    }
    return (
        words(asked[kind], X["start"] - 10, TOP, size=17)
        + arrow(X["start"] + 38, TOP, left - 8, TOP)
        + shape(narrows, "condition")
        + words(
            KINDS["condition"][kind].label,
            x,
            TOP - 11 * bool(short),
            size=17,
            colour=EDGE["condition"],
        )
        + words(short, x, TOP + 11, size=17)
    )


def alignment(kind: str, short: str) -> str:
    """How the condition is heard: an arrow down to the generator, or to what it is compared to."""
    x, top, end = X["generator"], TOP + TALL / 2, MIDDLE - TALL / 2
    if kind == "none":
        return ""
    if kind == "contrastive":
        way = f"M {x + BOX / 2} {TOP} H {X['latent']} V {MIDDLE - TALL / 2 - 10}"
        line = tag("path", d=way, fill="none", stroke=INK, stroke_width=2.5, marker_end="url(#tip)")
        return line + beside(f"compared: {short or 'contrast'}", X["latent"] + 14, TOP + 14)
    middle = (top + end) / 2
    signs = {
        "cross-attention": [
            (x - 16, top, x - 3, end - 9),
            (x, top, x, end - 9),
            (x + 16, top, x + 3, end - 9),
        ],
        "joint attention": [(x - 9, top, x - 9, end - 9), (x + 9, end - 4, x + 9, top + 5)],
        "frame by frame": [(x + d, top, x + d, end - 9) for d in (-24, -8, 8, 24)],
        "durations": [
            (x - 4, top, x - 30, end - 9),
            (x, top, x, end - 9),
            (x + 4, top, x + 30, end - 9),
        ],
    }
    lines = "".join(arrow(*it) for it in signs.get(kind, [(x, top, x, end - 9)]))
    if kind == "modulation":
        lines += tag("circle", cx=x, cy=middle, r=11, fill=PAPER, stroke=INK, stroke_width=2)
        lines += words("\u00d7", x, middle, size=18, bold=True)
    if kind == "prefix":  # tokens of the condition, then those of the data
        for i in range(6):
            part = "condition" if i < 3 else "generator"
            place = {"x": x - 36 + 12 * i, "y": middle - 7, "width": 12, "height": 12}
            lines += tag("rect", **place, fill=FILL[part], stroke=EDGE[part], stroke_width=2)
    return lines + beside(short or KINDS["alignment"][kind].label, x + 46, middle)


def generator(kind: str, short: str) -> str:
    """What makes the latent, with what it begins from."""
    x = X["generator"]
    if kind == "none":
        return missing(x, MIDDLE)
    drawn = box(
        x,
        MIDDLE,
        "generator",
        round_=33 if kind in ("diffusion", "flow") else 6,
        double=kind == "GAN",
    )
    label = KINDS["generator"][kind].label
    drawn += words(label, x, MIDDLE - 11 * bool(short), size=17, bold=True)
    drawn += words(short, x, MIDDLE + 12, size=17)
    start = X["start"]
    if kind in FROM_NOISE:
        dots = "".join(
            tag(
                "circle",
                cx=start - 24 + 12 * (i % 5),
                cy=MIDDLE - 18 + 9 * (i // 5) + 4 * (i % 2),
                r=2.4 + i % 3,
                fill="#555555",
            )
            for i in range(20)
        )
        drawn += dots + words("noise", start, MIDDLE + 34, size=17)
        drawn += arrow(start + 36, MIDDLE, x - BOX / 2 - 8, MIDDLE)
    elif kind in FED_BACK:
        left, low = x - BOX / 2, MIDDLE + TALL / 2 + 14
        way = f"M {X['latent'] - 80} {MIDDLE} V {low} H {left - 26} V {MIDDLE} H {left - 8}"
        drawn += tag(
            "path", d=way, fill="none", stroke=INK, stroke_width=2.5, marker_end="url(#tip)"
        )
        drawn += words("fed back", start - 4, MIDDLE, size=17)
    stop = X["latent"] - 58
    return drawn + arrow(x + BOX / 2, MIDDLE, stop - 8, MIDDLE)


def latent(kind: str, short: str) -> str:
    """Where encoder, generator and decoder meet."""
    x = X["latent"]
    if kind == "none":  # straight on to the data
        return missing(x, MIDDLE, 100, 68) + arrow(x - 66, MIDDLE, X["data"] - 62, MIDDLE)
    fill = {"fill": FILL["latent"], "stroke": EDGE["latent"]}
    cells = [(i, j) for j in range(3) for i in range(5)]
    if kind == "continuous":
        drawn = tag("rect", x=x - 50, y=MIDDLE - 34, width=100, height=68, stroke_width=3, **fill)
        wave = " ".join(
            f"{x - 44 + 4 * i},{MIDDLE + 12 * (1 - abs((i % 11) - 5) / 2.5):.1f}" for i in range(23)
        )
        drawn += tag("polyline", points=wave, fill="none", stroke=EDGE["latent"], stroke_width=2)
    elif kind == "codes":
        drawn = "".join(
            tag(
                "rect",
                x=x - 50 + 20 * i,
                y=MIDDLE - 34 + 22.7 * j,
                width=20,
                height=22.7,
                stroke_width=2,
                **fill,
            )
            + words(
                str((7 * i + 4 * j + 3) % 10),
                x - 40 + 20 * i,
                MIDDLE - 22 + 22.7 * j,
                size=15,
                colour="#6d2650",
            )
            for i, j in cells
        )
    elif kind == "embedding":
        drawn = tag(
            "line",
            x1=x - 34,
            y1=MIDDLE + 26,
            x2=x + 30,
            y2=MIDDLE - 24,
            stroke=EDGE["latent"],
            stroke_width=6,
            marker_end="url(#vector)",
        )
        drawn = tag("circle", cx=x, cy=MIDDLE, r=42, stroke_width=3, **fill) + drawn
    else:  # mel: columns of bands
        shades = ("#f3d9e8", "#d9a3c2", "#b56a95", "#7c2d5c")
        drawn = "".join(
            tag(
                "rect",
                x=x - 50 + 10 * i,
                y=MIDDLE - 34 + 11.4 * j,
                width=10,
                height=11.4,
                fill=shades[(i * i + 3 * j + i * j) % 4],
            )
            for i in range(10)
            for j in range(6)
        )
        drawn += tag(
            "rect",
            x=x - 50,
            y=MIDDLE - 34,
            width=100,
            height=68,
            fill="none",
            stroke=EDGE["latent"],
            stroke_width=3,
        )
    label = KINDS["latent"][kind].label
    below = words(f"{label}: {short}" if short else label, x, MIDDLE + 54, size=17)
    return drawn + below


def decoder(kind: str, short: str) -> str:
    """What makes data of the latent; a second generator has a generator's form."""
    x, half = X["decoder"], TALL / 2
    if kind == "none":
        return missing(x, MIDDLE)
    left, right = x - BOX / 2, x + BOX / 2
    if kind in ("autoencoder", "codebook", "Griffin-Lim"):
        drawn = shape(
            [
                (left, MIDDLE - half + 12),
                (right, MIDDLE - half),
                (right, MIDDLE + half),
                (left, MIDDLE + half - 12),
            ],
            "decoder",
        )
    else:
        round_ = 33 if kind == "diffusion" else 6
        drawn = box(x, MIDDLE, "decoder", round_=round_, double=kind == "GAN vocoder")
    label = KINDS["decoder"][kind].label
    label = {"autoencoder": "decoder", "codebook": "look up, decode"}.get(kind, label)
    below = "" if short == label else short
    drawn += words(label, x, MIDDLE - 11 * bool(below), size=17, bold=True)
    drawn += words(below, x, MIDDLE + 12, size=17)
    drawn += arrow(X["latent"] + 56, MIDDLE, left - 8, MIDDLE)
    return drawn + arrow(right, MIDDLE, X["data"] - 62, MIDDLE)


def data(kind: str) -> str:
    """What comes out, and goes into the encoder."""
    x = X["data"]
    drawn = tag(
        "rect",
        x=x - 52,
        y=MIDDLE - 36,
        width=104,
        height=72,
        rx=4,
        fill=FILL["data"],
        stroke=EDGE["data"],
        stroke_width=3,
    )
    if kind == "picture":
        hills = ((-46, 30), (-14, -4), (6, 14), (22, 0), (46, 30))
        hill = " ".join(f"{x + right},{MIDDLE + down}" for right, down in hills)
        drawn += tag("polygon", points=hill, fill="#777777")
        drawn += tag("circle", cx=x + 26, cy=MIDDLE - 18, r=9, fill="#777777")
    else:
        heights = (6, 14, 26, 18, 30, 12, 22, 28, 10, 16, 6)
        if kind == "sound":
            heights = (28, 22, 17, 13, 10, 28, 22, 17, 13, 10, 8)
        drawn += "".join(
            tag(
                "line",
                x1=x - 42 + 8.4 * i,
                x2=x - 42 + 8.4 * i,
                y1=MIDDLE - it,
                y2=MIDDLE + it,
                stroke="#555555",
                stroke_width=4,
            )
            for i, it in enumerate(heights)
        )
    return drawn + words(kind, x, MIDDLE + 54, size=17)


def encoder(kind: str, short: str) -> str:
    """What made the latent of data in training; a part's encoder is all there is, so not dashed."""
    x, half = X["decoder"], 30
    if kind == "none":
        return ""
    dashed = kind != "embedding"
    left, right = x - BOX / 2, x + BOX / 2
    ends = [
        (left, BELOW - half + 9),
        (right, BELOW - half),
        (right, BELOW + half),
        (left, BELOW + half - 9),
    ]
    down = tag(
        "path",
        d=f"M {X['data']} {MIDDLE + 68} V {BELOW} H {right + 10}",
        fill="none",
        stroke=INK,
        stroke_width=2.5,
        stroke_dasharray="7 6",
        marker_end="url(#tip)",
    )
    up = tag(
        "path",
        d=f"M {left} {BELOW} H {X['latent']} V {MIDDLE + 74}",
        fill="none",
        stroke=INK,
        stroke_width=2.5,
        stroke_dasharray="7 6",
        marker_end="url(#tip)",
    )
    return (
        shape(ends, "encoder", dashed=dashed)
        + words("encoder", x, BELOW - 11, size=17, colour=EDGE["encoder"])
        + words(short, x, BELOW + 9, size=17)
        + down
        + up
    )


PARTS = {
    "condition": condition,
    "alignment": alignment,
    "generator": generator,
    "latent": latent,
    "decoder": decoder,
}
# A latent that is the data itself is a way through, and lies on top.
ORDER = ["data", "encoder", *(it for it in PARTS if it != "latent"), "latent"]
ENCODERS = {
    "continuous": "autoencoder",
    "codes": "quantiser",
    "embedding": "CLIP, CLAP",
    "mel": "mel bands",
}
DEFINITIONS = tag(
    "defs",
    "".join(
        tag(
            "marker",
            tag("path", d="M 0 0 L 10 5 L 0 10 z", fill=colour),
            id=name,
            viewBox="0 0 10 10",
            refX=5,
            refY=5,
            markerWidth=size,
            markerHeight=size,
            orient="auto",
        )
        for name, colour, size in (("tip", INK, 5), ("vector", EDGE["latent"], 3))
    ),
)


def mark(columns: tuple[str, str]) -> str:
    """A cross where two columns do not meet."""
    x, y = JOINTS[columns]
    lines = "".join(
        tag(
            "line",
            x1=x - 15,
            y1=y - 15 * s,
            x2=x + 15,
            y2=y + 15 * s,
            stroke=colours.BAD,
            stroke_width=7,
        )
        for s in (1, -1)
    )
    ring = tag("circle", cx=x, cy=y, r=20, fill=PAPER, stroke=colours.BAD, stroke_width=4)
    return ring + lines


def frame(content: str, title: str) -> str:
    """Put parts into a picture of their own."""
    return tag(
        "svg",
        tag("title", html.escape(title)) + DEFINITIONS + content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        font_family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif",
        role="img",
        aria_label=title,
    )


def drawn(composition: Composition, shorts: Mapping[str, str], encoder_short: str) -> str:
    """Return all parts of a composition, with crosses where they do not meet."""
    asked = checked(composition)
    made = {column: draw(asked[column], shorts.get(column, "")) for column, draw in PARTS.items()}
    made |= {"data": data(asked["data"]), "encoder": encoder(asked["latent"], encoder_short)}
    return "".join(made[it] for it in ORDER) + "".join(mark(it.columns) for it in misfits(asked))


def in_words(composition: Composition) -> str:
    """Say what a drawing of a composition shows."""
    asked = checked(composition)
    said = [f"{column}: {KINDS[column][kind].label}" for column, kind in asked.items()]
    bad = [f"{a} and {b} do not meet" for (a, b), _ in misfits(asked)]
    return "; ".join(said + bad)


def draw_system(system: System) -> str:
    """Return the drawing of a system, SVG."""
    shorts = {column: getattr(system, column).short for column in PARTS}
    title = f"{system.name}: {in_words(system.composition)}"
    return frame(drawn(system.composition, shorts, system.encoder[0]), title)


def draw(composition: Composition) -> str:
    """Return the drawing of any composition, SVG.

    Raises: ValueError: it is none.
    """
    kinds = ENCODERS.get(composition["latent"], "")
    return frame(drawn(composition, {}, kinds), in_words(composition))


def fragments() -> dict[str, dict[str, str]]:
    """Return every kind's drawing by column, of which a page puts any composition together."""
    made = {column: {it: draw(it, "") for it in KINDS[column]} for column, draw in PARTS.items()}
    made["data"] = {it: data(it) for it in KINDS["data"]}
    made["encoder"] = {it: encoder(it, ENCODERS.get(it, "")) for it in KINDS["latent"]}
    return made
