"""Imported before torch, this has it compute with one thread: there is a worker for each core.

`torch.set_num_threads` does so for the thread that calls it alone, and with more of them than cores
most of the time goes into their waiting for each other.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
