"""The similarity report finds copies under other names, and nothing in honest work."""

import re
import shutil
import time
from functools import partial

import pytest
from toy_cohort import toy_cohort

from autograder.limited import limited
from autograder.reports import prints as reading
from autograder.reports.prints import (
    Part,
    all_hashes,
    code_tokens,
    digest_of,
    kept_prints,
    prints_of,
)
from autograder.reports.similarity import (
    compare,
    find_pairs,
    longest,
    own_prints,
    similarity_page,
    write_similarity_page,
)

OWN = '''
def masked_softmax(energies, mask):
    """Mine."""
    shifted = energies - energies.amax(dim=-1, keepdim=True)
    weights = shifted.exp() * mask.to(energies.dtype)
    total = weights.sum(dim=-1, keepdim=True).clamp(min=1e-9)
    result = weights / total
    for row in range(len(result)):
        if not mask[row].any():
            result[row] = 0.0  # nothing to see
    return result
'''
COPY = """
def masked_softmax(e, m):
    # I wrote this myself
    s = e - e.amax(dim=-1, keepdim=True)
    w = s.exp() * m.to(e.dtype)
    t = w.sum(dim=-1, keepdim=True).clamp(min=1e-9)
    r = w / t
    for i in range(len(r)):
        if not m[i].any():
            r[i] = 0.0
    return r
"""
OTHER = """
def masked_softmax(energies, mask):
    filled = torch.where(mask, energies, torch.full_like(energies, float("-inf")))
    return torch.nan_to_num(torch.softmax(filled, dim=-1), nan=0.0)
"""


def prints(text: str, without: set[int] = frozenset()):
    return fingerprints({"attention.py": text}, set(without))


def fingerprints(texts: dict[str, str], without: set[int]):
    parts = {it: Part(digest_of(text), prints_of(it, text)) for it, text in texts.items()}
    return own_prints(parts, {}, without)


def alike(prints):
    """Return the pairs that are shown."""
    return find_pairs(prints)[0]


def test_a_copy_with_other_names_and_comments_is_found_and_shown():
    found = alike({"anna": prints(OWN), "bilal": prints(COPY), "chen": prints(OTHER)})
    assert [it.students for it in found] == [("anna", "bilal")]
    [pair] = found
    assert pair.shared >= 12  # all but those around the docstring
    parts = {"anna": {"attention.py": OWN}, "bilal": {"attention.py": COPY}}
    page = similarity_page(found, parts, 1)
    assert "shifted.exp()" in page and "s.exp()" in page and "no proof" in page
    assert "<h2>anna and bilal</h2>" in page


def test_a_copied_passage_in_other_work_is_found():
    beside = OTHER + COPY.replace("masked_softmax", "helper")
    assert alike({"anna": prints(OWN), "bilal": prints(beside)})


def test_the_scaffold_and_the_shape_of_the_solution_do_not_count():
    assert not alike({"anna": prints(OWN, all_hashes([COPY])), "bilal": prints(COPY)})
    renamed = re.sub(r"\bmask\b", "allowed", OWN)
    assert not prints(renamed, all_hashes([OWN]))


def test_what_many_write_says_nothing_about_two():
    many = {f"s{number}": prints(OWN) for number in range(9)}
    assert alike(many) == []
    few = {**{f"s{number}": prints(OTHER * number) for number in range(7)}, "a": prints(OWN)}
    assert [it.students for it in alike({**few, "b": prints(COPY)})] == [("a", "b")]


def test_of_many_pairs_those_that_share_most_are_shown(monkeypatch):
    monkeypatch.setattr("autograder.reports.similarity.PAIRS", 2)
    part = "\n".join(OWN.splitlines()[:6])
    cohort = {"a": prints(OWN), "b": prints(COPY), "c": prints(part + OTHER), "d": prints(part)}
    cohort |= {f"s{number}": prints("") for number in range(9)}
    pairs, count = find_pairs(cohort)
    assert count == 6 and len(pairs) == 2 and pairs[0].students == ("a", "b")
    parts = {it: {"attention.py": OWN} for it in cohort}
    page = similarity_page(pairs, parts, count)
    assert "6 pairs share passages. Below are the 2 that share most." in page
    assert "Below are" not in similarity_page(pairs, parts, 2)


def test_broken_code_has_tokens_and_lines_stay_right():
    tokens = code_tokens('x = """a\nb"""\n# c\ndef f(:\n  y.z = \'')
    assert [it.text for it in tokens][:4] == ["name", "=", "string", "def"]
    assert tokens[3].line == 3
    passage = longest(prints(OWN), prints(OWN))
    assert passage.first <= 4 and passage.last >= 9


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """A toy cohort that was taken in; two share a longer function than the reference's."""
    cohort = toy_cohort(tmp_path_factory.mktemp("alike"))
    course = cohort.course
    cohort.hand_in("kaisa", like="anna")
    cohort.hand_in("lars", like="anna")
    for student, text in (("kaisa", OWN), ("lars", COPY)):
        module = course.step("submitted", student) / "exercise_lib/warmup.py"
        module.write_text(module.read_text() + text)
    from autograder.submissions.intake import take_in

    for student in cohort.students:
        take_in(course, student)
    return cohort


def test_honest_work_and_right_answers_are_not_alike(cohort):
    pairs, count, _ = compare(cohort.repository, cohort.course)
    assert [it.students for it in pairs] == [("kaisa", "lars")] and count == 1
    page = write_similarity_page(cohort.repository, cohort.course).read_text()
    assert "kaisa and lars" in page and "anna" not in page


def test_who_can_not_be_compared_is_named_and_the_others_are_compared(cohort, monkeypatch):
    real = reading.read_parts

    def read_parts(folder, modules):
        if folder.parent.name == "bilal":
            raise ValueError("odd")
        while folder.parent.name == "hanna":
            pass
        return real(folder, modules)

    monkeypatch.setattr(reading, "read_parts", read_parts)
    monkeypatch.setattr(reading, "limited", partial(limited, seconds=3))
    shutil.rmtree(cohort.course.root / "prints", ignore_errors=True)
    page = write_similarity_page(cohort.repository, cohort.course).read_text()
    assert "kaisa and lars" in page and "took too long: bilal, hanna." in page


def test_fingerprints_are_worked_out_once_for_each_hand_in(cohort, monkeypatch):
    course = cohort.course
    first = kept_prints(course, "anna")
    looked = []
    monkeypatch.setattr(reading, "printed", lambda *_: looked.append(1) or first)
    monkeypatch.setattr(reading, "limited", lambda work: work())
    assert kept_prints(course, "anna") == first and not looked
    course.prints("anna").write_text("{}")
    assert kept_prints(course, "anna") == first and len(looked) == 1
    module = course.step("intake", "anna") / "exercise_lib/warmup.py"
    module.write_text(module.read_text() + OTHER)
    kept_prints(course, "anna")
    assert len(looked) == 2


@pytest.mark.parametrize("odd", ["'\\N{", 'a"', '"', "\\", "r'", "1e+", "_", "\n "])
def test_a_long_module_is_compared_as_far_as_it_takes_seconds(odd):
    start = time.process_time()
    texts = {"a.py": OWN + "x = [" + "a, " * 300_000, "b.py": OWN, "c.py": odd * 200_000}
    assert fingerprints(texts, set())
    assert code_tokens(f'"""{odd * 200_000}')
    assert time.process_time() - start < 20


def test_names_become_one_token_except_after_a_dot():
    def texts(code: str) -> list[str]:
        return [it.text for it in code_tokens(code)]

    assert texts("import torch.nn as nn") == ["import", "name", ".nn", "as", "name"]
    assert texts("a @b") == texts("c  @ d  # same") == ["name", "@", "name"]
    assert texts("x . exp(1.5)") == ["name", ".exp", "(", "1.5", ")"]
    assert texts('f"{x.y} of " "z"') == ["string", "string"]
    assert texts(r'r"\n%s{}"') == ["string"]
