"""The solved notebooks as a site: what is made again, what a failure leaves, what pages hold."""

import base64
import io
import re
import shutil

import numpy as np
import pytest
import soundfile
from nbformat import NotebookNode
from nbformat.v4 import new_output
from toy_course import toy_repository
from typer.testing import CliRunner

from autograder import cli
from autograder.builder.masters import read_master
from autograder.errors import BuildError
from autograder.paths import Repository
from autograder.solved_site.notebook_page import page_of
from autograder.solved_site.running import NotRun
from autograder.solved_site.site import Site
from autograder.solved_site.widgets import STATE, VIEW
from exercise_lib.speech import audio

NAMES = ["00_peak", "01_double"]
TONE = np.sin(np.arange(800) / 5).astype(np.float32) / 2


@pytest.fixture
def repository(tmp_path) -> Repository:
    repository = toy_repository(tmp_path / "repository")
    for name in ("references", "words"):
        (repository.data / name).mkdir(parents=True)
    (repository.data / "words" / "all.txt").write_text("one")
    (repository.references / "warmup.peak_normalise.safetensors").touch()
    return repository


class Runs:
    """In the place of a kernel: notes what would run, and fails where it is told to."""

    def __init__(self, failing: str = "", error: BaseException | None = None) -> None:
        self.begun: list[str] = []
        self.failing, self.error = failing, error

    def __call__(self, _: Repository, notebook: NotebookNode) -> NotebookNode:
        title = notebook.cells[0].source.splitlines()[0]
        self.begun.append(title)
        if self.failing and self.failing in title:
            raise self.error or NotRun("cell 2 ends in ValueError: no")
        return notebook


def write(repository: Repository, folder, **how) -> tuple[Runs, Site, str]:
    runs, said = Runs(**how), []
    site = Site(repository, folder, runs)
    site.write(said.append)
    return runs, site, "\n".join(said)


def edit(path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_pages_and_their_list_are_made_and_then_left(repository, tmp_path):
    folder = tmp_path / "site"
    runs, site, _ = write(repository, folder)
    assert runs.begun == ["# Peak", "# Double"] and site.failed == []
    assert sorted(it.name for it in folder.iterdir()) == [
        "00_peak.html", "01_double.html", "index.html",
    ]  # fmt: skip
    index = (folder / "index.html").read_text()
    assert '<a href="00_peak.html">Peak</a>' in index and ">3</td>" in index
    before = {it: it.stat().st_mtime_ns for it in folder.glob("0*")}
    runs, _, said = write(repository, folder)
    assert runs.begun == [] and said == "00_peak: unchanged\n01_double: unchanged"
    assert {it: it.stat().st_mtime_ns for it in folder.glob("0*")} == before


@pytest.mark.parametrize(
    ("path", "old", "new", "again"),
    [
        ("solutions/lab01_double/notebook.py", "# # Double", "# # Twice", ["# Twice"]),
        ("solutions/lab00_peak/warmup.py", '"""', '"""Now', ["# Peak"]),
        ("data/words/all.txt", "one", "two", ["# Peak", "# Double"]),
        ("data/references/warmup.peak_normalise.safetensors", "", "x", ["# Peak"]),
    ],
)
def test_only_what_depends_on_a_change_is_made_again(repository, tmp_path, path, old, new, again):
    write(repository, tmp_path / "site")
    edit(repository.root / path, old, new)
    runs, _, _ = write(repository, tmp_path / "site")
    assert runs.begun == again


def test_pages_of_labs_that_are_gone_go_and_other_files_stay(repository, tmp_path):
    folder = tmp_path / "site"
    write(repository, folder)
    (folder / "own.html").write_text("mine")
    shutil.rmtree(repository.labs[1].folder)
    runs, _, _ = write(repository, folder)
    assert sorted(it.name for it in folder.iterdir()) == ["00_peak.html", "index.html", "own.html"]
    assert runs.begun == ["# Peak"], "it leads to its neighbours"


def test_a_notebook_that_fails_has_no_page_and_stops_no_other(repository, tmp_path):
    folder = tmp_path / "site"
    _, site, said = write(repository, folder, failing="Peak")
    assert site.failed == ["00_peak"]
    assert "00_peak: no page, cell 2 ends in ValueError: no" in said
    assert not (folder / "00_peak.html").exists() and (folder / "01_double.html").exists()
    index = (folder / "index.html").read_text()
    assert "It did not run to its end." in index and 'href="00_peak.html"' not in index

    write(repository, folder)
    page = (folder / "00_peak.html").read_bytes()
    edit(repository.labs[0].master, "# # Peak", "# # New peak")
    write(repository, folder, failing="peak")
    assert (folder / "00_peak.html").read_bytes() == page, "the earlier page stays"
    assert "From before the last change: it did not run" in (folder / "index.html").read_text()


def test_who_is_stopped_leaves_no_half_page(repository, tmp_path):
    folder = tmp_path / "site"
    with pytest.raises(KeyboardInterrupt):
        write(repository, folder, failing="Double", error=KeyboardInterrupt())
    assert sorted(it.name for it in folder.iterdir()) == ["00_peak.html", "index.html"]
    runs, _, _ = write(repository, folder)
    assert runs.begun == ["# Double"], "what is there stays"


def test_what_cannot_be_written_or_is_not_built_is_said_in_a_sentence(
    repository, tmp_path, monkeypatch
):
    monkeypatch.setattr(cli.here, "repository", repository)
    (tmp_path / "taken").write_text("a file")
    done = CliRunner().invoke(cli.app, ["preview", str(tmp_path / "taken")])
    assert done.exit_code == 1
    assert done.output.strip() == f"{tmp_path}/taken can't be written: File exists."
    repository.references.joinpath("warmup.peak_normalise.safetensors").unlink()
    repository.references.rmdir()
    with pytest.raises(BuildError, match="autograder build"):
        Site(repository, tmp_path)


# -------------------------------------------------------------- pages
def master(tmp_path, text: str) -> NotebookNode:
    (tmp_path / "notebook.py").write_text(text)
    return read_master(tmp_path / "notebook.py")


def page(notebook: NotebookNode, **modules: str) -> str:
    about = {"title": "A lab", "made_of": "0", "before": "", "after": "01_next"}
    return page_of(notebook, modules, **about)


def test_a_page_shows_solutions_without_marks_and_asks_nobody(tmp_path):
    notebook = master(
        tmp_path,
        '# %% [markdown]\n# # A lab\n#\n# $$ x^2 \\tag{1.1} $$\n\n# %% cell="answer-f"\ndef f(x):\n'
        "    ### BEGIN SOLUTION\n    # TODO 1.1: twice\n    return 2 * x\n    ### END SOLUTION\n"
        '\n# %% [markdown] question="why" points=2\n# ### BEGIN SOLUTION\n# Because.\n'
        "# ### END SOLUTION\n",
    )
    made = page(notebook, mel="# a\n### BEGIN SOLUTION\n# TODO 2.1: b\nc = 1\n### END SOLUTION\n")
    text = re.sub("<[^>]*>", "", made)
    assert "return 2 * x" in text and "Because." in text and "c = 1" in text
    assert "SOLUTION" not in text and "TODO" not in text
    assert "<math" in made and "(1.1)" in made
    assert "default-src &#39;none&#39;" in made or "default-src 'none'" in made
    assert "<script" not in made and not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", made)


def test_sounds_are_packed_and_progress_bars_end_as_they_ended(tmp_path):
    notebook = master(tmp_path, "# %% [markdown]\n# # A lab\n\n# %%\nplay()\n")
    player = audio.play(TONE, 16_000)
    outputs = [
        new_output("display_data", data={"text/html": player._repr_html_()}),
        new_output("stream", name="stdout", text="0%\r50%\r100%\ndone\r\nend"),
    ]
    notebook.cells[1].outputs = outputs
    made = page(notebook)
    [packed] = re.findall('src="data:audio/flac;base64,([^"]+)" type="audio/flac" />', made)
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(packed)))
    assert rate == 16_000 and np.abs(heard - TONE).max() < 1e-4 and "audio/wav" not in made
    assert "<pre>100%\ndone\nend</pre>" in made.replace("\r", "")


def test_widgets_show_their_picture_with_its_words_and_their_values(tmp_path):
    notebook = master(tmp_path, "# %% [markdown]\n# # A lab\n\n# %%\nexplorer()\n")

    def model(name: str, buffers: list | None = None, **state) -> dict:
        return {"state": {"_model_name": f"{name}Model", **state}, "buffers": buffers or []}

    words = '<span role="img" aria-label="a &lt; b"></span>'
    png = base64.b64encode(b"picture").decode()
    notebook.metadata.widgets = NotebookNode(
        {
            STATE: {
                "state": {
                    "box": model("VBox", children=[f"IPY_MODEL_{it}" for it in "abcd"]),
                    "a": model("FloatSlider", description="temperature", value=0.5),
                    "b": model(
                        "SelectionSlider", description="hop", _options_labels=["64", "128"], index=1
                    ),
                    "c": model("Box", children=["IPY_MODEL_words"]),
                    "words": model("HTML", value=words),
                    "d": model("Image", [{"path": ["value"], "data": png}], format="png"),
                }
            }
        }
    )
    notebook.cells[1].outputs = [new_output("display_data", data={VIEW: {"model_id": "box"}})]
    made = page(notebook)
    assert "temperature: <b>0.5</b>" in made and "hop: <b>128</b>" in made
    assert f'<img alt="a &lt; b" src="data:image/png;base64,{png}">' in made
    assert "In the notebook, the controls above" in made and "widget" not in made
