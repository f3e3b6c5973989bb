"""nbgrader's pages without the network: formulas as MathML, and no markup from answers."""

from typing import Any

from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context
from math_core import LatexError, LatexToMathML
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.utils import is_solution
from traitlets import default

LONGEST = 1000  # characters of a formula: the converter recurses on nested braces
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
    is_answer = bool(cell) and is_solution(cell)
    renderer = FormulaRenderer(
        escape=is_answer,
        allow_harmful_protocols=not is_answer,
        attachments=cell.get("attachments", {}),
    )
    return MarkdownWithMath(renderer=renderer).render(source)


class OfflineExporter(HTMLExporter):
    """HTML that loads and runs nothing."""

    @default("extra_loaders")
    def _extra_loaders_default(self) -> list[DictLoader]:
        return [DictLoader({"mathjax.html.j2": NO_SCRIPTS})]
