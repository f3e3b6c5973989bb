"""A widget as one web page that needs neither kernel nor network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
<div id="widget"></div>
<script type="application/json" id="data">{data}</script>
<script type="module">
{js}
const place = document.getElementById("widget");
const data = JSON.parse(document.getElementById("data").textContent);
{start}
</script>
</body>
</html>
"""


def front_end(folder: Path, *names: str) -> str:
    """Return the text of .js files: what all widgets share, and these of a folder."""
    shared = Path(__file__).parent / "page.js"
    paths = [shared, *(folder / f"{name}.js" for name in names)]
    return "\n".join(it.read_text(encoding="utf-8") for it in paths)


def own_page(title: str, css: str, js: str, data: Any, start: str) -> str:
    """Return a page with a widget in it.

    Args:
        js: the widget's front end.
        data: what it shows, as JSON can say it.
        start: JavaScript that shows `data` in the element `place`.
    """
    told = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    return PAGE.format(title=title, css=css, js=js, data=told, start=start)
