"""What a student's work uses of other cells and files of their own scores the same everywhere."""

import nbformat
from nbformat.v4 import new_code_cell
from toy_graded import run
from toy_nbgrader import nbgrader, scores
from toy_sandbox import MODULE, needs_bubblewrap

from autograder.grading.run import grade


def use_own_code(folder):
    """Let a perfect submission use a helper module, a file for the answers and a cell.

    Its module sets something for all of Python and asks for input, too.
    """
    module = folder / MODULE
    (folder / "helpers.py").write_text(module.read_text())
    module.write_text(
        "import torch\nfrom helpers import peak_normalise\nn = int(input('n? '))\n"
        "torch.set_default_dtype(torch.float64)\n"
    )
    (folder / "for_answers.py").write_text("def half(x):\n    return x / 2\n")
    path = folder / "01_double.ipynb"
    notebook = nbformat.read(path, as_version=4)
    index = next(i for i, it in enumerate(notebook.cells) if it.id == "answer-double")
    notebook.cells[index].source = "def double(x):\n    return four_times(half(x))\n"
    own = "%time 1\nfrom for_answers import half\n@cache\ndef four_times(x):\n    return 4 * x\n"
    notebook.cells.insert(index, new_code_cell(own))
    notebook.cells[index - 1].source += "\nfrom functools import cache\n"
    nbformat.write(notebook, path)


@needs_bubblewrap
def test_own_cells_and_files_score_the_same_everywhere(cohort, checks):
    course = cohort.course
    use_own_code(course.step("submitted", "anna"))
    nbgrader(course.root, "autograde", course.assignment, "--student=anna")
    assert scores(course)["anna"] == 2
    reports, _ = run(cohort, checks, ["anna"], again=True)
    assert reports["anna"].score == 2 and reports["anna"].failures == []
    grade(cohort.repository, course, ["anna"], again=True)  # without the sandbox
    assert scores(course)["anna"] == 2
