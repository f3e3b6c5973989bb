"""nbgrader's pages without the network: formulas as MathML, and no markup from answers."""

import re
from functools import lru_cache
from typing import Any

from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context
from math_core import LatexError, LatexToMathML
from mistune.util import safe_entity
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode
from nbgrader.utils import is_solution
from traitlets import default

LONGEST = 1000  # characters of a formula: the converter recurses on nested braces
UNDESCRIBED = re.compile(r"<img(?=\s)(?![^>]*\salt=)")
NO_DESCRIPTION = "No description has been provided for this image"
CONVERTER = LatexToMathML(fancy_error=False)
# In place of the template that loads MathJax; a student's output can't run a script either.
NO_SCRIPTS = """\
{% macro mathjax(url="") %}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src data:; media-src data:; font-src data:">
{% endmacro %}
"""


def mathml(formula: str, display: bool) -> str:
    """Return TeX as MathML; "" for what the converter does not know."""
    if len(formula) > LONGEST:
        return ""
    if r"\tag" in formula:
        formula = rf"\begin{{equation}}{formula}\end{{equation}}"
    try:
        return CONVERTER.convert_with_local_state(formula, displaystyle=display)
    except LatexError:
        return ""


class FormulaRenderer(IPythonRenderer):
    """nbconvert's renderer of markdown; formulas that can't be converted stay TeX."""

    def text(self, text: str) -> str:
        """Let `&lt;` and `&alpha;` be the characters that they stand for, as Jupyter does."""
        return str(safe_entity(text))

    def inline_math(self, body: str) -> str:
        return mathml(body, False) or super().inline_math(body)

    def block_math(self, body: str) -> str:
        return mathml(body, True) or super().block_math(body)

    def block_mermaidjs(self, code: str) -> str:
        """Show a diagram's text: nothing here draws one, and nbconvert would not escape it."""
        return self.block_code(code)

    def latex_environment(self, name: str, body: str) -> str:
        formula = rf"\begin{{{name}}}{body}\end{{{name}}}"
        return mathml(formula, True) or super().latex_environment(name, body)


@pass_context
def markdown_to_html(context: Context, source: str) -> str:
    """Return markdown as HTML; HTML in a student's answer becomes text."""
    cell: Any = context.get("cell", {})
    if cell and is_solution(cell):
        return render(source, cell.get("attachments", {}), is_answer=True)
    attachments = cell.get("attachments", {})
    return render(source, attachments, False) if attachments else given_to_html(source)


@lru_cache(maxsize=2000)  # the texts of some assignments, the same in everybody's notebooks
def given_to_html(source: str) -> str:
    """Return the markdown of a given cell as HTML."""
    return render(source, {}, is_answer=False)


def render(source: str, attachments: Any, is_answer: bool) -> str:
    """Return markdown as HTML; of an answer, HTML becomes text."""
    renderer = FormulaRenderer(
        escape=is_answer, allow_harmful_protocols=not is_answer, attachments=attachments
    )
    return MarkdownWithMath(renderer=renderer).render(source)


class OfflineExporter(HTMLExporter):
    """HTML that loads and runs nothing.

    nbconvert's exporter reads each finished page once more, to describe pictures that have no
    description; that takes most of its time, and here a replacement does it.
    """

    @default("extra_loaders")
    def _extra_loaders_default(self) -> list[DictLoader]:
        return [DictLoader({"mathjax.html.j2": NO_SCRIPTS})]

    def from_notebook_node(  # type: ignore[override]  # as nbconvert does
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return a notebook's page and the resources it was made with."""
        resources = self._init_resources(resources)
        widgets = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("filter_data_type", widgets)
        self.register_filter("highlight_code", highlight)
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return UNDESCRIBED.sub(f'<img alt="{NO_DESCRIPTION}"', page), resources


@lru_cache(maxsize=2000)
def highlighted(source: str) -> str:
    """Return code as HTML."""
    return Highlight2HTML(pygments_lexer="ipython3")(source)


def highlight(source: str, metadata: Any = None) -> str:
    """Return a cell's code as HTML, as the filter that nbconvert's template calls."""
    return highlighted(source)
