"""Which earlier exercises an exercise builds on: found by running its solution, not declared."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch

from autograder.builder.todos import is_part
from autograder.exercise import Exercise
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.compare import agree
from exercise_lib.check.personal import PERSONAL
from exercise_lib.check.run import run_case
from exercise_lib.check.tree import Tree, leaves

TODO = re.compile(r"BEGIN SOLUTION[^\n]*\n[ \t]*# TODO (\d+\.\d+[a-z]?):")
Parts = dict[str, Callable[..., Any]]  # `exercise_lib.mel:frame`, `exercise_lib.net:Net.forward`


@dataclass(frozen=True)
class Call:
    """One call of an earlier exercise's code while a solution ran."""

    exercise: str
    given: Tree  # the arguments that were not left to their defaults
    value: Tree


class Tracer:
    """Runs solutions and notes which earlier exercises' code they call."""

    def __init__(self, exercises: Iterable[Exercise]) -> None:
        """Args: exercises: in the order in which students meet them."""
        self.exercises = {it.id: it for it in exercises}
        self.order = {name: number for number, name in enumerate(self.exercises)}
        self.parts = {name: parts_of(it) for name, it in self.exercises.items()}
        self.owners = {  # by identity: the hash of code is worked out each time
            id(function.__code__): (name, function)
            for name, parts in self.parts.items()
            for function in parts.values()
        }

    def calls(self, exercise: Exercise, case: Case) -> list[Call]:
        """Return the calls of earlier exercises, directly or not, while the solution runs."""
        calls: list[Call] = []
        given: dict[FrameType, Tree] = {}

        def watch(frame: FrameType, event: str, value: Any) -> None:
            if event not in ("call", "return") or id(frame.f_code) not in self.owners:
                return
            owner, function = self.owners[id(frame.f_code)]
            if self.order[owner] >= self.order[exercise.id]:
                return
            if event == "call":
                given[frame] = chosen_arguments(function, frame.f_locals)
            else:
                calls.append(Call(owner, given.pop(frame), value))

        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            run_case(exercise.solution, case)
        finally:
            sys.setprofile(before)
        return calls

    def callees(self, exercise: Exercise, cases: Iterable[Case]) -> dict[str, str]:
        """Return the earlier exercises that are called in any case: id -> TODO number."""
        if exercise.target == PERSONAL:  # its answer is worked out by the student
            return {}
        called = {it.exercise for case in cases for it in self.calls(exercise, case)}
        return {name: it.todo for name, it in self.exercises.items() if name in called}


def parts_of(exercise: Exercise) -> Parts:
    """Return the functions and methods of a module that an exercise asks to be written.

    These are the ones with a solution region of its TODO number, or else its target.
    """
    module, _, target = exercise.target.partition(":")
    if not target:
        return {}
    home = sys.modules[exercise.solution.__module__]
    source = inspect.getsource(home)
    lines = [
        source.count("\n", 0, found.start()) + 1
        for found in TODO.finditer(source)
        if is_part(found[1], exercise.todo)
    ]
    names = [
        name
        for name, node in functions(ast.parse(source))
        if any(node.lineno <= line <= (node.end_lineno or 0) for line in lines)
    ]
    return {f"{module}:{name}": function_in(home, name) for name in names or [target]}


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield a module's functions and methods, by qualified name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for it in node.body:
                if isinstance(it, ast.FunctionDef):
                    yield f"{node.name}.{it.name}", it


def function_in(module: Any, name: str) -> Callable[..., Any]:
    """Return a function or method; of a class, that which constructs it."""
    found = module
    for part in name.split("."):
        found = getattr(found, part)
    return inspect.unwrap(found.__init__ if inspect.isclass(found) else found)


def chosen_arguments(function: Callable[..., Any], given: dict[str, Any]) -> Tree:
    """Return the arguments of a call but for the instance and those that are the defaults."""
    known = inspect.signature(function).parameters
    return {
        name: value
        for name, value in given.items()
        if name != "self" and not (name in known and value is known[name].default)
    }


def gives_away(call: Call, solved: SolvedCase) -> bool:
    """Whether an earlier exercise's value is the whole result, for arguments that are the case's.

    Then nothing of the exercise is left to do for who is given that value.
    """
    case = solved.case
    if case.raises:  # earns nothing by itself
        return False

    def is_same(one: Any, other: Any) -> bool:
        of_shapes = {it.shape for it in (one, other) if isinstance(it, torch.Tensor)}
        return len(of_shapes) < 2 and agree(one, other, case.rtol, case.atol)

    def are_among(some: Tree, others: Tree) -> bool:
        known = [values(it) for it in leaves(others)]
        return all(any(is_same(there, values(it)) for there in known) for it in leaves(some))

    return are_among(call.given, case.args) and are_among(solved.expected.value, call.value)


def values(leaf: Any) -> Any:
    """Return a leaf without the graph it is part of."""
    return leaf.detach() if isinstance(leaf, torch.Tensor) else leaf
