"""What an answer uses of a student's other cells: their own, and given ones that they changed."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterable

MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
MOST_READ = 20_000  # characters of own cells, and of an answer, that are looked at
MOST_GIVEN = 200_000  # characters of the other cells


def parsed(source: str) -> list[ast.stmt]:
    """Return the statements of a text, without magics, none where it is no Python."""
    for text in (source, MAGIC.sub(r"\1pass", source)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    return []


def bound(statement: ast.stmt) -> set[str]:
    """Return the names that a definition, an import or an assignment gives a value."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {it.asname or it.name.partition(".")[0] for it in statement.names}
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return {
            it.id
            for it in ast.walk(statement)
            if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)
        }
    return set()


def used(source: str) -> set[str]:
    """Return the names that a text looks up and does not bind itself."""
    try:
        top = symtable.symtable(source, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    bound_there = {it.get_name() for it in top.get_symbols() if it.is_assigned()}
    names, tables = set(), [top]
    while tables:
        table = tables.pop()
        names |= {
            it.get_name() for it in table.get_symbols() if it.is_global() and it.is_referenced()
        }
        tables += table.get_children()
    return names - bound_there


def needed(answer: str, cells: Iterable[str], given: Iterable[str]) -> list[str]:
    """Return the statements of `cells` that bind names an answer uses and nothing given binds."""
    sources, others = list(cells), list(given)
    if len(answer) + sum(map(len, sources)) > MOST_READ or sum(map(len, others)) > MOST_GIVEN:
        return []
    own = [
        (bound(it), ast.get_source_segment(source, it) or "")
        for source in sources
        for it in parsed(source)
    ]
    known = {name for source in others for it in parsed(source) for name in bound(it)}
    wanted, taken = used(answer) - known, set()
    while True:
        more = {i for i, (names, _) in enumerate(own) if names & wanted} - taken
        if not more:
            break
        taken |= more
        wanted |= {name for i in more for name in used(own[i][1])} - known
    return [own[i][1] for i in sorted(taken)]
