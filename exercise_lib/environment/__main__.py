"""`python -m exercise_lib.environment`, and with `--mend`."""

import sys

from exercise_lib.environment import mend_torchaudio, report
from exercise_lib.environment.machine_code import mend_machine_code

if "--mend" in sys.argv[1:]:
    print(mend_torchaudio())
    print("librosa: compiling its functions. The first time takes up to a minute.", flush=True)
    print(mend_machine_code())
print(report())
