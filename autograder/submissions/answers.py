"""A student's answer in words, as it can stand on anybody's page."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.sandbox.plain_text import plain

MOST_CHARACTERS = 100_000  # of an answer that is rendered: a longer one is shown as it was typed
MOST_EQUATIONS = 500  # of an answer that is rendered: the end of each is looked for in all of it
MOST_PICTURE = 5_000_000  # bytes
ROUNDS = 5  # of cleaning, since what is taken away can join what stood around it
BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
TAGS = {
    *(
        [
            "a",
            "b",
            "blockquote",
            "br",
            "code",
            "dd",
            "del",
            "details",
            "div",
            "dl",
            "dt",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "img",
            "kbd",
        ]
    ),
    *(
        [
            "li",
            "mark",
            "ol",
            "p",
            "pre",
            "s",
            "span",
            "strong",
            "sub",
            "summary",
            "sup",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "u",
            "ul",
        ]
    ),
}
ATTRIBUTES = {"a": {"href", "title"}, "details": {"open"}, "img": {"alt"}}
SCHEMES = {"http", "https", "mailto"}
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
TAG = re.compile(r"/?([A-Za-z][A-Za-z0-9-]*)(?![^\s/])")  # its beginning, behind the bracket
QUOTED = re.compile("\"[^\"]*\"|'[^']*'")
LINK_IN_EQUATION = re.compile(r"\\href(?![A-Za-z])")
EQUATION = re.compile(r"\\begin\{|\\\\[(\[]")
MISSING = "missing-picture"
Pictures = dict[str, dict[str, str]]


def clean_pictures(attachments: Any) -> Pictures:
    """Return the pictures of an answer's attachments that a page may show, by name."""
    if not isinstance(attachments, Mapping):
        return {}
    pictures = {}
    for name, data in attachments.items():
        kinds = data if isinstance(data, Mapping) else {}
        if good := {kind: it for kind, it in kinds.items() if is_picture(kind, it)}:
            pictures[str(name)] = good
    return pictures


def is_picture(kind: str, data: object) -> bool:
    """Say whether data are a picture of a kind, in Base64, and not too large."""
    if kind not in BEGINNINGS or not isinstance(data, str) or len(data) > MOST_PICTURE * 4 / 3:
        return False
    try:
        return base64.b64decode(re.sub(r"\s", "", data), validate=True).startswith(BEGINNINGS[kind])
    except (binascii.Error, ValueError):
        return False


def clean_answer(source: str, pictures: Pictures) -> str:
    """Return markdown that is harmless as nbconvert renders it; else all of it as a code block."""
    source = LINK_IN_EQUATION.sub(r"\\text", plain(source))
    small = len(source) <= MOST_CHARACTERS and len(EQUATION.findall(source)) <= MOST_EQUATIONS
    try:
        for _ in range(ROUNDS if small else 0):
            harm = find_harm(source, pictures)
            if not harm:
                return source
            for fragment in sorted(harm, key=len, reverse=True):
                source = source.replace(fragment, harm[fragment])
    except Exception:  # whatever a parser of markdown raises for what is none
        pass
    return fence(source)


def fence(text: str, language: str = "") -> str:
    """Return a text as a block of markdown, fenced by more backticks than it has in a row."""
    ticks = "`" * max([3, *(len(it) + 1 for it in re.findall("`+", text))])
    return f"{ticks}{language}\n{text}\n{ticks}"


def find_harm(source: str, pictures: Pictures) -> dict[str, str]:
    """Return what must not reach a page, and what takes its place."""
    renderer = Renderer(pictures)
    MarkdownWithMath(renderer=renderer).render(source)
    return renderer.harm


class Renderer(IPythonRenderer):
    """nbconvert's renderer; it notes what it would write into the page unescaped."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(escape=False, attachments=pictures)
        self.pictures, self.harm = pictures, dict[str, str]()

    def note(self, fragment: str, clean: str) -> str:
        if fragment != clean:
            self.harm[fragment] = clean
        return clean

    def block_html(self, html: str) -> str:
        text = html.strip("\n")
        return self.note(text, without_harm(text).strip("\n"))

    def inline_html(self, html: str) -> str:
        clean = without_harm(html)
        if not html.startswith("</"):
            clean = re.sub(r"(</\w+>)+$", "", clean)
        return self.note(html, clean)

    def block_mermaidjs(self, code: str) -> str:
        return self.note(code.strip(), code.strip().replace("<", "&lt;"))

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, self.note(url, "#" if has_odd_scheme(url) else url), title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        attached = url.removeprefix("attachment:")
        known = attached != url and attached in self.pictures
        return super().image(text, url if known else self.note(url, MISSING), title)


def has_odd_scheme(url: str) -> bool:
    """Say whether a browser would take an address for more than a page or a letter."""
    scheme = SCHEME.match(re.sub(r"[\x00-\x20]|%[01][0-9a-f]", "", url))
    return scheme is not None and scheme[1].lower() not in SCHEMES


def without_harm(html: str) -> str:
    """Return HTML without what could do harm; what is meant for text is shown as it was typed.

    `a<b but b>c` and `list<int>` are tags to a parser, and nobody's words get lost over that.
    """
    if not all(map(is_known, html.split("<")[1:])):
        return html.replace("<", "&lt;")
    return html.lower() if html.startswith("</") else nh3_clean(html)


def is_known(markup: str) -> bool:
    """Whether what follows a `<` is no tag, or one that pages may have, with fitting attributes."""
    if not re.match("[A-Za-z/!?]", markup):
        return True
    inside, end, _ = markup.partition(">")
    tag = TAG.match(inside)
    if not (end and tag):
        return False
    words = QUOTED.sub("''", inside[tag.end() :].rstrip("/")).replace("=", " = ").split()
    alone = {
        it
        for before, it, after in zip(["", *words], words, [*words[1:], ""], strict=False)
        if "=" not in (before, it, after)
    }
    name = tag[1].lower()
    return name in TAGS and alone <= ATTRIBUTES.get(name, set())


def nh3_clean(html: str) -> str:
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
