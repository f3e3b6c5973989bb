"""The late policy of the table of assignments, as nbgrader's plugin for penalties."""

from functools import partial

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Callable
from traitlets.config import Config

from autograder.late import LatePolicy
from autograder.paths import Repository
from autograder.plan import read_plans


class LatePenalty(LateSubmissionPlugin):
    """Takes off what the table of assignments says, else what nbgrader's own settings say."""

    policy_of = Callable(lambda assignment: None, help="The policy of an assignment.").tag(
        config=True
    )

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        policy: LatePolicy | None = self.policy_of(self.parent.assignment_id)
        if policy is None:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        return policy.penalty(score, total_seconds_late)


def configure_penalties(config: Config, repository: Repository) -> None:
    """Let nbgrader work penalties out by the table of assignments."""
    config.AssignLatePenalties.plugin_class = LatePenalty
    config.LatePenalty.policy_of = partial(policy_of, repository)


def policy_of(repository: Repository, assignment: str) -> LatePolicy | None:
    """Return what the table of assignments says about being late."""
    plan = read_plans(repository).get(assignment)
    return plan.late if plan else None
