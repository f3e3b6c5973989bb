"""No trick of a submission gains a point, reaches anything of the grader, or stops the run."""

import socket
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from attacks import ATTACKS, HONEST, LIMITS
from toy_sandbox import needs_bubblewrap

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("attacks")]


@pytest.fixture(scope="module")
def grader(toy):
    """The sandbox, and things of the grader's that submissions are after."""
    repository = toy.grader.sandbox.release.parent / "repository"
    (repository / "canary").write_text("alive")
    with sqlite3.connect(repository / "gradebook.db") as gradebook:
        gradebook.execute("create table grade (manual_score)")
        gradebook.execute("insert into grade values (1)")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        yield SimpleNamespace(toy=toy, root=repository, server=server)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(it): it.read_bytes() for it in folder.rglob("*") if it.is_file()}


@pytest.mark.parametrize(
    "attack",
    [pytest.param(it, id=it.name, marks=[pytest.mark.slow] * it.slow) for it in ATTACKS],
)
def test_it_gains_nothing(grader, attack):
    before = files_of(grader.root)
    port = grader.server.getsockname()[1]
    source = attack.source_in(grader.root, grader.root / "gradebook.db", port)
    start = time.monotonic()
    verdict = grader.toy.grade_cell(source)
    assert verdict.points <= attack.points, verdict
    assert verdict.points == attack.points or attack not in HONEST, verdict
    assert "<script" not in verdict.html
    assert time.monotonic() - start < LIMITS.notebook_seconds + 10
    assert files_of(grader.root) == before
    with pytest.raises(TimeoutError):
        grader.server.accept()
    assert grader.toy.still_grades()
    assert grader.toy.grader.sandbox.restarts == 0
