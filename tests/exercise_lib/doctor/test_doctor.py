"""The student's doctor: what it names, what it mends, and that it loses nothing."""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from toy_course import toy_exercises, toy_repository

from autograder.builder.assignment import read_assignment
from autograder.builder.exercises import load_exercises
from autograder.builder.folder import assemble
from autograder.paths import REPOSITORY
from autograder.samples.cohort import Sample
from exercise_lib.doctor import diagnosis as doctor
from exercise_lib.files.names import MANIFEST

NOTEBOOK, MODULE = "01_double.ipynb", "exercise_lib/warmup.py"


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    """A fetched toy assignment, and the same solved."""
    root = tmp_path_factory.mktemp("doctor")
    repository = toy_repository(root / "repository")
    assignment = read_assignment(repository, toy_exercises())
    fetched, solved = root / "fetched", root / "solved"
    for folder in (fetched, solved):
        assemble(repository, folder, assignment)
    Sample(assignment, toy_exercises(), "k00").solve(solved)
    return fetched, solved


@pytest.fixture
def folder(folders, tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(doctor, "examine_environment", lambda: [])
    shutil.copytree(folders[1], tmp_path / "lecture7")
    return tmp_path / "lecture7"


def edit(path: Path, change) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def answer(folder: Path) -> str:
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    return next(
        cell.source
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "answer-double"
    )


def kept(folder: Path) -> dict[str, bytes]:
    """Return path -> content of the backups."""
    backups = [path for path in (folder / doctor.BACKUP).glob("*/**/*") if path.is_file()]
    return {path.relative_to(folder / doctor.BACKUP).as_posix()[18:]: path.read_bytes()
            for path in backups}  # fmt: skip


@pytest.mark.parametrize("link", ["exercise_lib", doctor.BACKUP])
def test_nothing_is_written_through_a_link(folder, tmp_path, link):
    elsewhere = tmp_path / "elsewhere"
    if link == "exercise_lib":
        (folder / link).rename(elsewhere)
    else:
        elsewhere.mkdir()
    (folder / link).symlink_to(elsewhere)
    module = folder / MODULE
    module.write_bytes("# größer\n".encode("latin-1") + module.read_bytes())
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    done = doctor.mend(folder)
    assert [it for it in done if f"not mended, since {link} is a link" in it] == done != []
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before


def test_a_link_is_replaced_and_what_it_leads_to_stays(folder, tmp_path):
    text = "# größer\n".encode("latin-1")
    (tmp_path / "theirs.py").write_bytes(text)
    (folder / MODULE).unlink()
    (folder / MODULE).symlink_to(tmp_path / "theirs.py")
    assert any("mended" in it for it in doctor.mend(folder))
    assert (tmp_path / "theirs.py").read_bytes() == text
    assert not (folder / MODULE).is_symlink() and "größer" in (folder / MODULE).read_text()


def test_nothing_is_found_in_good_work_and_nothing_changed(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    diagnosis = doctor.examine(folder)
    assert (diagnosis.findings, diagnosis.todos, diagnosis.untouched) == ([], {}, [])
    assert "Hand in the whole folder" in str(diagnosis)
    assert doctor.mend(folder) == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_open_todos_are_no_error(folders, monkeypatch):
    monkeypatch.setattr(doctor, "examine_environment", lambda: [])
    diagnosis = doctor.examine(folders[0])
    assert diagnosis.findings == []
    assert diagnosis.todos == {"00_peak.ipynb": ["question"], "01_double.ipynb": ["TODO 1.1"]}
    assert diagnosis.untouched == ["exercise_lib/warmup.py"]
    assert "If you wrote in one of these, save it:\n  exercise_lib/warmup.py" in str(diagnosis)


def test_what_is_open_in_a_module_that_was_begun_is_listed(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "examine_environment", lambda: [])
    begun = shutil.copytree(folders[0], tmp_path / "begun")
    with (begun / MODULE).open("a") as file:
        file.write("a = 1\n")
    diagnosis = doctor.examine(begun)
    assert diagnosis.todos[MODULE] == ["TODO 0.1"] and diagnosis.untouched == []
    assert f"  {MODULE}: TODO 0.1\n" in f"{diagnosis}\n"


def test_what_a_newcomer_is_told_fits_on_one_screen(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "examine_environment", lambda: [])
    assemble(REPOSITORY, tmp_path / "all", read_assignment(REPOSITORY, load_exercises(REPOSITORY)))
    lines = str(doctor.examine(tmp_path / "all")).splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 100


def renamed(folder: Path) -> None:
    (folder / NOTEBOOK).rename(folder / "final (2).ipynb")


def spoiled(change):
    return lambda folder: edit(folder / NOTEBOOK, change)


def lose_marks(notebook) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def change_check(notebook) -> None:
    notebook.cells[-1].source = "1.0"


def delete_check(notebook) -> None:
    del notebook.cells[-1]


def double_answer(notebook) -> None:
    again = new_code_cell("raise SystemExit", metadata=notebook.cells[2].metadata)
    notebook.cells.append(again)


def recode(folder: Path) -> None:
    path = folder / NOTEBOOK
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


def cut_off(folder: Path) -> None:
    path = folder / NOTEBOOK
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex('"source"')], encoding="utf-8")


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (renamed, "named final (2).ipynb"),
        (spoiled(lose_marks), "found by its content"),
        (spoiled(change_check), "the check toy.double was changed"),
        (spoiled(delete_check), "the check toy.double was deleted"),
        (spoiled(double_answer), "is there 2 times"),
        (recode, "saved as utf-16"),
        (cut_off, "cut off"),
    ],
)
def test_notebooks_are_mended_after_a_copy_was_kept(folder, hurt, said):
    hurt(folder)
    before = {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}
    assert said in str(doctor.examine(folder))
    assert {path.name: path.read_bytes() for path in folder.glob("*.ipynb")} == before
    done = doctor.mend(folder)
    assert any(said in line for line in done)
    left = [it for it in doctor.examine(folder).findings if "one's own" not in it.text]
    assert left == [] and "return 2 * x" in answer(folder)
    touched = "final (2).ipynb" if hurt is renamed else NOTEBOOK
    assert kept(folder) == {touched: before[touched]}
    assert sorted(path.name for path in folder.glob("*.ipynb")) == ["00_peak.ipynb", NOTEBOOK]


def test_in_a_checkout_of_the_repository_the_notebooks_have_a_folder(folder):
    (folder / "notebooks").mkdir()
    for path in folder.glob("*.ipynb"):
        path.rename(folder / "notebooks" / path.name)
    assert doctor.examine(folder).findings == []
    edit(folder / "notebooks" / NOTEBOOK, change_check)
    assert doctor.mend(folder) and doctor.examine(folder).findings == []
    assert set(kept(folder)) == {f"notebooks/{NOTEBOOK}"}


def test_large_outputs_are_named_and_cleared_only_on_request(folder, monkeypatch):
    monkeypatch.setattr(doctor, "HEAVY", 2000)

    def print_much(notebook) -> None:
        output = nbformat.v4.new_output("stream", text="much\n" * 1000)
        notebook.cells[2].outputs = [output]
        notebook.cells[-1].source = "1.0"

    edit(folder / NOTEBOOK, print_much)
    assert "--clear-outputs` empties them" in str(doctor.examine(folder))
    doctor.mend(folder)
    assert "much" in (folder / NOTEBOOK).read_text()
    doctor.mend(folder, clear_outputs=True)
    assert "much" not in (folder / NOTEBOOK).read_text()
    assert any(b"much" in data for data in kept(folder).values())
    assert not any(it.file == NOTEBOOK for it in doctor.examine(folder).findings)


def test_modules_are_looked_at(folder):
    path = folder / MODULE
    text = path.read_text()
    path.write_bytes(("# größer\n" + text).encode("latin-1"))
    assert "saved as latin-1" in str(doctor.examine(folder))
    doctor.mend(folder)
    assert path.read_text(encoding="utf-8") == "# größer\n" + text
    path.write_text(text + "\ndef unfinished(:\n")
    assert f"{MODULE}: line {text.count(chr(10)) + 2}: invalid syntax" in str(
        doctor.examine(folder)
    )
    path.write_text(f"<<<<<<< HEAD\n{text}=======\n>>>>>>> theirs\n")
    assert "merge conflict is left" in str(doctor.examine(folder))
    path.unlink()
    assert f"{MODULE}: is missing" in str(doctor.examine(folder))
    (folder / "warmup.py").write_text(text)
    doctor.mend(folder)
    assert path.read_text() == text and doctor.examine(folder).findings == []


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ("helpers.py", "import helpers"),
        ("helpers.py", "def f():\n    from helpers import same"),
        ("exercise_lib/helpers.py", "from exercise_lib import helpers"),
        ("exercise_lib/helpers.py", "from .helpers import same"),
        ("exercise_lib/helpers.py", "from . import helpers"),
    ],
)
def test_a_file_of_ones_own_that_a_module_imports_is_taken_along(folder, own, line):
    (folder / own).write_text("def same(x):\n    return x\n")
    with (folder / MODULE).open("a") as module:
        module.write(f"\n{line}\n")
    findings = map(str, doctor.examine(folder).findings)
    assert [it for it in findings if "there is no package" not in it] == []


def test_a_file_of_ones_own_that_grading_cannot_take_along_is_named(folder):
    (folder / "random.py").write_text("def same(x):\n    return x\n")
    (folder / "exercise_lib/check/mine.py").write_text("K = 1\n")
    assert list(map(str, doctor.examine(folder).findings)) == [
        "random.py: is not what grading imports by this name: give it another one."
    ]


def test_what_can_not_be_handed_in_is_named(folder, monkeypatch):
    monkeypatch.setattr(doctor, "HEAVY", 100_000)
    monkeypatch.setattr(doctor, "HUB_LIMIT", 200_000)
    (folder / "runs").mkdir()
    (folder / "runs/weights.bin").write_bytes(bytes(150_000))
    (folder / "runs/more.bin").write_bytes(bytes(250_000))
    (folder / "linked.py").symlink_to(folder / MODULE)
    (folder / NOTEBOOK).write_text("{")
    text = str(doctor.examine(folder))
    for said in ("runs/weights.bin: has 0 MB and grading does not need it",
                 "runs/more.bin: has 0 MB: nbgrader leaves it out", "linked.py: is a link",
                 "this folder: has 1 MB", "01_double.ipynb: can't be read: it is no JSON",
                 "01_double.ipynb: is missing or unreadable"):  # fmt: skip
        assert said in text
    (folder / MANIFEST).write_text("{")
    assert "little can be looked at" in str(doctor.examine(folder))


def test_a_failed_write_loses_nothing(folder, monkeypatch):
    spoiled(change_check)(folder)
    before = (folder / NOTEBOOK).read_bytes()

    def full(_) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        doctor.mend(folder)
    assert (folder / NOTEBOOK).read_bytes() == before


def test_wrong_python_and_packages_are_named(monkeypatch):
    monkeypatch.setattr(doctor, "PYTHONS", ((2, 0), (2, 7)))
    packages = [doctor.environment.Package("scipy", "", "not installed")]
    monkeypatch.setattr(doctor.environment, "look", lambda: packages)
    assert [it.file for it in doctor.examine_environment()] == ["Python", "scipy"]


def test_an_environment_in_the_folder_is_not_handed_in_and_not_counted(folder, monkeypatch):
    monkeypatch.setattr(doctor, "HUB_LIMIT", 10_000_000)
    for place in (".venv/lib", "env/lib/site-packages", "node_modules"):
        (folder / place).mkdir(parents=True)
        (folder / place / "large.so").write_bytes(bytes(11_000_000))
        (folder / place / "link").symlink_to("large.so")
    assert doctor.examine(folder).findings == []


@pytest.mark.parametrize("name", ["warmup (1).py", "exercise_lib/48201_warmup.py", "warmup.py.txt"])
def test_a_renamed_module_is_found_and_put_in_its_place(folder, name):
    text = (folder / MODULE).read_bytes()
    (folder / MODULE).rename(folder / name)
    (folder / NOTEBOOK).rename(folder / f"{NOTEBOOK}.json")
    [notebook, module] = doctor.examine(folder).findings
    assert str(module) == f"{MODULE}: is named {Path(name).name}."
    assert f"is named {NOTEBOOK}.json" in str(notebook)
    doctor.mend(folder)
    assert "return 2 * x" in answer(folder)
    assert (folder / MODULE).read_bytes() == text


def test_mending_a_split_answer_keeps_the_function(folder):
    def split(notebook):
        [index] = [
            index
            for index, cell in enumerate(notebook.cells)
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "answer-double"
        ]
        whole = notebook.cells[index]
        head, _, rest = whole.source.partition("\n")
        halves = [new_code_cell(it, metadata=whole.metadata) for it in (head, rest)]
        notebook.cells[index : index + 1] = halves

    before = answer(folder)
    edit(folder / NOTEBOOK, split)
    doctor.mend(folder)
    assert answer(folder) == before and doctor.examine(folder).findings == []


@pytest.mark.parametrize("name", ["exercise_lib/warmup (1).py", "warmup.py"])
def test_a_stub_beside_the_written_file_is_found_and_replaced(folders, folder, name):
    text = (folder / MODULE).read_bytes()
    (folder / MODULE).rename(folder / name)
    shutil.copy(folders[0] / MODULE, folder / MODULE)
    answered = answer(folder)
    (folder / NOTEBOOK).rename(folder / "01_double (1).ipynb")
    shutil.copy(folders[0] / NOTEBOOK, folder / NOTEBOOK)
    [notebook, module] = doctor.examine(folder).findings
    assert str(module) == f"{MODULE}: is as released; yours is {Path(name).name}."
    assert "named 01_double (1).ipynb" in str(notebook)
    doctor.mend(folder)
    assert (folder / MODULE).read_bytes() == text and answer(folder) == answered
    assert doctor.examine(folder).findings == []
    assert {MODULE, NOTEBOOK} <= kept(folder).keys()
