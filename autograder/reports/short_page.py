"""A feedback page without what everybody has: one student's own cells, under their headings."""

import re

from autograder.page import render

CELL = re.compile(r'(?=<div[^<>]*\sclass="cell border-box-sizing)')
OWN = "nbgrader_cell"  # the class of answers and test cells
END = "</main>"
HEADING = re.compile(r"<h[1-3][ >].*?</h[1-3]>", re.DOTALL)
STYLE = re.compile(r"<style[^>]*>[^<]*Bootstrap.*?</style>", re.DOTALL)


def shorten(page: str) -> str:
    """Return nbgrader's feedback page with given cells cut to headings, in a few lines of style.

    A cohort's pages are most of what is uploaded to a learning-management system, and nearly all
    of that is the assignment itself and a framework of styles.
    """
    head, *cells = CELL.split(page)
    if not cells:
        return page
    last, end, tail = cells[-1].rpartition(END)
    parts = [own_part(it) for it in [*cells[:-1], last]]
    style = f"<style>\n{render('feedback.css.j2')}</style>"
    return "".join([STYLE.sub(lambda _: style, head), *parts, end, tail])


def own_part(cell: str) -> str:
    """Return a student's cell as it is, and of any other one its headings."""
    return cell if OWN in cell else "".join(f"{it}\n" for it in HEADING.findall(cell))
