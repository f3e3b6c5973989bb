"""A solved notebook that runs: what it shows is kept, and where it stopped is said."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from toy_course import toy_repository

from autograder.cells import RESULT
from autograder.solved_site.running import NotRun, demand_points, run_solved
from autograder.solved_site.widgets import STATE

READ_DATA = "from pathlib import Path\nprint(Path('data/words/all.txt').read_text())"
WIDGET = "import ipywidgets\nipywidgets.IntSlider(value=7)"


def checked(earned: str) -> NotebookNode:
    cell = new_code_cell('check("a.b")')
    cell.metadata.nbgrader = {"grade": True, "solution": False, "points": 2.0, "schema_version": 3}
    shown = {"text/plain": earned, RESULT: {"message": "It ran for more than 10 s."}}
    cell.outputs = [new_output("execute_result", data=shown)]
    return new_notebook(cells=[new_markdown_cell("# A"), cell])


def test_a_right_solution_that_earns_too_little_has_no_page():
    demand_points(checked("2.0"))
    with pytest.raises(NotRun, match=r"^cell 2 earns 0 of 2 points\. It ran for more than 10 s\.$"):
        demand_points(checked("0.0"))


@pytest.mark.slow
def test_a_notebook_runs_with_all_data_at_full_length(tmp_path, monkeypatch):
    repository = toy_repository(tmp_path / "repository")
    for name in ("references", "words"):
        (repository.data / name).mkdir(parents=True)
    (repository.data / "words" / "all.txt").write_text("one")
    monkeypatch.setenv("EXERCISE_QUICK", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "exercise_lib.py").write_text("raise SystemExit('from outside')\n")
    quick = "import os, exercise_lib\nprint('EXERCISE_QUICK' in os.environ)"
    beside = "print(*sorted(it for it in os.listdir() if it.endswith('.ipynb')))"
    cells = [new_markdown_cell("# A"), *map(new_code_cell, (READ_DATA, quick, beside, WIDGET))]
    made = run_solved(repository, new_notebook(cells=cells))
    names = " ".join(f"{lab.notebook}.ipynb" for lab in repository.labs)
    assert names
    assert [cell.outputs[0].text for cell in made.cells[1:4]] == ["one\n", "False\n", f"{names}\n"]
    models = made.metadata.widgets[STATE]["state"].values()
    assert [it["state"]["value"] for it in models if "value" in it["state"]] == [7]
    for failing, said in (
        ("1 / 0", "cell 3 ends in ZeroDivisionError: division by zero"),
        ("import os\nos._exit(1)", "its Python process ended"),
    ):
        cells = [*cells[:2], new_code_cell(failing), new_code_cell("1")]
        with pytest.raises(NotRun, match=said):
            run_solved(repository, new_notebook(cells=cells))
