"""Look over your folder before you hand it in: `python -m exercise_lib.doctor`.

With `--mend` it puts right what it can; with `--clear-outputs` it also empties large outputs.
Every file is copied to `doctor-backup/` before it is changed.
"""

import argparse
import sys

from exercise_lib.doctor.diagnosis import examine, mend


def main(arguments: list[str]) -> int:
    """Run the command; return 0 where nothing is left to mend."""
    parser = argparse.ArgumentParser(prog="python -m exercise_lib.doctor", description=__doc__)
    parser.add_argument("--mend", action="store_true", help="put right what can be")
    parser.add_argument("--clear-outputs", action="store_true", help="mend, and empty outputs")
    options = parser.parse_args(arguments)
    if options.mend or options.clear_outputs:
        for line in mend(clear_outputs=options.clear_outputs):
            print(line)
    diagnosis = examine()
    print(diagnosis)
    return 1 if diagnosis.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
