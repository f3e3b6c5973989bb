"""Data that cannot be used."""


class UnusableData(ValueError):
    """Data that cannot be used; the message names the file, what is wrong, and what to do."""
