"""What came of one call: a value with its gradients, or an exception, and what was noticed."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from exercise_lib.check.tree import Tree


@dataclass(frozen=True)
class Raised:
    """An exception of the student's code, with the line in their file it came from."""

    types: tuple[str, ...]  # the class and its bases, most specific first
    message: str
    file: str = ""
    line: int = 0
    source: str = ""
    raised_by: str = ""
    """The function of theirs whose own `raise` or `assert` this is, "the target" if that one; empty
    where an operation failed, which then says in its message what went wrong."""
    told: str = ""  # what is said of it in place of its type, where no code under test raised it

    @property
    def type(self) -> str:
        return self.types[0]

    @property
    def is_todo(self) -> bool:
        # torch raises NotImplementedError too, for example to pad a waveform of another rank.
        return self.type == "NotImplementedError" and self.message[:4] in ("", "TODO")

    def is_like(self, other: Raised) -> bool:
        """Whether both are of one type, and either say the same or come from the same place."""
        same_place = bool(self.raised_by) and self.raised_by == other.raised_by
        return self.type == other.type and (self.message == other.message or same_place)

    def __str__(self) -> str:
        text = f"{self.type}: {self.message}" if self.message else self.type
        if self.file:
            text += f" ({self.file}, line {self.line})"
        if self.source:
            text += f"\n{self.source}"
        return text


@dataclass(frozen=True)
class Outcome:
    """The value and gradients of a call, or the exception it raised instead."""

    value: Tree = None
    gradients: dict[str, Tree] = field(default_factory=dict)
    raised: Raised | None = None
    mutated: tuple[str, ...] = ()  # arguments the call changed in place
    notes: tuple[str, ...] = ()  # warnings and what was printed
    left: dict[str, list[torch.Tensor]] = field(default_factory=dict, repr=False)
    """The arguments' tensors as the call left them, of those that are not in `mutated`."""
