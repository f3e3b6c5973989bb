"""A dry run: what would be collected and graded, with nothing written."""

import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.grading.journal import Journal
from autograder.grading.preview import preview
from autograder.lms import read_name
from autograder.submissions.collect import collect_submissions


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        it.relative_to(root).as_posix(): (it.stat().st_mtime_ns, it.read_bytes())
        for it in root.rglob("*")
        if it.is_file()
    }


@pytest.fixture
def handed_in(cohort, tmp_path, monkeypatch) -> Path:
    """A download of four: as graded, changed, new, and unreadable."""
    folder = tmp_path / "download"
    for student in ("anna", "bilal", "hanna"):
        shutil.copytree(cohort.course.step("submitted", student), folder / student)
    collect_submissions(cohort.course, folder, read_name)
    for student in ("anna", "bilal"):
        Journal(cohort.course).end(student, "of this submission", {}, {})
    (folder / "bilal" / "own.py").write_text("x = 1\n")
    shutil.rmtree(cohort.course.step("submitted", "hanna"))
    (folder / "zoe").mkdir()
    (folder / "zoe" / "answers.pdf").write_bytes(b"%PDF")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for path in filter(Path.is_file, folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
        archive.writestr("readme.txt", "")
    monkeypatch.setattr(cli.here, "repository", cohort.repository)
    monkeypatch.setattr(cli, "courses_as_they_are", lambda _: [cohort.course])
    return tmp_path / "in.zip"


def test_a_dry_run_says_what_would_be_graded_and_writes_nothing(cohort, handed_in):
    before = tree(cohort.course.root)
    done = CliRunner().invoke(cli.app, ["grade", str(handed_in), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert tree(cohort.course.root) == before
    for said in ("Recognised: folders and zips, 4 students", "readme.txt is not used",
                 "1 changed, 2 new, 1 unchanged", "zoe: Nothing could be read"):  # fmt: skip
        assert said in done.output
    lines = {it.split()[0]: it for it in done.output.splitlines() if it.startswith(" ")}
    assert "unchanged" in lines["anna"] and "1 note" in lines["bilal"]
    assert "nothing could be read" in lines["zoe"]


def test_what_nbgrader_collected_is_looked_at_where_it_lies(cohort):
    course, before = cohort.course, tree(cohort.course.root)
    Journal(course).end("anna", "of this submission", {}, {})
    entry = tree(course.root).keys() - before.keys()
    found, notes = preview(course, course.root / "submitted", read_name)
    assert notes == [] and tree(course.root).keys() - before.keys() == entry
    states = {it.student: it.state for it in found}
    assert states.pop("anna") == "unchanged" and set(states.values()) == {"new"}
