"""Answers in words: what a student means comes through, and no markup of theirs."""

import base64
import re

import pytest
from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html

from autograder.submissions.answers import MISSING, clean_answer, clean_pictures

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and more").decode()

HONEST = (
    "For $a<b & c>d$ and $$x<y \\\\ y & z$$ the mask comes *first*.",
    "`<script>` and `<img onerror=x>` are code.",
    "```html\n<script>alert(1)</script>\n```",
    "a < b, b > c, AT&T\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "See [the paper](https://example.org/a?b=c) and H<sub>2</sub>O<br>and more.",
    "\\begin{align}a &< b\\end{align}",
    "![p](attachment:image.png)",
)
HOSTILE = (
    "<script>pwned()</script>",
    "text <img src=x onerror=pwned()> text",
    "<svg onload=pwned()>",
    "<iframe srcdoc='<script>pwned()</script>'></iframe>",
    "[a](javascript:pwned())",
    "[a](java&#115;cript:pwned())",
    "[a](data:text/html,<script>pwned()</script>)",
    "[a][1]\n\n[1]: javascript:pwned()",
    "```mermaid\n<img src=x onerror=pwned()>\n```",
    "<a href=' javascript:pwned()'>x</a>",
    "<scr<script></script>ipt>pwned()</script>",
    "<!--><img src=x onerror=pwned()>-->",
    "> <details ontoggle=pwned() open>x</details>",
    "<form action=//evil><button formaction=javascript:pwned()>x</button></form>",
    "![x](javascript:pwned())",
    "[a](JaVaScRiPt&colon;pwned())",
    "[a](java&Tab;script&colon;pwned())",
    "$\\href{javascript:pwned()}{x}$",
    "$$\\let\\h\\href \\h {javascript:pwned()}{x}$$",
)
REMOTE = (
    "![x](https://evil.example/x.png)",
    "![x][1]\n\n[1]: //evil.example/x.png",
    "![x](/api/shutdown)",
    "<img src='https://evil.example/x.png'>",
    "text <img src=//evil.example/x.png alt=x> text",
    "<img srcset='https://evil.example/x.png 2x'>",
    "<p style='background: url(//evil.example)'>x</p>",
)


@pytest.mark.parametrize("source", HONEST)
def test_an_honest_answer_stays_as_it_is(source):
    assert clean_answer(source, {"image.png": {"image/png": PNG}}) == source


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("then a<b but b>c, list<int> and <Student>", "then a<b but b>c, list<int> and <Student>"),
        ("one\n\n<style>\ntwo\n\nthree", "one\n<style>\ntwo\nthree"),
        ("one <!-- two --> three", "one <!-- two --> three"),
        ("one\n\n<!-- two\n\nthree", "one\n<!-- two\nthree"),
        ("<math><mi>x</mi></math> y", "<math><mi>x</mi></math> y"),
        ("<div>\n<own>x</own>\n</div>", "<div>\n<own>x</own>\n</div>"),
        ("a <span style='color: red' id=b>b</span> <br/>c", "a b c"),
    ],
)
def test_words_that_look_like_markup_are_read_as_they_were_typed(source, read):
    page = markdown2html(clean_answer(source, {}))
    text = BeautifulSoup(page, "html.parser").get_text().replace("\u00a0", " ")
    assert [*map(str.strip, text.strip().splitlines())] == read.splitlines()


@pytest.mark.parametrize("source", HOSTILE)
def test_no_markup_of_an_answer_reaches_a_page(source):
    page = markdown2html(clean_answer(source, {}))
    tags = re.findall(r"<[^>]*>", page)
    assert not [it for it in tags if re.search(r"pwned|script|\bon\w+=|data:|iframe|form", it)]
    assert "\\href" not in page


@pytest.mark.parametrize("source", REMOTE)
def test_no_answer_asks_another_server_or_this_one_for_a_picture(source):
    page = markdown2html(clean_answer(source, {}))
    assert "evil" not in page and "shutdown" not in page


@pytest.mark.parametrize("source", [">" * 3000 + " a", "[" * 3000, "a\x1b]52;c;eA==\x07b"])
def test_what_markdown_can_not_hold_is_shown_as_text(source):
    cleaned = clean_answer(source, {})
    markdown2html(cleaned)
    assert "\x1b" not in cleaned and "52;c" not in cleaned


def test_a_picture_that_is_missing_stops_nobody():
    assert clean_answer("![p](attachment:a.png)", {}) == f"![p]({MISSING})"


def test_only_pictures_are_kept():
    kept = {"a.png": {"image/png": PNG}}
    webp = {"image/webp": base64.b64encode(b"RIFF0000WEBP").decode()}
    others = {
        "b.png": {"image/png": 'x" onerror="pwned()'},
        "c.svg": {"image/svg+xml": PNG},
        "d.gif": {"image/gif": PNG},
        "e": "text",
    }
    assert clean_pictures({**kept, "w.webp": webp, **others}) == {**kept, "w.webp": webp}
    assert clean_pictures({"a.png": {"image/png": PNG + "A" * 8_000_000}}) == {}
