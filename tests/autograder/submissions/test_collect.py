"""Submissions as they come: folders, zips, Moodle's downloads, and what must not get through."""

import os
import re
import stat
import struct
import zipfile
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from toy_course import ASSIGNMENT

from autograder.lms import read_name
from autograder.paths import Course
from autograder.submissions import collect, unpack
from autograder.submissions.collect import refused_of
from autograder.submissions.files import Refused
from autograder.submissions.participants import read_participants, write_participants
from autograder.submissions.roster import Listed, read_roster, write_roster
from autograder.submissions.student_ids import slug, student_id

collect_submissions = partial(collect.collect_submissions, read_name=read_name)

NOTEBOOK = "00_peak.ipynb"
WORK = {NOTEBOOK: b'{"cells": []}', "exercise_lib/warmup.py": b"x = 1\n"}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path / "course", ASSIGNMENT)


def make_zip(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def below(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


def moodle(name: str, number: int) -> str:
    return f"{name}_{number}_assignsubmission_file_"


def collected(course: Course, student: str) -> dict[str, bytes]:
    """Return the files of a collected submission."""
    folder = course.step("submitted", student)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_moodle_download_with_every_way_to_hand_in(course, tmp_path):
    source = {
        f"{moodle('Jürgen Groß', 11)}/work.zip": make_zip(below(WORK, "lecture7")),
        **below(below(WORK, "my work"), moodle("Anna Svensson", 12)),
        f"{moodle('Anna Svensson', 13)}/{NOTEBOOK}": WORK[NOTEBOOK],
        f"{moodle('Anna Svensson', 13)}/warmup.py": b"x = 1\n",
        f"{moodle('李雷', 14)}{NOTEBOOK}": WORK[NOTEBOOK],
        "Anna_15_assignsubmission_onlinetext_/onlinetext.html": b"<p>hello</p>",
        "grading.xlsx": b"",
        "__MACOSX/._x": b"",
    }
    path = write(tmp_path / "submissions.zip", make_zip(source))
    students, notes = collect_submissions(course, path)
    assert students == ["anna-15", "anna-svensson-12", "anna-svensson-13",
                        "jurgen-gross-11", "participant-14"]  # fmt: skip
    assert notes == ["grading.xlsx is not used."]
    assert collected(course, "jurgen-gross-11") == WORK
    assert collected(course, "anna-svensson-12") == WORK
    assert set(collected(course, "anna-svensson-13")) == {NOTEBOOK, "warmup.py"}
    assert set(collected(course, "participant-14")) == {NOTEBOOK}
    assert collected(course, "anna-15") == {}
    assert {it["participant"]: it["name"] for it in read_participants(course, "moodle")}["11"] == (
        "Jürgen Groß"
    )

    married = {f"{moodle('Anna Lind', 12)}/{NOTEBOOK}": b"new"}
    collect_submissions(course, write(tmp_path / "later.zip", make_zip(married)))
    assert collected(course, "anna-svensson-12") == {NOTEBOOK: b"new"}
    assert len(read_participants(course, "moodle")) == 5


@pytest.mark.parametrize("wrapper", ["", "submissions"])
def test_a_zip_of_folders_and_zips(course, tmp_path, wrapper):
    source = {**below(WORK, "anna"), "bilal.zip": make_zip(WORK), **below(WORK, "Zoë Ødegård")}
    source = below(source, wrapper) if wrapper else source
    students, notes = collect_submissions(course, write(tmp_path / "a.zip", make_zip(source)))
    assert students == sorted(["anna", "bilal", student_id("Zoë Ødegård")]) and notes == []
    assert all(collected(course, student) == WORK for student in students)


def test_a_folder_and_one_students_zip(course, tmp_path):
    for name, data in {**below(WORK, "anna/lecture7"), "bilal.zip": make_zip(WORK)}.items():
        write(tmp_path / "in" / name, data)
    write(tmp_path / "in/anna/lecture7/timestamp.txt", b"2026-01-01 00:00:00 UTC")
    assert collect_submissions(course, tmp_path / "in") == (["anna", "bilal"], [])
    assert collected(course, "anna").pop("timestamp.txt")
    forged = {**WORK, "timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    only = write(tmp_path / "chen.zip", make_zip(forged))
    assert collect_submissions(course, only) == (["chen"], [])
    assert collected(course, "chen") == WORK


def test_nobody_takes_the_id_of_another_student(course, tmp_path):
    honest = student_id("Özlem")
    stolen = dict.fromkeys(WORK, b"stolen")
    source = {**below(WORK, "Özlem"), **below(stolen, honest), **below(WORK, "chen")}
    students, notes = collect_submissions(course, write(tmp_path / "a.zip", make_zip(source)))
    assert students == ["chen", honest] and collected(course, honest) == WORK
    assert notes == [f"{honest} is not used: another student is called so here."]


def test_student_ids_are_safe_and_never_the_same():
    names = ["anna", "Anna", "anna.b@uni.fi", "Anna Müller", "anna-muller", "..", "-x", "a+b", "💥",
             "con\x07", "x" * 300, "a/b", ".git"]  # fmt: skip
    ids = [student_id(name) for name in names]
    assert len(set(ids)) == len(ids) and ids[0] == "anna" and ids == list(map(student_id, names))
    assert all(it[0].isalnum() and it.isascii() and len(it) <= 64 for it in ids)
    assert not any(set(it) & set("+/\\ \x07") for it in ids)
    assert slug("Jürgen  Groß") == "jurgen-gross"


NO_FOLDERS = ["../../evil", "/evil", "anna/x", "..", ".", "a\\b"]


@pytest.mark.parametrize("name", NO_FOLDERS)
def test_a_name_that_somebody_wrote_into_a_list_leads_to_no_other_folder(course, tmp_path, name):
    write_roster(course, [Listed(name, group="1"), Listed("zoe-2", group="1"), Listed("müller")])
    rows = [{"participant": "1", "student": name, "name": "Anna"}]
    write_participants(course, "moodle", rows)
    before = {it for it in tmp_path.rglob("*") if it.is_file()}
    files = {f"{it}_assignsubmission_file_/{NOTEBOOK}": b"" for it in ("Anna_1", "Zoe_2")}
    path = write(tmp_path / "in.zip", make_zip(files))
    [student], _ = collect_submissions(course, path)
    assert student == student_id(name) and {student, "müller"} <= read_roster(course).keys()
    allowed = [course.step("submitted", student), course.root / "collected", path]
    new = {it for it in tmp_path.rglob("*") if it.is_file()} - before
    assert all(any(it.is_relative_to(place) for place in allowed) for it in new)


@pytest.mark.parametrize("name", ["con", "NUL", "com1.txt", "Lpt9.tar.gz"])
def test_no_student_id_is_a_device_of_windows(name):
    assert "." not in student_id(name) and student_id(name).startswith(slug(name)[:8] + "-")


def hostile(change) -> bytes:
    """Return a zip with a good submission and one more entry, of which `change` is told."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in below(WORK, "anna").items():
            archive.writestr(name, data)
        info = zipfile.ZipInfo("anna/extra.py")
        change(info)
        archive.writestr(info, b"/etc/passwd")
    return buffer.getvalue()


NAMES = ["../evil.py", "anna/../../evil.py", "/evil.py", "C:/evil.py", "C:evil.py", "anna/C:/e.py",
         "..\\..\\evil.py", "anna\\..\\..\\evil.py", "\\\\host\\evil.py", "anna/a\nb.py",
         "anna/" + "d/" * 30 + "evil.py", "anna/" + "n" * 300, "anna/Exercise_lib/WARMUP.py",
         f"anna/{NOTEBOOK}", f"anna/{NOTEBOOK}/evil.py", "anna/./././../../../evil.py", "..", "/",
         "anna/..", "~/evil.py", "anna/evil\u202e.py", "lecture7/../../x.py"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_in_a_zip_leads_outside(course, tmp_path, name):
    data = hostile(lambda info: setattr(info, "filename", name))
    before = set(tmp_path.rglob("*"))
    path = write(tmp_path / "in.zip", data)
    students, _ = collect_submissions(course, path)
    allowed = [course.step("submitted", it) for it in students]
    allowed += [course.root / "collected", path]
    new = {it for it in tmp_path.rglob("*") if not it.is_dir()} - before
    assert all(any(it.is_relative_to(place) for place in allowed) for it in new)
    assert collected(course, "anna").items() >= WORK.items()
    assert not Path("/evil.py").exists()


ELSEWHERE = {
    f"../anna/{NOTEBOOK}": "its name leads out of the submission. Zip the folder itself",
    f"/anna/{NOTEBOOK}": "its name is that of a place on a disk. Zip the folder itself",
    f"C:\\anna\\{NOTEBOOK}": "its name is that of a place on a disk. Zip the folder itself",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_an_archive_of_another_place_is_refused_with_the_reason(course, tmp_path, name):
    data, said = make_zip({name: b"{}"}), f"{name} was refused: {ELSEWHERE[name]}."
    with pytest.raises(ValueError, match=re.escape(said)):
        collect_submissions(course, write(tmp_path / "in.zip", data))
    download = make_zip({"Anna_1_assignsubmission_file_/work.zip": data})
    collect_submissions(course, write(tmp_path / "in.zip", download))
    assert (
        refused_of(course, "anna-1") == [f"work.zip/{said}"] and collected(course, "anna-1") == {}
    )


KINDS = {
    "a link": stat.S_IFLNK,
    "no file with content": stat.S_IFIFO,
    "no file": stat.S_IFCHR,
    "no file with": stat.S_IFBLK,
}


@pytest.mark.parametrize("why", KINDS)
def test_links_and_devices_in_a_zip_are_refused(course, tmp_path, why):
    data = hostile(lambda info: setattr(info, "external_attr", (KINDS[why] | 0o777) << 16))
    collect_submissions(course, write(tmp_path / "in.zip", data))
    assert collected(course, "anna") == WORK
    [refused] = refused_of(course, "anna")
    assert refused.startswith("extra.py was refused: it is ") and why in refused


def test_nul_encryption_and_odd_packing_are_refused(course, tmp_path):
    data = hostile(lambda info: setattr(info, "filename", "anna/exQra.py")).replace(
        b"exQra", b"ex\0ra"
    )
    encrypted = bytearray(make_zip(below(WORK, "bilal")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = encrypted.find(mark)
        struct.pack_into("<H", encrypted, at + offset, 1)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.py", b"1")
    inner = {"anna.zip": data, "bilal.zip": bytes(encrypted), "chen.zip": buffer.getvalue(),
             "dilara.zip": b"no zip", "elias/work.rar": b"Rar!", **below(WORK, "elias"),
             "fatima.zip": make_zip({"deep.zip": make_zip(WORK), **WORK})}  # fmt: skip
    collect_submissions(course, write(tmp_path / "in.zip", make_zip(inner)))
    said = {it: " ".join(refused_of(course, it)) for it in ("anna", "bilal", "chen", "dilara",
            "elias", "fatima")}  # fmt: skip
    assert "characters that no name should" in said["anna"] and "\0" not in said["anna"]
    assert "without a password" in said["bilal"] and "unusual way" in said["chen"]
    assert "no zip that can be read" in said["dilara"] and "it is no zip" in said["elias"]
    assert "an archive in a zip" in said["fatima"]
    assert collected(course, "anna") == collected(course, "fatima") == WORK
    assert set(collected(course, "bilal")) == {"exercise_lib/warmup.py"}


def test_names_that_a_disk_may_take_for_the_same(course, tmp_path):
    twins = {"Exercise_lib/Warmup.py": b"evil", **WORK, "caf\u00e9.py": b"1", "cafe\u0301.py": b"2"}
    collect_submissions(course, write(tmp_path / "in.zip", make_zip(below(twins, "anna"))))
    files = collected(course, "anna")
    assert files["exercise_lib/warmup.py"] == b"x = 1\n" and len(files) == 3
    assert sum("has the same name" in it for it in refused_of(course, "anna")) == 2


def test_links_pipes_and_hard_links_in_a_folder_are_refused(course, tmp_path):
    folder = tmp_path / "in/anna"
    for name, data in WORK.items():
        write(folder / name, data)
    secret = write(tmp_path / "secret.py", b"secret")
    (folder / "link.py").symlink_to(secret)
    (folder / "links").symlink_to(tmp_path)
    (folder / "dangling.ipynb").symlink_to("nowhere")
    os.link(secret, folder / "hard.py")
    os.mkfifo(folder / "pipe.py")
    assert collect_submissions(course, tmp_path / "in") == (["anna"], [])
    assert collected(course, "anna") == WORK
    assert len(refused_of(course, "anna")) == 5


def test_limits_count_what_comes_out_not_what_is_claimed(course, tmp_path, monkeypatch):
    monkeypatch.setitem(unpack.MOST_BYTES, ".py", 1000)
    monkeypatch.setattr(unpack, "MOST_IN_ALL", 60_000)
    monkeypatch.setattr(unpack, "FREE", 5000)
    monkeypatch.setattr(unpack, "MOST_FILES", 8)
    data = make_zip({"bomb.ipynb": bytes(50_000), "large.py": os.urandom(2000), **WORK})
    size = struct.pack("<I", 50_000)
    assert data.count(size) == 2
    (tmp_path / "in").mkdir()
    write(tmp_path / "in/anna.zip", data)
    write(tmp_path / "in/bilal.zip", data.replace(size, struct.pack("<I", 5)))
    write(tmp_path / "in/chen.zip", make_zip({f"{it}.py": b"" for it in range(9)}))
    noise = {f"{it}.ipynb": os.urandom(25_000) for it in range(3)}
    for name, content in noise.items():
        write(tmp_path / "in/dilara" / name, content)
    collect_submissions(course, tmp_path / "in")
    assert collected(course, "anna") == WORK
    why = " ".join(refused_of(course, "anna"))
    assert "looks like a zip bomb" in why and "larger than 0.001 MB" in why
    assert WORK.items() <= collected(course, "bilal").items()
    assert len(collected(course, "bilal").get("bomb.ipynb", b"")) <= 5
    assert "more than 8 files" in refused_of(course, "chen")[0]
    assert len(collected(course, "dilara")) == 2 and len(refused_of(course, "dilara")) == 1


def test_a_later_submission_leaves_nothing_of_an_earlier_one(course, tmp_path):
    data = hostile(lambda info: setattr(info, "external_attr", stat.S_IFLNK << 16))
    collect_submissions(course, write(tmp_path / "in.zip", data))
    assert refused_of(course, "anna")
    collect_submissions(
        course, write(tmp_path / "in.zip", make_zip(below({NOTEBOOK: b""}, "anna")))
    )
    assert collected(course, "anna") == {NOTEBOOK: b""} and refused_of(course, "anna") == []


def test_refusals_belong_to_what_was_handed_in_whatever_its_dates(course, tmp_path):
    data = hostile(lambda info: setattr(info, "external_attr", stat.S_IFLNK << 16))
    collect_submissions(course, write(tmp_path / "in.zip", data))
    [refused] = refused_of(course, "anna")
    folder = course.step("submitted", "anna")
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (0, 0))
    assert refused_of(course, "anna") == [refused]
    next(folder.rglob("*.ipynb")).write_text("another submission")
    assert refused_of(course, "anna") == []


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06"])
def test_what_is_no_zip_is_said_to_be_none(course, tmp_path, content):
    with pytest.raises(Refused, match="no zip"):
        collect_submissions(course, write(tmp_path / "in.zip", content))
    with pytest.raises(ValueError, match="no folder, zip or file of a student"):
        collect_submissions(course, write(tmp_path / "empty.zip", make_zip({})))
    with pytest.raises(FileNotFoundError):
        collect_submissions(course, tmp_path / "missing.zip")
