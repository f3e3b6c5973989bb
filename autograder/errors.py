"""What the build refuses."""

from collections.abc import Iterable
from difflib import get_close_matches


class BuildError(Exception):
    """Masters or the table of assignments can't be used; the message says what to mend."""


def described(error: Exception) -> str:
    """Return an exception in one line."""
    return f"{type(error).__name__}: {error}"


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the words for a name that does not exist: what was meant, and what there is."""
    names = list(known)
    meant = get_close_matches(name, names, n=1)
    close = f" Did you mean {meant[0]!r}?" if meant else ""
    return f"there is no {what} {name!r}.{close} There are: {', '.join(names) or 'none'}"
