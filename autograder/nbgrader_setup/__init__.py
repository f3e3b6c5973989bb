"""nbgrader as this kit sets it up: its configuration, its steps, and what is put in their place.

nbgrader runs `alembic`, which is found here also where the environment is not activated.
"""

import os
import sys
from pathlib import Path

COMMANDS = str(Path(sys.executable).parent)

if COMMANDS not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([COMMANDS, os.environ.get("PATH", "")])
