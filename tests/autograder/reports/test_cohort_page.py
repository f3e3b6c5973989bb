"""The cohort page: what it says, and that nothing a student wrote becomes markup."""

import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

from autograder.reports.cohort_page import LEVELS, cohort_page, level, ticks
from autograder.reports.findings import find_misconceptions
from autograder.reports.report import ExerciseReport, Report


def report(student: str, points: float, mistakes: dict[str, str] | None = None) -> Report:
    exercise = ExerciseReport("mel.log_compress", points, 2.0, mistakes or {}, "")
    return Report(student, score=points, max_score=2.0, exercises=[exercise], seconds=0.5)


COHORT = [
    report("anna", 2.0),
    report("bilal", 0.0),
    report("chen", 1.0, {"decibels": "You took decibels."}),
    report("dilara", 0.5, {"decibels": "You took decibels.", "no_floor": "Clamp first."}),
]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_misconceptions_are_counted_and_the_most_frequent_comes_first():
    found = find_misconceptions(COHORT)
    assert [(it.name, it.students) for it in found] == [
        ("mel.log_compress: decibels", ["chen", "dilara"]),
        ("mel.log_compress: no_floor", ["dilara"]),
    ]
    page = cohort_page(COHORT, assignment="unclip")
    assert "<h1>unclip: " in page and "<title>unclip<" in page
    assert page.index("You took decibels.") < page.index("Clamp first.") < page.index("<svg")


def test_the_bars_are_as_long_as_the_counts_and_described_in_words():
    page = cohort_page([*COHORT, report("elias", 2.0)])
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    assert svg.get("role") == "img"
    described = svg.findtext("desc")
    assert "mel.log_compress: 1 no points, 1 less than half, 1 half or more, 2 all points" in (
        described or ""
    )
    widths = {it.get("fill"): float(it.get("width", 0)) for it in svg.iter("rect")}
    colours = [colour for _, colour, _ in LEVELS]
    lengths = [widths[colour] for colour in colours]
    assert lengths[3] == 2 * lengths[0] == 2 * lengths[1] == 2 * lengths[2]
    assert "students" in [it.text for it in svg.iter("text")]


def test_levels_and_ticks():
    assert [level(points, 2.0) for points in (0, 0.9, 1, 1.9, 2)] == [0, 1, 2, 2, 3]
    assert ticks(4) == [0, 1, 2, 3, 4] and ticks(400) == [0, 100, 200, 300, 400]
    assert all(len(ticks(most)) <= 6 and ticks(most)[-1] <= most for most in range(1, 2000))


def test_nothing_of_a_student_becomes_markup_and_nothing_is_loaded():
    bad = '<script src="https://example.org/x.js"></script>'
    odd = report(bad, 1.0, {bad: bad})
    odd.failures, odd.repairs = [bad], [bad]
    page = cohort_page([odd])
    tags = Tags()
    tags.feed(page)
    assert "script" not in {tag for tag, _ in tags.found}
    assert not any({"src", "href"} & attributes.keys() for _, attributes in tags.found)
    assert page.count("&lt;script") >= 4
    sly = report("sly", 1.0, {"sly": "`<b onclick='x'>` and \x1b]52;c;aa\x07`x`"})
    assert "<code>&lt;b onclick=&#x27;x&#x27;&gt;</code> and <code>x</code>" in cohort_page([sly])


def test_a_failure_is_flagged_and_an_empty_cohort_has_a_page():
    failed = report("ivan", 0.0)
    failed.failures = ["01: The code ended Python."]
    assert "flagged: 1 failure<" in cohort_page([failed])
    assert "Nothing is graded yet" in cohort_page([])


def test_no_page_on_a_cohort_needs_torch():
    program = (
        "import sys; from autograder.reports import cohort_page, items, similarity; "
        "print({'torch', 'matplotlib', 'librosa'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"
