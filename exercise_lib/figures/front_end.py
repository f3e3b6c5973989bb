"""What the front ends of widgets are made of: scripts put together, and a page of their own."""

from __future__ import annotations

import json
from pathlib import Path

SHARED = Path(__file__).with_name("page.js")

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body {{ margin: 0 }}
{css}</style>
</head>
<body>
<div id="player"></div>
<script type="application/json" id="data">{data}</script>
<script type="module">
{js}
const data = JSON.parse(document.getElementById("data").textContent);
{start}
</script>
</body>
</html>
"""


def scripts(folder: Path, *names: str) -> str:
    """Return the text of page.js and, behind it, of some .js files in a folder."""
    paths = [SHARED, *(folder / f"{name}.js" for name in names)]
    return "\n".join(it.read_text(encoding="utf-8") for it in paths)


def web_page(title: str, css: str, js: str, data: object, start: str) -> str:
    """Return a page that needs neither server nor network.

    Args:
        data: what the page shows, as JSON can hold it.
        start: a line of JavaScript that shows `data` in the element with the id "player".
    """
    text = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    return PAGE.format(title=title, css=css, js=js, data=text, start=start)
