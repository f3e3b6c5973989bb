"""The build: what it makes, that it makes it again the same, and what it refuses."""

import dataclasses
from pathlib import Path

import nbformat
import pytest
import torch
import toy_solved
from nbgrader.utils import is_grade
from toy_course import ASSIGNMENT, toy_exercises, toy_repository
from toy_mending import mending_exercises, mending_repository

from autograder.builder import bundles
from autograder.builder.assignment import generated_files, read_assignment
from autograder.builder.build import build, check_build
from autograder.builder.bundles import PUBLIC_SEED, build_references, solve
from autograder.builder.exercises import load_exercises
from autograder.builder.same_bundle import same_bundle
from autograder.errors import BuildError
from autograder.paths import REPOSITORY, Course, Repository
from exercise_lib.check.bundle import Bundle, write_bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.outcome import Outcome, Raised


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return toy_repository(tmp_path / "repository")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def files_below(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_build_can_be_repeated_without_a_difference(repository, tmp_path):
    course = Course(tmp_path / "course", ASSIGNMENT)
    build(repository, course, toy_exercises())
    first = files_below(tmp_path)
    build(repository, course, toy_exercises())
    assert files_below(tmp_path) == first
    check_build(repository, toy_exercises())

    stub = first["repository/exercise_lib/warmup.py"].decode()
    assert 'raise NotImplementedError("TODO 0.1: scale as in equation (0.1)' in stub
    assert "SOLUTION" not in stub and "peak * waveform / largest" not in stub
    student = first["repository/notebooks/01_double.ipynb"].decode()
    assert "TODO 1.1: twice x" in student and "2 * x" not in student
    question = first["repository/notebooks/00_peak.ipynb"].decode()
    assert "Your answer here" in question and "model answer" not in question
    hidden = {path for path in first if "autograder/hidden" in path}
    assert "repository/autograder/hidden/lecture7/toy.double.safetensors" in hidden
    released = [path for path in first if path.startswith("course/source/")]
    assert "course/source/lecture7/data/references/toy.double.safetensors" in released
    shown = first["course/source/lecture7/data/references/toy.double.safetensors"]
    kept = first["repository/autograder/hidden/lecture7/toy.double.safetensors"]
    assert shown != kept and not any(first[path] == kept for path in released)


def test_every_cell_has_an_id_that_stays(repository):
    assignment = read_assignment(repository, toy_exercises())
    cells = assignment.student_notebooks["01_double"].cells
    assert [cell.id for cell in cells] == [
        "cell-00", "cell-01", "answer-double", "check-double",
    ]  # fmt: skip
    text = generated_files(repository, assignment)["notebooks/01_double.ipynb"]
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize(
    ("notebook", "old", "new", "complaint"),
    [
        ("00_peak", "# # Peak", "# # Peak\n#\n# **Points:** 4",
         r"states `\*\*Points:\*\* 4`, but the build writes points"),
        ("00_peak", "# # Peak", "# ## Peak (2 points)", r"states `## Peak \(2 points\)`"),
        ("00_peak", "# # Peak", "# ## Peak (9 minutes)", r"states `## Peak \(9 minutes\)`"),
        ("00_peak", "# # Peak", "# # Peak\n#\n# **Time:** about 4 minutes",
         "00_peak: states 4 minutes, its exercises take 5"),
        ("00_peak", "# %% [markdown]\n", "# %%\n", "first cell must be text"),
        ("00_peak", '%% cell="check-peak"', "%% points=2",
         "line 7: only a question states its points"),
        ("00_peak", " points=2", "", "question why: its points are a number"),
        ("00_peak", " points=2", ' points="two"', "question why: its points are a number"),
        ("00_peak", 'question="why"', "question=2", "`question` is a name"),
        ("00_peak", ' question="why" points=2 cell="question"', "",
         "line 10: an answer in words has"),
        ("00_peak", "# ### BEGIN SOLUTION\n", "", "an END SOLUTION, but no BEGIN SOLUTION"),
        ("00_peak", "# # Peak", "# # Peak\n# ### BEGIN SOLUTION\n# ### END SOLUTION",
         "line 1: an answer in words has"),
        ("00_peak", 'cell="question"', 'cell="check-peak"', "grade id used twice: check-peak"),
        ("00_peak", 'cell="question"', 'cell="check.peak"', "cell id used twice: check-peak"),
        ("00_peak", "# %%\nfrom", '# %% cell="import"\nfrom', "line 4: `cell` names a check, an"),
        ("01_double", "toy.double", "warmup.peak_normalise",
         r"peak_normalise: needs one test cell, has 2 \(00_peak, 01_double\)"),
        ("01_double", "toy.double", "toy.triple", "must end in"),
        ("01_double", ", double)", ", double) > 0", "line 16: a test cell must end in"),
        ("01_double", "# %% [markdown]", "# % [markdown]", r"line 1: # % \[markdown\]"),
        ("01_double", "# %%\nfrom", "#%%\nfrom", "line 4: #%%"),
        ("01_double", 'cell="check-double"', "cell=check-double", "line 16: not valid JSON"),
        ("01_double", 'cell="check-double"', 'id="check-double"',
         "cell, points, question, tags, not id"),
        ("01_double", 'cell="check-double"', 'nbgrader={"grade": true}',
         "leave it out of the marker"),
        ("01_double", 'cell="check-double"', 'nbgrader={"grade": tru',
         "leave it out of the marker"),
        ("01_double", "    # TODO 1.1: twice x\n", "", r"must be followed by a line `# TODO n\.m"),
        ("01_double", "    ### END SOLUTION\n", "", "no end solution statement"),
        ("01_double", "    ### BEGIN SOLUTION\n", "", "line 8: an END SOLUTION, but no BEGIN"),
        ("01_double", "def double(x):\n", "if True:\n", "the answer is in no function"),
        ("01_double", "# %%\ndef", '# %% question="why" points=1\ndef', "an answer in words has"),
    ],
)  # fmt: skip
def test_broken_notebook_masters_are_refused(repository, notebook, old, new, complaint):
    edit(repository.root / f"solutions/lab{notebook}/notebook.py", old, new)
    with pytest.raises(BuildError, match=f"(?s){complaint}"):
        read_assignment(repository, toy_exercises())


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("lab00_peak/warmup.py", "TODO 0.1:", "TODO 0.2:",
         "exercise_lib/warmup.py: peak_normalise has TODO 0.2, but .* warmup.peak_.* as TODO 0.1"),
        ("lab01_double/notebook.py", "TODO 1.1:", "TODO 1.2:",
         "01_double: double has TODO 1.2, but the declarations state toy.double as TODO 1.1"),
        ("lab01_double/notebook.py", "    ### END SOLUTION\n",
         "    ### END SOLUTION\n    ### BEGIN SOLUTION\n    # TODO 0.1: x\n    ### END SOLUTION\n",
         "01_double: double has TODO 0.1, which is not declared for it"),
        ("lab00_peak/warmup.py", "def peak_normalise", "def helper(x):\n    ### BEGIN SOLUTION\n"
         "    # TODO 0.3: x\n    ### END SOLUTION\n\n\ndef peak_normalise",
         "exercise_lib/warmup.py: helper has TODO 0.3, which is not declared for it"),
        ("lab01_double/notebook.py", "# # Double", "# ## TODO 1.2 · Double",
         "01_double: toy.double, declared as TODO 1.1, is checked below the heading TODO 1.2"),
        ("lab01_double/notebook.py", "# %%\nfrom",
         "# %% [markdown]\n# ## TODO 1.1\n# ## End\n\n# %%\nfrom",
         "01_double: no check below the heading TODO 1.1"),
    ],
)  # fmt: skip
def test_todo_numbers_that_are_not_declared_are_refused(repository, file, old, new, complaint):
    edit(repository.solutions / file, old, new)
    with pytest.raises(BuildError, match=complaint):
        read_assignment(repository, toy_exercises())


def test_points_come_from_the_declarations(repository):
    master = repository.solutions / "lab01_double" / "notebook.py"
    heading = "# %% [markdown]\n# ## TODO 1.1 · Twice\n#\n# Now."
    question = '# %% [markdown] question="why" points=0.5\n# ### BEGIN SOLUTION\n# ### END SOLUTION'
    edit(master, "# # Double", "# # Double\n#\n# **Time:** a minute\n#\n# Twice.")
    edit(master, '# %% cell="check-double"', f"{heading}\n\n# %%")
    master.write_text(f"{master.read_text()}\n# %% [markdown]\n# ## Question\n\n{question}\n")
    exercises = [
        dataclasses.replace(it, points=2, difficulty=2, minutes=8) for it in toy_exercises()
    ]

    cells = read_assignment(repository, exercises).solved_notebooks["01_double"].cells
    assert cells[0].source == "# Double\n\n**Time:** a minute · **Points:** 2.5\n\nTwice."
    assert cells[3].source == "## TODO 1.1 · Twice (2 points · ●●○ · 8 minutes)\n\nNow."
    assert cells[5].source == "## Question (0.5 points, graded by hand)"
    points = {it.id: it.metadata.nbgrader.points for it in cells if is_grade(it)}
    assert points == {"check-toy-double": 2, "question-why": 0.5}


def test_a_heading_states_the_effort_of_all_exercises_below_it(repository):
    master = repository.solutions / "lab01_double" / "notebook.py"
    edit(master, '# %% cell="check-double"', "# %% [markdown]\n# ## TODO 1.1\n\n# %%")
    master.write_text(f'{master.read_text()}\n# %%\ncheck("toy.again", double)\n')
    peak, double = toy_exercises()
    one = dataclasses.replace(double, todo="1.1a", difficulty=3, minutes=10)
    other = dataclasses.replace(double, id="toy.again", todo="1.1b", difficulty=1, minutes=5)
    edit(master, "TODO 1.1: twice", "TODO 1.1a: twice")
    edit(
        master,
        "    ### END",
        "    ### END SOLUTION\n    ### BEGIN SOLUTION\n    # TODO 1.1b: x\n    ### END",
    )

    students = read_assignment(repository, [peak, one, other]).student_notebooks["01_double"]
    assert [it.source for it in students.cells if it.source.startswith("## ")] == [
        "## TODO 1.1 (2 points · ●●● · 15 minutes)"
    ]


@pytest.mark.parametrize("changes", [{"difficulty": 0}, {"difficulty": 4}, {"minutes": 0}])
def test_an_effort_that_cannot_be_is_refused(repository, changes):
    exercises = [dataclasses.replace(it, **changes) for it in toy_exercises()]
    with pytest.raises(BuildError, match=r"toy.double: its difficulty is 1 to 3, its minutes"):
        read_assignment(repository, exercises)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("shows = [", "lab00_peak/lab.toml: "),
        ('show = ["picture"]', "lists shows, parts, data, stage, not show"),
        ('shows = ["smell"]', "shows may be picture, sound, widget, not smell"),
        ('shows = "sound"', "shows is a list of names"),
        ('data = ["mini"]', "lab00_peak/lab.toml: there is no folder data/mini"),
    ],
)
def test_a_lab_that_declares_what_there_is_not_is_refused(repository, text, complaint):
    lab = repository.labs[0]
    assert (lab.shows, lab.parts, lab.data) == ([], [], [])
    (lab.folder / "lab.toml").write_text(text)
    with pytest.raises(BuildError, match=complaint):
        read_assignment(repository, toy_exercises())


def test_an_exercise_without_a_test_cell_is_refused(repository):
    extra = dataclasses.replace(toy_exercises()[1], id="toy.forgotten")
    with pytest.raises(BuildError, match=r"toy.forgotten: needs one test cell, has 0 \(none\)"):
        read_assignment(repository, [*toy_exercises(), extra])


def test_a_test_cell_in_another_notebook_is_refused(repository):
    moved = [dataclasses.replace(it, notebook="09_other") for it in toy_exercises()]
    with pytest.raises(BuildError, match="declared for 09_other, tested in 00_peak"):
        read_assignment(repository, moved)


def test_a_module_master_without_a_todo_line_is_refused(repository):
    edit(repository.root / "solutions/lab00_peak/warmup.py", "# TODO 0.1", "# todo")
    with pytest.raises(BuildError, match=r"exercise_lib/warmup.py: each BEGIN SOLUTION"):
        read_assignment(repository, toy_exercises())


def test_each_region_gets_its_own_todo(repository):
    path = repository.root / "solutions/lab00_peak/warmup.py"
    extra = (
        "\n\ndef more(x):\n    if x:\n        ### BEGIN SOLUTION\n"
        '        # TODO 0.1b: say "more"\n        return 1\n        ### END SOLUTION\n'
    )
    path.write_text(path.read_text() + extra)
    stub = read_assignment(repository, toy_exercises()).student_modules["exercise_lib/warmup.py"]
    assert '\n    raise NotImplementedError("TODO 0.1: scale' in stub
    assert '\n        raise NotImplementedError("TODO 0.1b: say \\"more\\"")' in stub
    compile(stub, "warmup.py", "exec")


def test_a_solution_that_fails_is_refused(repository, tmp_path):
    edit(repository.root / "solutions/lab01_double/notebook.py", "return 2 * x", "return 3 * x")
    with pytest.raises(BuildError, match=r"toy\.double: the solution earns 0 of 1 points"):
        build(repository, Course(tmp_path / "course", ASSIGNMENT), toy_exercises())


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "return x * x + (0.5 if x == 2 else 0)",
            "return 2 * x",
            "no case catches the misconception",
        ),
        ("[Case(", "[Cas(", "cases can't be made: NameError"),
        ("exercise = Exercise(", "exercise = Exercise((", "can't be imported: SyntaxError"),
    ],
)
def test_what_is_wrong_in_an_exercises_file_ends_the_build_in_a_sentence(
    repository, old, new, complaint
):
    path = repository.labs[1].folder / "exercises" / "double.py"
    edit(path, old, new)
    with pytest.raises(BuildError, match=complaint):
        for exercise in load_exercises(repository):
            solve(exercise, 1, hidden=False)


def test_an_id_that_is_taken_is_refused_with_the_place_that_has_it(repository):
    exercises = repository.labs[0].folder / "exercises"
    text = (repository.labs[1].folder / "exercises" / "double.py").read_text()
    (exercises / "double.py").write_text(text)
    with pytest.raises(BuildError) as raised:
        load_exercises(repository)
    assert str(raised.value).startswith(
        "lab01_double/exercises/double.py: the id toy.double is taken by "
        "lab00_peak/exercises/double.py."
    )


def test_a_build_says_each_step_once_and_which_lab_declares_nothing(repository, tmp_path):
    (repository.labs[0].folder / "lab.toml").unlink()
    said: list[str] = []
    build(repository, Course(tmp_path / "course", ASSIGNMENT), toy_exercises(), said.append)
    assert [it for it in said if "no lab.toml" in it] == [
        "lab00_peak has no lab.toml, as if it showed only text and needed no data: copy the "
        "template's and fill it in."
    ]
    steps = " ".join(it if it.startswith(" ") else f"| {it}" for it in said).split("|")
    for step in steps:
        assert step.count("00_peak ") <= 1 and step.count("01_double ") <= 1, step


def test_a_stub_that_passes_is_refused(repository, tmp_path):
    path = repository.root / "solutions/lab01_double/notebook.py"
    edit(path, "def double(x):\n", "def double(x):\n    return 2 * x\n")
    with pytest.raises(BuildError, match=r"toy\.double: the stub earns 1 points"):
        build(repository, Course(tmp_path / "course", ASSIGNMENT), toy_exercises())


def test_drift_is_noticed_and_hand_edits_are_not_overwritten(repository, tmp_path):
    course = Course(tmp_path / "course", ASSIGNMENT)
    build(repository, course, toy_exercises())
    stub = repository.root / "exercise_lib/warmup.py"
    stub.write_text(stub.read_text() + "\nMY_OWN = 1\n")
    with pytest.raises(BuildError, match=r"not what the masters say: exercise_lib/warmup\.py"):
        check_build(repository, toy_exercises())
    with pytest.raises(BuildError, match=r"edited by hand: exercise_lib/warmup\.py"):
        build(repository, course, toy_exercises())
    stub.unlink()

    edit(repository.root / "solutions/lab01_double/notebook.py", "# Double", "# Twice")
    (repository.notebooks / "old.ipynb").write_text("{}")
    (repository.references / "toy.gone.safetensors").write_bytes(b"")
    with pytest.raises(BuildError) as error:
        check_build(repository, toy_exercises())
    for path in ("warmup.py", "01_double.ipynb", "old.ipynb", "toy.gone.safetensors"):
        assert path in str(error.value)


def test_environment_has_the_pins_of_pyproject(repository):
    text = generated_files(repository, read_assignment(repository, toy_exercises()))[
        "environment.yml"
    ]
    assert "- torch==2.13.0\n" in text and "- jupytext==1.19.6\n" in text
    assert "numpy" not in text  # its marker is for another Python


@toy_solved.GROUP
def test_the_generated_files_of_the_repository_fit_its_masters(monkeypatch):
    monkeypatch.setattr(bundles, "solve", toy_solved.solve_once)
    check_build(REPOSITORY, [*toy_solved.EXERCISES.values()])


def test_bundles_are_the_same_up_to_rounding(repository):
    def write(exercise_id: str, factor: float, sentence: str = "Wrong.") -> Path:
        case = Case("a case", args={"x": torch.tensor([0.0, 100.0, float("nan")]) * factor})
        solved = SolvedCase(case, Outcome(torch.tensor(1e-9)), {})
        bundle = Bundle(exercise_id, "Title", "notebook", "1.1", 1.0, {"name": sentence}, [solved])
        return write_bundle(bundle, repository.root / str(factor) / sentence)

    first = write("toy", 1.0)
    assert same_bundle(first, write("toy", 1.0 + 1e-6))
    assert not same_bundle(first, write("toy", 1.0 + 1e-4))
    assert not same_bundle(first, write("toy", 1.0 + 1e-6, "Other."))
    assert not same_bundle(first, repository.root / "missing.safetensors")
    older = repository.root / "older.safetensors"
    older.write_bytes(first.read_bytes()[:-1])
    assert not same_bundle(older, first)


def test_a_wrong_program_is_the_same_while_it_does_the_same_in_some_case(repository):
    def write(folder: str, *values: float) -> Path:
        cases = [
            SolvedCase(Case("a case"), Outcome(1.0), {"name": Outcome(torch.tensor(value))})
            for value in values
        ]
        bundle = Bundle("toy", "Title", "notebook", "1.1", 1.0, {"name": "Wrong."}, cases)
        return write_bundle(bundle, repository.root / folder)

    first = write("first", 2.0, 3.14)
    assert same_bundle(first, write("a phase of minus pi", 2.0, -3.14))
    assert not same_bundle(first, write("another program", 2.5, -3.14))
    assert not same_bundle(first, write("a case more", 2.0, 3.14, 1.5))


def test_bundles_are_the_same_whatever_words_torch_has_for_an_exception(repository):
    def write(type_: str, message: str) -> Path:
        wrong = {"name": Outcome(raised=Raised((type_,), message))}
        solved = SolvedCase(Case("a case"), Outcome(1.0), wrong)
        bundle = Bundle("toy", "Title", "notebook", "1.1", 1.0, {"name": "Wrong."}, [solved])
        return write_bundle(bundle, repository.root / type_ / message)

    first = write("RuntimeError", "sizes 2 and 3")
    assert same_bundle(first, write("RuntimeError", "the sizes 2 and 3"))
    assert not same_bundle(first, write("ValueError", "sizes 2 and 3"))


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("lab04_mend/notebook.py", "    # return 20", "    return 20", "below it every line"),
        ("lab04_mend/notebook.py", "    # TODO 4.1: a", "    # A", "follows a TODO line"),
        ("lab04_mend/notebook.py", "    ### BEGIN", "    ### HANDED OUT\n    ### BEGIN",
         "belongs between BEGIN SOLUTION and END"),
        ("lab04_mend/warmup.py", "    ### END", "    ### HANDED OUT\n    ### END",
         "for answers in notebooks, not for modules"),
    ],
)  # fmt: skip
def test_broken_code_that_cannot_be_handed_out_is_refused(tmp_path, file, old, new, complaint):
    repository = mending_repository(tmp_path)
    edit(repository.solutions / file, old, new)
    with pytest.raises(BuildError, match=complaint):
        read_assignment(repository, mending_exercises())


def test_broken_code_that_is_right_is_refused(tmp_path):
    repository = mending_repository(tmp_path)
    edit(repository.solutions / "lab04_mend" / "notebook.py", "min(x, 1.0)", "x")
    with pytest.raises(BuildError, match="no case catches the misconception 'handed out'"):
        solve(*load_exercises(repository), PUBLIC_SEED, hidden=False)


def test_bundles_are_the_sums_of_one_thread(tmp_path):
    torch.set_num_threads(2)
    build_references([], tmp_path, PUBLIC_SEED, hidden=False)
    assert torch.get_num_threads() == 1
