"""When work was handed in, by what systems and lists say of it."""

from datetime import datetime, timedelta, timezone

import pytest

from autograder.late import LatePolicy
from autograder.submissions.participants import Participant
from autograder.submissions.roster import Listed
from autograder.submissions.times import hand_in_times, read_time, stamp

CEST = timezone(timedelta(hours=2))
POLICY = LatePolicy(datetime(2026, 7, 1, 23, 59, tzinfo=CEST))
EARLY, LATE = datetime(2026, 6, 30, 10), datetime(2026, 7, 3, 12)


def who(number, **told):
    return Participant("any", number, number, **told)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-07-01 23:50:00 +0200", "2026-07-01 21:50"),
        ("2026-07-01T23:50+02:00", "2026-07-01 21:50"),
        ("2026-07-01 21:50:00.250000 UTC", "2026-07-01 21:50"),
        ("2026-07-01 23:50:00 Europe/Berlin", "2026-07-01 21:50"),
        ("2026-07-01 23:50", "2026-07-01 21:50"),  # where the zone is that of the due date
        ("Wednesday, 1 July 2026, 11:50 PM", "2026-07-01 21:50"),
    ],
)
def test_times_are_read_with_their_zone(text, utc):
    assert stamp(read_time(text, CEST)).startswith(utc)


@pytest.mark.parametrize("text", ["", "-", "1/7/2026 23:50", "5", "2026-13-45", "soon", "9" * 5000,
                                  "10000000000-01-01"])  # fmt: skip
def test_what_is_no_time_or_could_be_two_is_none(text):
    assert read_time(text) is None


def test_the_list_counts_before_what_a_download_says():
    found = {"anna": (who("1"), LATE), "bo": (who("2"), EARLY)}
    roster = {"anna": Listed("anna", handed_in="2026-07-01 08:00")}
    times, _ = hand_in_times(found, roster, POLICY)
    assert times["anna"] == datetime(2026, 7, 1, 8, tzinfo=CEST)
    assert times["bo"] == EARLY.replace(tzinfo=CEST)


def test_dates_of_files_that_a_system_packed_in_one_go_are_not_those_of_the_work():
    packed = {"anna": (who("1"), LATE), "bo": (who("2"), LATE + timedelta(minutes=59))}
    times, [said] = hand_in_times(packed, {}, POLICY)
    assert times == {} and said == "When it was handed in is known of 0 of 2 students."
    unpacked = {"anna": (None, EARLY), "bo": (None, LATE)}
    assert hand_in_times(unpacked, {}, POLICY) == ({}, []), "a student dated these files"
    assert hand_in_times(packed, {}, None) == ({}, [])


def test_a_late_mark_without_a_time_is_a_day():
    found = {"anna": (who("1", late=True), EARLY), "bo": (who("2", late=True), LATE),
             "chen": (who("3"), EARLY)}  # fmt: skip
    times, said = hand_in_times(found, {}, POLICY)
    assert times["anna"] == POLICY.due + timedelta(days=1)
    assert times["bo"] == LATE.replace(tzinfo=CEST)
    assert said[-1] == "Marked late, and a day is assumed: anna."


def test_an_attempt_is_dated_by_its_name():
    found = {"anna": (who("1", attempt="2026-07-02-10-00-00"), None)}
    times, _ = hand_in_times(found, {}, POLICY)
    assert times["anna"] == datetime(2026, 7, 2, 10, tzinfo=CEST)
