"""What the build refuses."""


class BuildError(Exception):
    """The masters cannot be built; the message names the file and what to mend."""
