"""What can fail in a sandbox, and whose fault it is."""


class SandboxUnavailable(RuntimeError):
    """The sandbox can't run here; the message says why and what to do."""


class SandboxDied(RuntimeError):
    """The zygote is gone: no student's fault, and a new one can be started."""


class Misbehaved(RuntimeError):
    """A child ended, hung or sent what is no answer; the message is for its student."""
