"""Tests run side by side: each process, and each kernel it starts, keeps to one thread."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
