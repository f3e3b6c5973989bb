"""`python -m exercise_lib.environment`, and with `--mend`."""

import sys

from exercise_lib.environment import mend_torchaudio, report

if "--mend" in sys.argv[1:]:
    print(mend_torchaudio())
print(report())
