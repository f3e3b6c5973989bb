"""The summary a student gets back, and the modules shown to who grades by hand."""

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash
from toy_cohort import toy_cohort
from toy_course import ASSIGNMENT, toy_exercises
from toy_sandbox import InKeptSandbox, needs_bubblewrap

from autograder.grading.run import grade, sandboxed
from autograder.lms.moodle import MOODLE
from autograder.nbgrader_setup.feedback import give_feedback
from autograder.nbgrader_setup.settings import COURSE_ID
from autograder.reports.code import find_excerpt
from autograder.reports.report import read_report
from autograder.reports.summary import HEADING, SUMMARY
from autograder.submissions.collect import confirm
from autograder.submissions.files import UNREADABLE
from autograder.submissions.intake import MODULES, fence_code
from autograder.submissions.participants import write_participants
from autograder.submissions.unpack import SECRET
from autograder.targets import Target, target_of

pytestmark = pytest.mark.xdist_group("summary")
EVIL = "<script>alert(1)</script>"
HOSTILE = f'''
def peak_normalise(waveform, peak=0.95):
    """```
    {EVIL} $$ x $$
    `````
    </pre></main>{EVIL}
    """
    raise ValueError("{EVIL}")  # the line that fails {EVIL}
'''


class Tags(HTMLParser):
    """The elements of a page, its links, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.targets: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}
        self.targets |= {value or "" for name, value in attrs if name in ("id", "name")}

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def returned(tmp_path_factory) -> SimpleNamespace:
    """A graded cohort with feedback; kaisa's work is hostile and came through the exchange."""
    cohort = toy_cohort(tmp_path_factory.mktemp("returned"), ["anna", "dilara", "hanna"])
    course = cohort.course
    cohort.hand_in("kaisa", like="anna")
    folder = course.step("submitted", "kaisa")
    (folder / "exercise_lib/warmup.py").write_text(HOSTILE)
    (folder / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    (folder / SECRET).write_text("secret")
    notebook = nbformat.read(folder / "00_peak.ipynb", as_version=4)
    [answer] = [it for it in notebook.cells if it.id == "question"]
    answer.source = f"Said plainly {EVIL}and\n\n$x_1$"
    nbformat.write(notebook, folder / "00_peak.ipynb")
    with sandboxed(cohort.repository, course, toy_exercises, start=InKeptSandbox) as checks:
        grade(cohort.repository, course, cohort.students, checks)
    with Gradebook(course.gradebook_url) as gradebook:
        given = gradebook.find_grade("question", "00_peak", ASSIGNMENT, "dilara")
        given.manual_score, given.needs_manual_grade = 1.5, False
        for cell, book in (("question", "00_peak"), ("answer-double", "01_double")):
            comment = gradebook.find_comment(cell, book, ASSIGNMENT, "dilara")
            comment.manual_comment = f"Well said in {cell}. {EVIL}"
        gradebook.db.commit()
    give_feedback(cohort.repository, course)
    return SimpleNamespace(cohort=cohort, course=course)


def page(returned: SimpleNamespace, student: str, name: str = SUMMARY) -> Tags:
    return Tags((returned.course.step("feedback", student) / name).read_text())


@needs_bubblewrap
def test_titles_points_mistakes_and_comments_are_in_the_summary(returned):
    shown = page(returned, "dilara")
    for text in ("Peak normalisation", "Double", "largest absolute one", "Likely mistake", "1.5",
                 "graded by hand", f"Well said in question. {EVIL}", "Well said in answer-double",
                 "hidden case", "def peak_normalise"):  # fmt: skip
        assert text in shown.text
    assert "Test cell" not in shown.text and "still to be graded" not in shown.text
    waiting = page(returned, "anna").text
    assert "2 of 4 points" in waiting and "1 answer still to be graded by hand" in waiting
    assert "the check toy.double" in page(returned, "hanna").text  # repairs


@needs_bubblewrap
def test_no_points_are_told_before_somebody_confirms_that_nothing_can_be_read(returned):
    course, cohort = returned.course, returned.cohort
    path = course.report("hanna")
    kept, report = path.read_text(), read_report(path)
    report.repairs.insert(0, UNREADABLE)
    try:
        report.write(course)
        give_feedback(cohort.repository, course)
        assert "no points yet" in page(returned, "hanna").text
        confirm(course, "hanna")
        give_feedback(cohort.repository, course)
        shown = page(returned, "hanna").text
        assert "of 4 points" in shown and "no points yet" not in shown
    finally:
        path.write_text(kept)
        give_feedback(cohort.repository, course)


@needs_bubblewrap
def test_the_links_of_the_summary_lead_somewhere(returned):
    folder = returned.course.step("feedback", "dilara")
    shown = page(returned, "dilara")
    for link in shown.links:
        name, _, cell = link.partition("#")
        assert cell in (page(returned, "dilara", name).targets | {""} if name else shown.targets)
    assert {path.name for path in folder.glob("*.html")} == {
        "00_peak.html", "01_double.html", SUMMARY,
    }  # fmt: skip


@needs_bubblewrap
def test_hostile_work_is_shown_as_text(returned):
    shown = page(returned, "kaisa")
    assert not shown.tags & {"script", "iframe", "img"}
    assert f"ValueError: {EVIL} (exercise_lib/warmup.py, line 8)" in shown.text
    assert f"the line that fails {EVIL}" in shown.text
    for name in ("00_peak.html", "01_double.html"):
        feedback = page(returned, "kaisa", name)
        assert "script" not in feedback.tags
        assert not any(re.match("https?:|//", it) for it in feedback.links)
    first = page(returned, "kaisa", "00_peak.html")
    assert f"</pre></main>{EVIL}" in first.text and "math" in first.tags
    assert f"Said plainly {EVIL}and" in first.text


@needs_bubblewrap
def test_who_uses_the_exchange_finds_the_summary_on_top_of_the_first_page(returned):
    released = returned.course.exchange / COURSE_ID / "feedback"
    fetched = released / f"{notebook_hash(secret='secret', notebook_id='00_peak')}.html"
    assert "Reasons and comments" in Tags(fetched.read_text()).text
    assert "Reasons and comments" not in page(returned, "kaisa", "01_double.html").text
    assert "Reasons and comments" not in page(returned, "dilara", "00_peak.html").text


@needs_bubblewrap
def test_moodles_zip_has_the_summary_and_what_was_given_by_hand(returned):
    write_participants(
        returned.course, "moodle", [{"participant": "7", "student": "dilara", "name": "Dilara"}]
    )
    with zipfile.ZipFile(*MOODLE.give_feedback(returned.course)) as archive:
        folder = "Dilara_7_assignsubmission_file_"
        pages = [Tags(archive.read(f"{folder}/{it}").decode()) for it in (SUMMARY, "00_peak.html")]
        assert f"Dilara_7_assignsubmission_file_/{SUMMARY}" in archive.namelist()
        sizes = {Path(it.filename).name: it.compress_size for it in archive.infolist()}
        [whole, short] = [
            Tags(text)
            for text in (
                (returned.course.step("feedback", "dilara") / "01_double.html").read_text(),
                archive.read("Dilara_7_assignsubmission_file_/01_double.html").decode(),
            )
        ]
    for page in pages:
        assert "Well said in question." in page.text and "1.5" in page.text
    assert max(sizes.values()) < 5000, "200 students with ten pages each are below 10 MB"
    for text in ("Double", "Test cell", "Well said in answer-double", "return 2 * x", "cases pass"):
        assert text in short.text and text in whole.text
    assert "exercise_lib.check import" in whole.text.replace("\n", "")
    assert "exercise_lib.check import" not in short.text.replace("\n", "")
    assert short.targets <= whole.targets and "check-double" in short.targets
    assert all(it[1:] in short.targets for it in short.links if it.startswith("#check"))


@needs_bubblewrap
def test_the_module_is_beside_the_answer_graded_by_hand(returned):
    path = returned.course.step("autograded", "kaisa") / "00_peak.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    place = [it.id for it in cells].index(MODULES)
    assert cells[place - 1].id == "question" and HOSTILE.rstrip() in cells[place].source
    assert "nbgrader" not in cells[place].metadata
    other = nbformat.read(path.with_name("01_double.ipynb"), as_version=4)
    assert MODULES not in [it.id for it in other.cells]


@pytest.mark.parametrize("code", ["a = 1", "```", "x\n````\n<b>", "`" * 50, ""])
def test_code_cannot_leave_its_fence(code):
    first, *inside, last = fence_code(code).split("\n")
    assert first == f"{last}python" and set(last) == {"`"}
    assert last not in "\n".join(inside)


def test_a_definition_is_found_in_broken_code():
    text = "import x\n\n@d\ndef f(a,\n      b\n):\n    return 1\n\n\ndef g(:\n  oops\n"
    target = Target("exercise_lib/m.py", "f")
    excerpt = find_excerpt(text, target)
    assert excerpt and list(excerpt.lines) == [4, 5, 6, 7]
    again = find_excerpt(f"{text}\ndef f(a):\n    return 2\n", target)
    assert again and list(again.lines) == [13, 14], "the last one is the one that runs"
    elsewhere = find_excerpt(text, target, marked=10)
    assert elsewhere and elsewhere.marked == 10 and elsewhere.lines[10] == "def g(:"
    assert find_excerpt("", target) is None and find_excerpt(text, Target("m.py")) is None


def test_an_exercise_that_is_not_known_has_no_target(tmp_path: Path):
    assert target_of("no.such", tmp_path) == Target()


def test_a_heading_is_told_without_its_points():
    found = HEADING.findall("# 02 · Mel (features)\ntext\n## Question 2 (2 points, graded by hand)")
    assert found == ["02 · Mel (features)", "Question 2"]


def test_reports_of_before_titles_are_read(tmp_path: Path):
    exercise = {"id": "a.b", "points": 1, "max_points": 2, "misconceptions": {}, "reason": ""}
    path = tmp_path / "anna.json"
    path.write_text(json.dumps({"student": "anna", "exercises": [exercise]}))
    [read] = read_report(path).exercises
    assert (read.id, read.title, read.number) == ("a.b", "", "")
