"""Formulas of nbgrader's pages without the network, and what of a student's becomes markup."""

import re

import jupytext
import pytest
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.nbgrader_setup.offline import (
    LONGEST,
    FormulaRenderer,
    OfflineExporter,
    markdown_to_html,
    mathml,
)
from autograder.paths import REPOSITORY


class Collector(FormulaRenderer):
    """Collects the formulas of some markdown."""

    def __init__(self) -> None:
        super().__init__(escape=False)
        self.found: list[tuple[str, bool]] = []

    def inline_math(self, body: str) -> str:
        self.found.append((body, False))
        return ""

    def block_math(self, body: str) -> str:
        self.found.append((body, True))
        return ""


def page_of(*cells: NotebookNode) -> str:
    exporter = OfflineExporter(template_name="classic", filters={"markdown2html": markdown_to_html})
    page, _ = exporter.from_notebook_node(new_notebook(cells=list(cells)))
    return page[page.index("<body") :]


@pytest.mark.parametrize(
    "path", [lab.master for lab in REPOSITORY.labs], ids=lambda it: it.parent.name
)
def test_every_formula_of_the_notebooks_becomes_mathml_and_keeps_its_number(path):
    collector = Collector()
    for cell in jupytext.read(path, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            MarkdownWithMath(renderer=collector).render(cell.source)
    for formula, display in collector.found:
        converted = mathml(formula, display)
        assert converted.startswith("<math") and "\\" not in converted, formula
        for tag in re.findall(r"\\tag\{([\d.]+)\}", formula):
            assert f"<mtext>({tag})</mtext>" in converted


def test_code_with_dollars_stays_code():
    page = page_of(
        new_markdown_cell("`a$b$c` and $x_1$\n\n```\n$$ y $$\n```\n\n$$ z \\tag{2.1} $$"),
        new_code_cell('cost = "$5$"'),
    )
    assert "<code>a$b$c</code>" in page and "$$ y $$" in page and "$5$" in page
    assert page.count("<math") == 2 and "(2.1)" in page


@pytest.mark.parametrize(
    "formula",
    [r"\unknown x", r"\frac{1", "{" * 200_000, "<b>" * LONGEST],
    ids=["unknown", "unfinished", "nested", "long"],
)
def test_what_cannot_be_converted_stays_readable_tex(formula):
    assert mathml(formula, True) == ""
    page = page_of(new_markdown_cell(f"before ${formula}$ after"))
    assert formula[:8].replace("<", "&lt;").replace(">", "&gt;") in page and "<b>" not in page


def test_an_answer_becomes_no_markup():
    evil = (
        "<script>alert(1)</script> <b>bold</b> [link](javascript:alert(1)) "
        r"$\text{<script>alert(2)</script>}$ $\href{javascript:alert(3)}{x}$"
    )
    nbgrader = {"grade": True, "solution": True, "grade_id": "a", "locked": False, "task": False}
    page = page_of(new_markdown_cell(evil, metadata={"nbgrader": nbgrader}))
    body = page[page.index("alert(1)") - 20 :]
    drawn = page_of(new_markdown_cell("```mermaid\n<img src=x onerror=alert(4)>\n```"))
    assert "<img" not in drawn and "&lt;img" in drawn
    assert "<script" not in body and "<b>" not in body and 'href="javascript' not in body
    assert "&lt;b&gt;bold" in body and "<em>" in page_of(new_markdown_cell("<em>the course's</em>"))
