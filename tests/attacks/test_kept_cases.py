"""Nobody has the cases of before again with another submission than that of before."""

import json
from types import SimpleNamespace

from autograder.grading.run import GradingRun
from autograder.paths import Course
from autograder.submissions.fingerprint import fingerprint_of_submission
from autograder.submissions.intake import take_in
from exercise_lib.files.names import MANIFEST

MODULE = "exercise_lib/warmup.py"


def test_a_link_does_not_stand_for_the_files_after_it(tmp_path):
    """Its target is any text, also one such as a fingerprint has of another file."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    (one / "a").symlink_to("x\n4 b.py 32768\n5\nx = 1")
    (other / "a").symlink_to("x")
    (other / "b.py").write_text("x = 1")
    assert fingerprint_of_submission(one) != fingerprint_of_submission(other)


def test_a_module_from_two_assignments_before_is_a_part_of_the_submission(tmp_path):
    """Else one handed in again there would be graded here with cases that its author knows."""
    before, release = "", {}
    for name in ("first", "second", "third"):
        course = release[name] = Course(tmp_path, name)
        (course.release / MODULE).parent.mkdir(parents=True)
        (course.release / MODULE).write_text("stub")
        manifest = {"notebooks": {}, "modules": {MODULE: ""}}
        manifest |= {"after": before, "carried": [MODULE]} if before else {}
        (course.release / MANIFEST).parent.mkdir(parents=True, exist_ok=True)
        (course.release / MANIFEST).write_text(json.dumps(manifest))
        submitted = course.step("submitted", "anna") / MODULE
        submitted.parent.mkdir(parents=True)
        submitted.write_text("stub")
        before = name
    found = []
    for text in ("one = 1", "one = 2"):
        (release["first"].step("submitted", "anna") / MODULE).write_text(text)
        take_in(release["third"], "anna")
        assert (release["third"].step("intake", "anna") / MODULE).read_text() == text
        run = SimpleNamespace(course=release["third"], grading="")
        found.append(GradingRun.fingerprint_before(run, "anna"))
    assert found[0] != found[1]
