"""What can fail in nbgrader's own steps."""


class NbgraderError(RuntimeError):
    """A step of nbgrader failed; the message ends in its log."""
