"""Imported first, this leaves out a second of every process's start.

jsonschema, which nbformat needs, reads a grammar of addresses for a format that no notebook has;
where it finds none, it does without.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # importing it fails
