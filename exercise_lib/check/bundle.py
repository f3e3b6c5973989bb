"""Reference bundles: one safetensors file an exercise, its header packed among the tensors."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.fingerprint import BLOCK, Fingerprint, number_of_sums
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.tree import from_json, to_json
from exercise_lib.files.packed import HEADER, pack, unpack

FORMAT = "exercise-reference-5"
# The tensors that hold what is kept of misconceptions' results: fractions, and whole numbers.
WRONG, WRONG_WHOLE = "wrong", "wrong whole"
SECONDS = 10.0


class BundleError(RuntimeError):
    """A reference bundle is missing or unreadable, or no exercise has the name asked for."""


@dataclass(frozen=True)
class Bundle:
    """One exercise as data: what to call, what to expect, and what each misconception returns."""

    id: str
    title: str
    target: str  # "module:attribute", or "notebook" or "personal" for an answer cell's function
    todo: str
    points: float
    misconceptions: dict[str, str]  # name -> the teacher's sentence, in order of declaration
    cases: list[SolvedCase]
    calls: dict[str, str] = field(default_factory=dict)  # earlier exercises: id -> TODO number
    neighbours: dict[str, str] = field(default_factory=dict)  # name -> the misconception's it is
    seconds: float = SECONDS  # that the public cases may take, and the hidden ones as well


def write_bundle(bundle: Bundle, folder: Path) -> Path:
    """Write the bundle to `folder/<id>.safetensors`, equal tensors once; return the path.

    Of what misconceptions return, larger tensors are kept by their fingerprints, all in one tensor,
    and all whole numbers in another one.
    """
    kept: dict[str, torch.Tensor] = {}

    def store(tensor: torch.Tensor) -> str:
        tensor = tensor.detach().contiguous().clone()
        content = f"{tensor.dtype}{tuple(tensor.shape)}".encode() + tensor.numpy().tobytes()
        key = hashlib.sha256(content).hexdigest()[:16]
        kept[key] = tensor
        return key

    numbers: list[torch.Tensor] = []
    starts: dict[bytes, int] = {}

    whole: list[torch.Tensor] = []

    def store_wrong(tensor: torch.Tensor) -> str | list[Any]:
        if tensor.dtype == torch.int64:
            start = sum(map(len, whole))
            whole.append(tensor.detach().flatten())
            return [WRONG_WHOLE, start, *tensor.shape]
        if tensor.dtype != torch.float32:
            return store(tensor)
        is_small = tensor.numel() <= BLOCK
        kept_of_it = tensor.detach().flatten() if is_small else Fingerprint.of(tensor).sums
        content = kept_of_it.numpy().tobytes()
        if content not in starts:
            starts[content] = sum(map(len, numbers))
            numbers.append(kept_of_it)
        return [starts[content], *tensor.shape]

    def outcome(it: Outcome, store: Callable[[torch.Tensor], Any] = store) -> dict[str, Any]:
        if (raised := it.raised) is not None:
            return {"raised": [list(raised.types), raised.message, raised.raised_by]}
        return {
            "value": to_json(it.value, store),
            "gradients": to_json(it.gradients, store),
            "mutated": list(it.mutated),
        }

    cases = []
    for solved in bundle.cases:
        case = dataclasses.asdict(dataclasses.replace(solved.case, args={}, init={}))
        case["args"] = to_json(solved.case.args, store)
        case["init"] = to_json(solved.case.init, store)
        wrong = {name: outcome(it, store_wrong) for name, it in solved.wrong.items()}
        cases.append({"case": case, "expected": outcome(solved.expected), "wrong": wrong})
    header = {
        "format": FORMAT,
        "id": bundle.id,
        "title": bundle.title,
        "target": bundle.target,
        "todo": bundle.todo,
        "points": bundle.points,
        "misconceptions": bundle.misconceptions,
        "cases": cases,
    }
    if bundle.calls:
        header["calls"] = bundle.calls
    if bundle.neighbours:
        header["neighbours"] = bundle.neighbours
    if numbers:
        kept[WRONG] = torch.cat(numbers)
    if whole:
        kept[WRONG_WHOLE] = smallest(torch.cat(whole))
    if bundle.seconds != SECONDS:
        header["seconds"] = bundle.seconds
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{bundle.id}.safetensors"
    kept[HEADER] = torch.tensor(pack(header))
    save_file(dict(sorted(kept.items())), path)
    path.chmod(0o644)  # an exchange hands it on to other users
    return path


def smallest(whole: torch.Tensor) -> torch.Tensor:
    """Return whole numbers in the smallest type that holds them all."""
    for dtype in (torch.int8, torch.int16, torch.int32):
        if torch.equal(whole.to(dtype).long(), whole):
            return whole.to(dtype)
    return whole


def read_bundle(exercise_id: str, folder: Path, hidden: bool = False) -> Bundle:
    """Read one exercise's bundle; raises BundleError with what to do if that can't be done."""
    path = folder / f"{exercise_id}.safetensors"
    if not path.exists():
        known = sorted(found.stem for found in folder.glob("*.safetensors"))
        if not known:
            raise BundleError(
                f"There are no reference bundles in {folder}. Download the assignment again, or "
                "run `python -m autograder build` in the repository."
            )
        near = difflib.get_close_matches(exercise_id, known, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise BundleError(f"There is no exercise {exercise_id!r}.{hint} Known: {', '.join(known)}.")
    try:
        with safe_open(path, framework="pt") as file:
            header = unpack(file.get_tensor(HEADER).numpy())
            if header["format"] != FORMAT:
                raise BundleError(f"{path} has the format {header['format']}, not {FORMAT}.")
            return _bundle(header, {key: file.get_tensor(key) for key in file.keys()}, hidden)  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{path} is damaged ({type(error).__name__}: {error}). Download it again."
        ) from error


def _bundle(header: dict[str, Any], kept: dict[str, torch.Tensor], hidden: bool) -> Bundle:
    def tensor(key: str | list[Any]) -> torch.Tensor | Fingerprint:
        if isinstance(key, str):
            return kept[key]
        if key[0] == WRONG_WHOLE:
            _, start, *shape = key
            return kept[WRONG_WHOLE][start : start + math.prod(shape)].long().reshape(shape)
        start, *shape = key
        if (size := math.prod(shape)) <= BLOCK:
            return kept[WRONG][start : start + size].reshape(shape)
        return Fingerprint(tuple(shape), kept[WRONG][start : start + number_of_sums(shape)])

    def outcome(data: dict[str, Any]) -> Outcome:
        if "raised" in data:
            types, message, raised_by = data["raised"]
            return Outcome(raised=Raised(tuple(types), message, raised_by=raised_by))
        return Outcome(
            value=from_json(data["value"], tensor),
            gradients=from_json(data["gradients"], tensor),
            mutated=tuple(data["mutated"]),
        )

    def solved(data: dict[str, Any]) -> SolvedCase:
        fields = dict(data["case"])
        for name in ("args", "init"):
            fields[name] = from_json(fields[name], kept.__getitem__)
        for name in ("grad", "raises"):
            fields[name] = tuple(fields[name])
        wrong = {name: outcome(it) for name, it in data["wrong"].items()}
        return SolvedCase(Case(**fields), outcome(data["expected"]), wrong, hidden)

    return Bundle(
        id=header["id"],
        title=header["title"],
        target=header["target"],
        todo=header["todo"],
        points=header["points"],
        misconceptions=header["misconceptions"],
        cases=[solved(data) for data in header["cases"]],
        calls=header.get("calls", {}),
        neighbours=header.get("neighbours", {}),
        seconds=header.get("seconds", SECONDS),
    )
