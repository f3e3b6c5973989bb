"""What an answer uses of a student's other cells: their own, and given ones that they changed."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
MOST_READ = 200_000  # characters of own cells, of an answer, and of the other cells
CHANGES = (ast.Expr, ast.Assign, ast.AugAssign, ast.For, ast.While, ast.With, ast.If)
IMPORTS = (ast.Import, ast.ImportFrom)
ANY = "*"  # what a star import binds


def parsed(source: str) -> list[ast.stmt]:
    """Return the statements of a text, without magics, none where it is no Python."""
    for text in (source, without_magics(source)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    return []


def without_magics(source: str) -> str:
    """Return a text of as many lines with nothing in the place of IPython's magics."""
    return MAGIC.sub(r"\1pass", source)


def names_of(source: str) -> tuple[set[str], set[str]]:
    """Return the names that a text binds, and those that it looks up and does not bind itself."""
    for text in (source, without_magics(source)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                top = symtable.symtable(text, "", "exec")
            break
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    else:
        return set(), set()
    symbols = top.get_symbols()
    bound = {it.get_name() for it in symbols if it.is_assigned() or it.is_imported()}
    used, tables = set(), [top]
    while tables:
        table = tables.pop()
        used |= {
            it.get_name() for it in table.get_symbols() if it.is_global() and it.is_referenced()
        }
        tables += table.get_children()
    return bound, used - bound


@dataclass(frozen=True)
class Statement:
    """A statement of a cell, as it stands there."""

    node: ast.stmt
    text: str

    @cached_property
    def names(self) -> tuple[set[str], set[str]]:
        """The names that it binds, and those that it uses."""
        bound, used = names_of(self.text)
        is_star = isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == ANY
        return ({ANY} if is_star else bound), used

    @cached_property
    def changed(self) -> set[str]:
        """The names of what it may change, as `table[1] = 2` and `table.append(2)` do."""
        if not isinstance(self.node, CHANGES):
            return set()
        places = [
            it.func if isinstance(it, ast.Call) else it
            for it in ast.walk(self.node)
            if isinstance(it, ast.Call) or isinstance(getattr(it, "ctx", None), ast.Store)
        ]
        return {root(it) for it in places if isinstance(it, (ast.Attribute, ast.Subscript))}


def root(place: ast.expr) -> str:
    """Return the name with which an attribute or item begins."""
    while isinstance(place, (ast.Attribute, ast.Subscript)):
        place = place.value
    return place.id if isinstance(place, ast.Name) else ""


def statements_of(source: str) -> Iterator[Statement]:
    """Yield the statements of a cell, functions and classes with their decorators."""
    lines = source.encode(errors="replace").split(b"\n")
    for node in parsed(source):
        decorators = getattr(node, "decorator_list", ())
        start = decorators[0].lineno if decorators else node.lineno
        text = lines[start - 1 : node.end_lineno]
        text[-1] = text[-1][: node.end_col_offset]
        if not decorators:
            text[0] = text[0][node.col_offset :]
        yield Statement(node, b"\n".join(text).decode())


class OtherCells:
    """The other cells of a student's notebook, of which answers may use some statements."""

    def __init__(self, own: Iterable[str], given: Iterable[str]) -> None:
        """Args: own: cells that are not run for grading. given: cells that are."""
        own, given = list(own), list(given)
        small = all(sum(map(len, cells)) <= MOST_READ for cells in (own, given))
        self.own = [it for source in own for it in statements_of(source)] if small else []
        self.given = {it: names_of(it)[0] for it in given} if self.own else {}
        self.binding: dict[str, list[int]] = defaultdict(list)
        self.changing: dict[str, list[int]] = defaultdict(list)
        for number, it in enumerate(self.own):
            for name in it.names[0]:
                self.binding[name].append(number)
            for name in it.changed:
                self.changing[name].append(number)

    def needed(self, answer: str) -> list[str]:
        """Return those statements that bind or change what an answer uses and nothing given does.

        Args: answer: one of the given cells.
        """
        if not self.own or len(answer) > MOST_READ:
            return []
        known = set[str]().union(*(it for text, it in self.given.items() if text != answer))
        taken: set[int] = set()
        seen, left = set(known), names_of(answer)[1] - known
        while left:
            name = left.pop()
            seen.add(name)
            numbers = self.binding.get(name, [])
            if not (numbers or hasattr(builtins, name)):
                numbers = self.binding.get(ANY, [])
            if not all(isinstance(self.own[it].node, IMPORTS) for it in numbers):
                numbers = [*numbers, *self.changing.get(name, [])]
            for number in numbers:
                if number not in taken:
                    taken.add(number)
                    left |= self.own[number].names[1] - seen
        return [self.own[it].text for it in sorted(taken)]
