"""Chromium on an answer that tries a dozen ways to run code on the page that shows it."""

import pytest
from nbconvert.filters import markdown2html
from toy_hostile import WAYS

from autograder.page import TEMPLATES
from autograder.submissions.answers import clean_answer

SPY = "<script>window.ran = 0; function pwned() { window.ran += 1 }</script>"

pytestmark = pytest.mark.slow


def ran(page, html: str) -> bool:
    """Show a page, click on its links, and say whether anything of the answer ran."""
    page.set_content(html)
    page.evaluate("document.querySelectorAll('a').forEach(it => it.click())")
    page.wait_for_timeout(300)
    return bool(page.evaluate("window.ran"))


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_runs_nothing_where_markdown_is_shown(page, way):
    assert ran(page, SPY + markdown2html(way)), "the attack is none"
    assert not ran(page, SPY + markdown2html(clean_answer(way, {})))


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_the_kit_runs_nothing_even_of_raw_markup(page, way):
    page.add_init_script("window.ran = 0; window.pwned = () => { window.ran += 1 }")
    page.goto("about:blank")
    template = TEMPLATES.from_string(
        '{% extends "base.html.j2" %}{% block content %}{{ way | safe }}{% endblock %}'
    )
    assert not ran(page, template.render(way=markdown2html(way)))
