"""What can fail in a sandbox, and whose fault it is."""

from autograder.sandbox.plain_text import plain

STOPPED = "The code could not be run to its end with the hidden cases."


class SandboxUnavailable(RuntimeError):
    """The sandbox can't run here; the message says why and what to do."""


class SandboxDied(RuntimeError):
    """The zygote is gone: no student's fault, and a new one can be started."""


class Misbehaved(RuntimeError):
    """A child ended, hung or sent what is no answer; the message is for its student."""

    def __init__(self, reason: str, told: str = STOPPED) -> None:
        """Args: told: what its student may read instead where the child had a hidden case."""
        super().__init__(plain(reason))
        self.told = plain(told)
