"""Names of files that students' tools and the grader both know."""

import re

MANIFEST = "data/references/released.json"  # of an assignment, written by the build
SECOND_SUFFIX = re.compile(r"(\.(?:py|ipynb))\.(?:txt|json)$", re.IGNORECASE)
