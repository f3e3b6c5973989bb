"""The student's modules, `exercise_lib/*.py`: what their import sets for all of Python is put back.

Wherever they are imported, in a notebook, a terminal or the grader, one finder does it.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

from exercise_lib.check.questions import NobodyAnswers, WithoutQuestions, left_out, nobody_answers
from exercise_lib.check.settings import kept_random_states, kept_settings
from exercise_lib.check.time_limit import TookTooLong

PACKAGE = "exercise_lib"
REMARKS: dict[str, list[str]] = {}  # module -> what there is to say of its last import
INTERRUPTED: list[str] = []  # modules whose import was stopped, each before what imports it
HALTED: dict[str, str] = {}  # module -> why it is not imported again; the grader says so


class OwnModules(MetaPathFinder):
    """Finds the student's modules, which lie beside the folders of given ones."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a student's module is loaded, None for any other."""
        if name.rpartition(".")[0] != PACKAGE:
            return None
        if name in HALTED:
            raise ImportError(HALTED[name])
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or spec.parent == name:
            return None
        return spec_from_file_location(name, spec.origin, loader=Loader(name, spec.loader.path))


class Loader(SourceFileLoader):
    """Loads one of them."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the program of the file as it is now."""
        return program_of(self.get_data(self.path), self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; what there is to say of it is in `REMARKS`."""
        REMARKS.pop(module.__name__, None)
        with kept_random_states(), kept_settings() as changed, nobody_answers() as places:
            try:
                super().exec_module(module)
            except NobodyAnswers:
                exec(self.without_questions(), vars(module))
            except TookTooLong:
                INTERRUPTED.append(module.__name__)
                raise
        remarks = [left_out(places)] if places else []
        if changed:
            file = f"{module.__name__.replace('.', '/')}.py"
            remarks.append(f"Importing {file} sets {said(changed)}.")
        if remarks:
            REMARKS[module.__name__] = remarks

    def without_questions(self) -> CodeType:
        """Return a program that asks, as one that does not end where it asks."""
        tree = ast.parse(self.get_data(self.path), self.path)
        return compile(WithoutQuestions().visit(tree), self.path, "exec", dont_inherit=True)


@functools.lru_cache(100)
def program_of(text: bytes, path: str) -> CodeType:
    """Return a module's program: compiled once, however often the module is imported anew."""
    return compile(text, path, "exec", dont_inherit=True)


def said(changed: list[str]) -> str:
    """Say which settings code changed, and that they were put back."""
    return f"{' and '.join(changed)} for all of Python: put back, so that nothing else goes wrong"


def watch_imports() -> None:
    """Have the student's modules found by this finder from now on."""
    if not any(isinstance(it, OwnModules) for it in sys.meta_path):
        sys.meta_path.insert(0, OwnModules())
