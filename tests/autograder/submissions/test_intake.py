"""Intake: what of a submission counts, and what is said about the rest."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from toy_course import ASSIGNMENT, toy_exercises, toy_repository

from autograder.builder.assignment import read_assignment
from autograder.builder.folder import assemble
from autograder.lms import read_name
from autograder.lms.graded import grade_of
from autograder.paths import Course, Repository
from autograder.reports.report import Report, note_confirmation
from autograder.samples.cohort import Sample
from autograder.submissions import collect, files, unpack
from autograder.submissions.collect import (
    collect_submissions,
    confirm,
    is_confirmed,
    refused_of,
)
from autograder.submissions.files import UNREADABLE, Refused, folder_entries, open_below
from autograder.submissions.fingerprint import fingerprint_of_submission
from autograder.submissions.intake import NOTICE, take_in, taken_from
from autograder.terminal import problems

MODULE = "exercise_lib/warmup.py"
TAKEN = {"00_peak.ipynb", "01_double.ipynb", MODULE}


class Submission:
    """A student's folder in `submitted/` that tests spoil, and what intake makes of it."""

    def __init__(self, repository: Repository, course: Course) -> None:
        self.repository, self.course = repository, course
        self.folder = course.step("submitted", "anna")

    def edit(self, name: str, change) -> None:
        notebook = nbformat.read(self.folder / name, as_version=4)
        change(notebook)
        nbformat.write(notebook, self.folder / name)

    def files(self) -> set[str]:
        """Return what was taken in; every other file is the release's when checks are run."""
        taken = self.course.step("intake", "anna")
        return {it.relative_to(taken).as_posix() for it in taken.rglob("*") if it.is_file()}

    def take_in(self) -> list[str]:
        return take_in(self.course, "anna")

    def taken(self, name: str) -> dict[str, str]:
        """Return cell id -> source of a notebook after intake."""
        path = self.course.step("intake", "anna") / name
        cells = nbformat.read(path, as_version=4).cells
        return {cell.id: cell.source for cell in cells if cell.id != NOTICE}

    def released(self, name: str) -> dict[str, str]:
        notebook = nbformat.read(self.course.release / name, as_version=4)
        return {cell.id: cell.source for cell in notebook.cells}


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Submission:
    """A release and a perfect submission, for copies."""
    root = tmp_path_factory.mktemp("intake")
    repository = toy_repository(root / "repository")
    course = Course(root / "course", ASSIGNMENT)
    assignment = read_assignment(repository, toy_exercises())
    submission = Submission(repository, course)
    for folder in (course.release, submission.folder):
        assemble(repository, folder, assignment)
    Sample(assignment, toy_exercises(), "k00").solve(submission.folder)
    return submission


@pytest.fixture
def submission(honest: Submission, tmp_path: Path) -> Submission:
    shutil.copytree(honest.course.root, tmp_path / "course")
    return Submission(honest.repository, Course(tmp_path / "course", ASSIGNMENT))


def cell_at(notebook, cell_id: str) -> int:
    return [cell.id for cell in notebook.cells].index(cell_id)


def test_an_honest_submission_needs_no_repair(submission):
    (submission.folder / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    assert submission.take_in() == []
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]
    assert "A student's answer" in submission.taken("00_peak.ipynb")["question"]
    taken = submission.course.step("intake", "anna")
    assert "peak * waveform / largest" in (taken / "exercise_lib/warmup.py").read_text()
    assert (taken / "timestamp.txt").exists()
    assert submission.files() == TAKEN | {"timestamp.txt"}


def test_a_hand_in_time_is_taken_as_nbgrader_reads_it_or_not_at_all(submission):
    taken = submission.course.step("intake", "anna") / "timestamp.txt"
    for text, written in (
        ("2026-01-01 02:00:00 +0200", "2026-01-01 00:00:00.000000 UTC"),  # 200 s for nbgrader
        ("2026-01-01 00:00:00.5 UTC", "2026-01-01 00:00:00.500000 UTC"),
    ):
        (submission.folder / "timestamp.txt").write_text(text)
        assert submission.take_in() == []
        assert taken.read_text() == written
    for nonsense in ("yesterday", "", "\ud800".encode(errors="surrogatepass").decode("latin-1")):
        (submission.folder / "timestamp.txt").write_text(nonsense)
        assert submission.take_in() == ["timestamp.txt is no date: it does not count."]
        assert not taken.exists()


@pytest.mark.parametrize(
    "date",
    [
        b"not a date", b"=1+1", b"9999-12-31 23:59:59 -1400", b"0001-01-01 00:00:00 +1400",
        b"\xff\xfe\x00", b"9" * 900,
    ],
)  # fmt: skip
def test_a_time_of_handing_in_that_is_none_is_left_out(submission, date):
    (submission.folder / "timestamp.txt").write_bytes(date)
    assert submission.take_in() == ["timestamp.txt is no date: it does not count."]
    assert not (submission.course.step("intake", "anna") / "timestamp.txt").exists()


def test_folders_in_folders_without_end_are_not_walked(submission):
    before = fingerprint_of_submission(submission.folder)
    inner = os.open(submission.folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a" * 100, dir_fd=inner)
        outer, inner = inner, os.open("a" * 100, os.O_RDONLY, dir_fd=inner)
        os.close(outer)
    os.close(inner)
    assert any("its name is too long" in it for it in submission.take_in())
    assert fingerprint_of_submission(submission.folder) != before
    subprocess.run(["rm", "-r", submission.folder], check=True)


def test_a_folder_that_can_not_be_opened_is_refused(submission, monkeypatch):
    real = os.scandir

    def scandir(folder):
        if Path(folder).name == "exercise_lib":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr("autograder.submissions.files.os.scandir", scandir)
    repairs = submission.take_in()
    assert "exercise_lib was refused: it can't be opened (Permission denied)." in repairs
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]


def test_a_file_that_can_not_be_opened_is_refused_and_the_others_are_taken(submission, monkeypatch):
    real = files.open_below

    def open_below(root, path):
        if path == MODULE and root == submission.folder:
            raise PermissionError(13, "Permission denied")
        return real(root, path)

    monkeypatch.setattr(files, "open_below", open_below)
    repairs = submission.take_in()
    assert f"{MODULE} was refused: it can't be opened (Permission denied)." in repairs
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]


def test_of_endless_repairs_the_first_hundred_are_said(submission):
    for number in range(150):
        (submission.folder / f"n{number}.ipynb").write_text("[")
    repairs = submission.take_in()
    assert len(repairs) == 101 and repairs[-1] == "61 more of the kind."
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cell: cell.update(cell_type=[]),
        lambda cell: cell.update(cell_type={}, source=[{}]),
        lambda cell: cell.update(metadata={"tags": 3}),
        lambda cell: cell.update(attachments={"a": 1}),
    ],
)
def test_an_odd_cell_costs_nothing_but_itself(submission, spoil):
    path = submission.folder / "01_double.ipynb"
    content = json.loads(path.read_text())
    content["cells"].insert(0, {"cell_type": "raw", "source": "x", "metadata": {}})
    spoil(content["cells"][0])
    path.write_text(json.dumps(content))
    assert submission.take_in() == []
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]


def test_the_first_of_two_answers_counts(submission):
    def double(notebook):
        index = cell_at(notebook, "answer-double")
        again = new_code_cell("raise SystemExit", metadata=notebook.cells[index].metadata)
        notebook.cells.append(again)

    submission.edit("01_double.ipynb", double)
    assert submission.take_in() == [
        "01_double.ipynb: the answer of TODO 1.1 is there 2 times: the first one counts."
    ]
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]


def test_deleted_cells_come_back(submission):
    def delete(notebook):
        notebook.cells = notebook.cells[:-2]

    submission.edit("01_double.ipynb", delete)
    assert submission.take_in() == [
        "01_double.ipynb: the answer of TODO 1.1 was deleted: it counts as not written.",
        "01_double.ipynb: the check toy.double was deleted: the released one is used.",
    ]
    assert submission.taken("01_double.ipynb") == submission.released("01_double.ipynb")


def test_checks_and_given_files_are_the_released_ones(submission):
    def cheat(notebook):
        notebook.cells[cell_at(notebook, "check-double")].source = "1.0"
        notebook.cells[cell_at(notebook, "cell-01")].source = "check = lambda *_: 1.0"

    submission.edit("01_double.ipynb", cheat)
    (submission.folder / "exercise_lib/check/verdict.py").write_text("check = lambda *_: 1.0")
    repairs = submission.take_in()
    assert "01_double.ipynb: the check toy.double was changed: the released one is used." in (
        repairs
    )
    taken, released = (
        submission.taken("01_double.ipynb"),
        submission.released("01_double.ipynb"),
    )
    assert {key for key in taken if taken[key] != released[key]} == {"answer-double"}
    assert submission.files() == TAKEN


def test_cells_of_the_students_own_are_reported(submission):
    submission.edit("01_double.ipynb", lambda it: it.cells.insert(0, new_code_cell("helper = 2")))
    [repair] = submission.take_in()
    assert "cells of one's own are not run" in repair
    assert "helper = 2" not in submission.taken("01_double.ipynb").values()


@pytest.mark.parametrize("content", ['{"cells": [', "[1, 2]", "", "{}", "\x00", '{"cells": 3}'])
def test_an_unreadable_notebook_is_graded_as_released(submission, content):
    (submission.folder / "01_double.ipynb").write_text(content)
    repairs = submission.take_in()
    assert any(it.startswith("01_double.ipynb can't be read (") for it in repairs)
    assert "01_double.ipynb is missing or can't be read: it counts as not written." in repairs
    assert submission.taken("01_double.ipynb") == submission.released("01_double.ipynb")


def test_a_renamed_notebook_is_found_by_its_cells(submission):
    (submission.folder / "01_double.ipynb").rename(submission.folder / "final (2).ipynb")
    assert submission.take_in() == [
        "01_double.ipynb was taken from final (2).ipynb, which has its cells.",
    ]
    assert "return 2 * x" in submission.taken("01_double.ipynb")["answer-double"]


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(f"\n{text}\n")


def test_files_of_the_students_own_that_modules_and_answers_import_are_taken_along(submission):
    own = {
        "helpers.py": "import more.tools\n",
        "more/__init__.py": "",
        "more/tools.py": "from . import deeper\n",
        "more/deeper.py": "K = 1\n",
        "exercise_lib/extra.py": "K = 1\n",
        "for_answers.py": "K = 1\n",
    }
    for name, text in {**own, "other.py": "import helpers\n"}.items():
        path = submission.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    append(submission.folder / MODULE, "from helpers import same\nfrom .extra import K")

    def use(notebook):
        cell = next(it for it in notebook.cells if it.id == "answer-double")
        cell.source = f"%time 1\nimport for_answers\n{cell.source}"

    submission.edit("01_double.ipynb", use)
    assert submission.take_in() == ["other.py is not used."]
    assert submission.files() == TAKEN | set(own)
    taken = submission.course.step("intake", "anna")
    assert all((taken / name).read_text() == text for name, text in own.items())


def test_own_files_lie_beside_the_notebooks_wherever_these_are(submission):
    inner = submission.folder / "a/b"
    inner.mkdir(parents=True)
    for path in [it for it in submission.folder.iterdir() if it.name != "a"]:
        shutil.move(path, inner / path.name)
    (inner / "helpers.py").write_text("K = 1\n")
    (submission.folder / "above.py").write_text("K = 1\n")
    append(inner / MODULE, "import helpers, above")
    submission.take_in()
    assert submission.files() == TAKEN | {"helpers.py"}


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ("torch.py", "import torch"),
        ("random.py", "from random import random"),
        ("numpy/fft.py", "import numpy.fft"),
    ],
)
def test_no_own_file_takes_the_place_of_an_installed_or_given_one(submission, own, line):
    (submission.folder / own).parent.mkdir(exist_ok=True)
    (submission.folder / own).write_text("raise SystemExit")
    append(submission.folder / MODULE, line)
    assert submission.take_in() == [f"{own} is not used."] and submission.files() == TAKEN


@pytest.mark.parametrize("folder", ["a.ipynb", "timestamp.txt", "data/references/released.json"])
def test_no_own_file_lies_where_a_file_is_to_be(submission, folder):
    """A folder there would end the run that reads or writes such a file."""
    place = submission.folder / folder
    if place.is_file():
        place.unlink()
    place.mkdir(parents=True)
    (place / "x.py").write_text("K = 1")
    append(submission.folder / MODULE, f"if 0: import {folder.replace('/', '.')}.x")
    given = submission.course.release / "data/references/released.json"
    given.parent.mkdir(parents=True, exist_ok=True)
    given.touch()
    assert f"{folder}/x.py is not used." in submission.take_in()
    assert submission.files() == TAKEN


def test_no_own_file_lies_in_another_one(submission):
    for name in ("A", "B"):
        shutil.copytree(submission.folder, submission.folder / name)
    for path in (submission.folder / "A").glob("*.ipynb"):
        path.unlink()
    (submission.folder / "helpers.py").write_text("K = 1")
    inner = submission.folder / "A/helpers.py"
    inner.mkdir()
    (inner / "x.py").write_text("K = 1")
    append(submission.folder / MODULE, "import helpers\nif 0: import helpers.py.x")
    submission.take_in()
    assert submission.files() == TAKEN | {"helpers.py"}


def test_no_own_file_lies_in_a_given_folder(submission):
    (submission.folder / "exercise_lib/check/mine.py").write_text("K = 1")
    append(submission.folder / MODULE, "from exercise_lib.check import mine")
    assert submission.take_in() == [
        f"{MODULE} imports exercise_lib/check/mine.py, which lies in a folder that grading takes "
        "as released: put it beside the notebooks.",
        "exercise_lib/check/mine.py is not used.",
    ]
    assert submission.files() == TAKEN


def test_given_files_are_never_a_students_own(submission):
    given = submission.folder / "exercise_lib/check/run.py"
    given.write_text("raise SystemExit")
    append(submission.folder / MODULE, "from exercise_lib.check import run")
    assert submission.take_in() == [] and submission.files() == TAKEN


def test_own_files_are_few_and_small(submission, monkeypatch):
    for number in range(40):
        (submission.folder / f"own{number:02}.py").write_text(f"import own{number + 1:02}\n")
    append(submission.folder / MODULE, "import own00")
    repairs = submission.take_in()
    assert submission.files() == TAKEN | {f"own{number:02}.py" for number in range(20)}
    assert repairs[0].startswith("own19.py imports own20.py, which is more than the 20 files and")
    (submission.folder / "own00.py").write_text("K = 1\n" * 100_000)
    submission.take_in()
    assert submission.files() == TAKEN


def test_a_missing_module_is_the_stub_and_other_files_are_not_used(submission):
    (submission.folder / "exercise_lib/warmup.py").unlink()
    (submission.folder / "torch.py").write_text("raise SystemExit")
    assert submission.take_in() == [
        "exercise_lib/warmup.py is missing: it counts as not written.",
        "torch.py is not used.",
    ]
    taken = submission.course.step("intake", "anna")
    assert "NotImplementedError" in (taken / "exercise_lib/warmup.py").read_text()
    assert not (taken / "torch.py").exists()


def test_an_earlier_intake_leaves_nothing_behind(submission):
    submission.take_in()
    (submission.folder / "exercise_lib/warmup.py").unlink()
    (submission.folder / "01_double.ipynb").unlink()
    submission.take_in()
    assert submission.taken("01_double.ipynb") == submission.released("01_double.ipynb")
    taken = submission.course.step("intake", "anna")
    assert "NotImplementedError" in (taken / "exercise_lib/warmup.py").read_text()


def test_a_module_in_another_place_and_encoding(submission):
    path = submission.folder / "exercise_lib/warmup.py"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    (submission.folder / "warmup.py").write_bytes(("# größer\n" + text).encode("latin-1"))
    assert submission.take_in() == [
        "exercise_lib/warmup.py was taken from warmup.py.",
        "exercise_lib/warmup.py: saved as latin-1, not as plain UTF-8: converted.",
    ]
    taken = submission.course.step("intake", "anna") / "exercise_lib/warmup.py"
    assert taken.read_text(encoding="utf-8") == "# größer\n" + text


def test_links_of_a_submission_are_not_followed(submission, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("SECRET = 1")
    module, notebook = submission.folder / "exercise_lib/warmup.py", "01_double.ipynb"
    module.unlink()
    module.symlink_to(secret)
    shutil.copy(submission.folder / notebook, tmp_path)
    (submission.folder / notebook).unlink()
    (submission.folder / notebook).symlink_to(tmp_path / notebook)
    repairs = submission.take_in()
    assert sum("it is a link" in it for it in repairs) == 2
    assert submission.taken(notebook) == submission.released(notebook)
    taken = submission.course.step("intake", "anna") / "exercise_lib/warmup.py"
    assert "SECRET" not in taken.read_text() and "NotImplementedError" in taken.read_text()


@pytest.mark.parametrize("step", ["exercise_lib", "exercise_lib/warmup.py", "."])
def test_no_step_of_a_path_is_a_link_when_a_file_is_opened(submission, tmp_path, step):
    entries, _ = folder_entries(submission.folder)
    [entry] = [it for it in entries if it.path == "exercise_lib/warmup.py"]
    place, real = submission.folder / step, tmp_path / "real"
    if step != ".":
        place.rename(real)
        place.symlink_to(real)
        with pytest.raises(Refused, match="it can't be opened"):
            entry.open()
        fingerprint_of_submission(submission.folder)
    else:
        with entry.open() as file:
            assert b"peak_normalise" in file.read()
    with pytest.raises(OSError):
        open_below(submission.folder, "exercise_lib/../01_double.ipynb/x")


def test_the_notebook_tells_the_student_what_was_repaired(submission):
    (submission.folder / "<script>.py").write_text("")
    submission.edit("01_double.ipynb", lambda it: it.cells.pop())
    submission.take_in()
    notices = []
    for name in ("00_peak.ipynb", "01_double.ipynb"):
        path = submission.course.step("intake", "anna") / name
        [notice] = [it for it in nbformat.read(path, as_version=4).cells if it.id == NOTICE]
        notices.append(notice.source)
    assert "&lt;script&gt;.py is not used" in notices[0] and "<script>" not in notices[0]
    assert "check toy.double was deleted" in notices[1] and "exercise_lib.doctor" in notices[1]


def test_pictures_of_an_answer_in_words_come_along(submission):
    def paste(notebook):
        cell = notebook.cells[cell_at(notebook, "question")]
        cell.attachments = {"a.png": {"image/png": "iVBORw0KGgo="}, "b": {"text/html": "<p>"}}

    submission.edit("00_peak.ipynb", paste)
    assert submission.take_in() == []
    path = submission.course.step("intake", "anna") / "00_peak.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[cell_at(notebook, "question")].attachments["a.png"] == {
        "image/png": "iVBORw0KGgo="
    }
    assert "text/html" not in path.read_text()


def test_an_answer_in_words_is_cleaned_and_its_lost_picture_stops_nobody(submission):
    def spoil(notebook):
        cell = notebook.cells[cell_at(notebook, "question")]
        cell.source = "$a<b$ <img src=x onerror=pwned()> ![p](attachment:lost.png)"

    submission.edit("00_peak.ipynb", spoil)
    submission.take_in()
    answer = submission.taken("00_peak.ipynb")["question"]
    assert answer == "$a<b$ <img> ![p](missing-picture)"


def test_from_moodles_zip_to_intake(submission, tmp_path):
    path = tmp_path / "submissions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in submission.folder.rglob("*"):
            name = file.relative_to(submission.folder)
            archive.write(file, f"Änna Ö_7_assignsubmission_file_/my work/{name}")
        link = zipfile.ZipInfo("Änna Ö_7_assignsubmission_file_/my work/check.py")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    course = submission.course
    assert collect_submissions(course, path, read_name) == (["anna-o-7"], [])
    assert take_in(course, "anna-o-7") == [
        "my work/check.py was refused: it is a link. Hand in the file itself."
    ]
    taken = course.step("intake", "anna-o-7")
    assert "peak * waveform / largest" in (taken / "exercise_lib/warmup.py").read_text()
    assert "return 2 * x" in (taken / "01_double.ipynb").read_text()


ENVIRONMENTS = [".venv/lib", "env/lib/python3.11/site-packages", "node_modules", ".idea"]


@pytest.mark.parametrize("place", ENVIRONMENTS)
def test_an_environment_is_no_part_of_the_work(submission, tmp_path, monkeypatch, place):
    monkeypatch.setattr(unpack, "MOST_FILES", 30)
    work = [*submission.folder.glob("*.ipynb"), submission.folder / MODULE]
    path = tmp_path / "chen.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in work:
            archive.write(file, file.relative_to(submission.folder))
        for index in range(40):
            archive.writestr(f"{place}/package{index}/warmup.py", "raise SystemExit")
    assert collect_submissions(submission.course, path, read_name) == (["chen"], [])
    assert take_in(submission.course, "chen") == []
    (submission.folder / place).mkdir(parents=True)
    (submission.folder / place / "warmup.py").write_text("raise SystemExit")
    (submission.folder / place / "01_double.ipynb").write_text("{}")
    assert submission.take_in() == []


def test_loose_files_need_no_note_each(submission):
    for name in ("exercise_lib/__init__.py", MODULE):
        released = submission.course.release / name
        (submission.folder / Path(name).name).write_bytes(released.read_bytes())
    assert submission.take_in() == [], "copies of what was released"
    paths = {f"exercise_lib/m{it}.py": f"m{it}.py" for it in range(11)}
    assert taken_from({**paths, "exercise_lib/x.py": "x (1).py", "exercise_lib/y.py": ""}) == [
        "exercise_lib/x.py was taken from x (1).py.",
        "11 modules, exercise_lib/m0.py for one, were taken from another folder.",
    ]


def test_many_files_that_are_not_used_are_counted(submission):
    for index in range(15):
        (submission.folder / f"own{index:02}.py").write_text("")
    repairs = submission.take_in()
    assert len(repairs) == 11 and repairs[-1] == "5 other files are not used."


NEW_NAMES = ["exercise_lib/warmup (1).py", "warmup-1.py", "Warmup.py", "48201_warmup.py",
             "exercise_lib/warmup.py.txt", "warmup - Copy.py"]  # fmt: skip


@pytest.mark.parametrize("name", NEW_NAMES)
def test_a_renamed_module_is_found(submission, tmp_path, name):
    files = {it.name: it.read_bytes() for it in submission.folder.glob("*.ipynb")}
    files["01_double.ipynb.json"] = files.pop("01_double.ipynb")
    files[name] = (submission.folder / MODULE).read_bytes()
    inner = tmp_path / "work"
    with zipfile.ZipFile(inner, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    path = tmp_path / "cohort.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "chen/lecture7")  # a zip without a suffix
        archive.writestr("dora/01.ipynb", "{}")
    assert collect_submissions(submission.course, path, read_name) == (["chen", "dora"], [])
    repairs = take_in(submission.course, "chen")
    assert f"{MODULE} was taken from {name}." in repairs
    assert "01_double.ipynb was taken from 01_double.ipynb.json, which has its cells." in repairs
    taken = submission.course.step("intake", "chen")
    assert "peak * waveform / largest" in (taken / MODULE).read_text()


@pytest.mark.parametrize("name", ["exercise_lib/warmup (1).py", "new/exercise_lib/warmup.py"])
def test_a_stub_does_not_count_beside_the_written_module(submission, name):
    stub = (submission.course.release / MODULE).read_text()
    place = submission.folder / name
    place.parent.mkdir(exist_ok=True, parents=True)
    (submission.folder / MODULE).rename(place)
    (submission.folder / MODULE).write_text(stub.replace("\n", "\r\n"), newline="")
    assert submission.take_in() == [f"{MODULE} was taken from {name}."]
    taken = submission.course.step("intake", "anna") / MODULE
    assert "peak * waveform / largest" in taken.read_text()


def test_of_two_written_modules_none_is_guessed(submission):
    module = submission.folder / MODULE
    for number in (1, 2):
        shutil.copy(module, module.with_name(f"warmup ({number}).py"))
    module.unlink()
    assert submission.take_in()[0] == f"{MODULE} was taken from exercise_lib/warmup (1).py."
    module.with_name("warmup (2).py").write_text("other = 1\n")
    [several] = [it for it in submission.take_in() if it.startswith(f"{MODULE} is there 2 times")]
    assert several.endswith("none is guessed: it counts as not written.")


def test_an_unanswered_notebook_does_not_count_beside_its_answered_copy(submission):
    path = submission.folder / "01_double.ipynb"
    path.rename(path.with_name("01_double (1).ipynb"))
    shutil.copy(submission.course.release / path.name, path)
    assert submission.take_in() == [
        "01_double.ipynb was taken from 01_double (1).ipynb, which has its cells."
    ]
    assert "return 2 * x" in submission.taken(path.name)["answer-double"]


@pytest.mark.parametrize("name", ["answers.pdf", "work.tar.gz", "empty.zip", "onlinetext.html"])
def test_what_can_not_be_read_waits_until_somebody_confirms(submission, tmp_path, name):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"chen/{name}", b"PK\x05\x06" + bytes(18))
        archive.writestr("dora/01.ipynb", "{}")
    course = submission.course
    collect_submissions(course, path, read_name)
    repairs = take_in(course, "chen")
    assert name == "empty.zip" or name == "onlinetext.html" or f"{name} was refused" in repairs[1]
    assert repairs[0] == UNREADABLE and UNREADABLE not in submission.take_in()
    assert len(repairs) <= 2, "what is missing of nothing is not said"
    report = Report("chen", repairs=repairs)
    note_confirmation(course, report)
    assert report.waits and grade_of(report) == "" and not Report("chen").waits
    assert problems([report]) == {UNREADABLE: "chen"}
    before = refused_of(course, "chen")
    confirm(course, "chen")
    note_confirmation(course, report)
    assert grade_of(report) == "0" and refused_of(course, "chen") == before
    assert problems([report]) == {}
    collect_submissions(course, path, read_name)
    assert is_confirmed(course, "chen"), "the same once more"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"chen/{name}", b"PK\x05\x06" + bytes(17) + b"1")
        archive.writestr("dora/01.ipynb", "{}")
    collect_submissions(course, path, read_name)
    assert name == "empty.zip" or refused_of(course, "chen") == before
    assert not is_confirmed(course, "chen")
    collect_submissions(course, path, read_name)
    assert not is_confirmed(course, "chen"), "never this one"


def test_what_nobody_can_look_at_is_confirmed_each_time(submission, tmp_path, monkeypatch):
    """Other files could hide behind the same names."""
    course = submission.course
    many, locked = tmp_path / "many.zip", tmp_path / "locked.zip"
    with zipfile.ZipFile(many, "w") as archive:
        archive.writestr("chen/a.pdf", bytes(20))
        archive.writestr("dora/01.ipynb", "{}")
    packed = many.read_bytes().replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01", 1
    )
    locked.write_bytes(packed)  # its first file is marked as encrypted
    monkeypatch.setattr(collect, "MOST_IN_ALL", 10)
    for path in (many, locked):
        for _ in range(2):
            collect_submissions(course, path, read_name)
            assert take_in(course, "chen")[0] == UNREADABLE
            assert not is_confirmed(course, "chen")
            confirm(course, "chen")


def test_work_on_another_assignment_that_was_confirmed_is_so_until_it_changes(tmp_path, submission):
    course, path = submission.course, tmp_path / "in.zip"

    def hand_in(text: str) -> bool:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("chen/09_other.ipynb", text)
            archive.writestr("dora/01.ipynb", "{}")
        collect_submissions(course, path, read_name)
        return is_confirmed(course, "chen")

    assert not hand_in("{}")
    confirm(course, "chen")
    assert hand_in("{}") and not hand_in('{"cells": []}') and not hand_in("{}")
