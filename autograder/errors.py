"""What the build refuses."""


class BuildError(Exception):
    """Masters or the table of assignments can't be used; the message says what to mend."""
