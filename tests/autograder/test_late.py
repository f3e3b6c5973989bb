"""What it costs to be late, and tables that say it wrongly."""

from datetime import datetime, timezone

import pytest

from autograder.errors import BuildError
from autograder.late import DAY, HOUR, LatePolicy, lateness, read_late

DUE = datetime(2026, 7, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "share"),
    [(0, 0), (600, 0), (601, 0.2), (DAY + 600, 0.2), (DAY + 601, 0.4), (9 * DAY, 0.5)],
)
def test_each_day_begun_after_the_grace_period_costs_a_share(seconds, share):
    assert LatePolicy(DUE, 10, 0.2, 0.5).penalty(8, seconds) == pytest.approx(8 * share)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1.5, "1 second"),
        (602, "10 minutes and 2 seconds"),
        (DAY, "1 day"),
        (2 * DAY + 3 * HOUR + 61, "2 days and 3 hours"),
        (2 * DAY + 61, "2 days and 1 minute"),  # a third day is begun
    ],
)
def test_how_late_it_was_is_said_in_words(seconds, said):
    assert lateness(seconds, DUE) == f"{said} after 1 July 2026, 00:00 UTC"
    assert lateness(1, DUE.replace(second=59)).endswith("1 July 2026, 00:00:59 UTC")


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"due": "2026-07-01"},
        {"due": datetime(2026, 7, 1)},
        {"due": DUE, "per_day": 20},
        {"due": DUE, "per_day": True},
        {"due": DUE, "grace_minutes": -1},
        {"due": DUE, "per_week": 0.1},
        3,
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(table):
    with pytest.raises(BuildError, match=r"lecture7\.late"):
        read_late("lecture7", table)
    assert read_late("lecture7", {"due": DUE, "per_day": 0.1}).at_most == 1
