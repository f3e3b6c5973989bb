"""`python -m exercise_lib.check`: every exercise, or with the names of some."""

import sys

from exercise_lib.check.bundle import BundleError, read_bundle
from exercise_lib.check.verdict import REFERENCES, check


def main(names: list[str]) -> int:
    """Check the named exercises, or all that are in `exercise_lib`; return 0 when all pass."""
    every = sorted(path.stem for path in REFERENCES.glob("*.safetensors"))
    results = []
    for name in names or every:
        if not names and ":" not in read_bundle(name, REFERENCES).target:
            continue
        result = check(name)
        results.append(result)
        print(result, end="\n\n")
    print(f"{sum(results):g} of {sum(r.max_points for r in results):g} points")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BundleError as error:
        sys.exit(str(error))
