"""What recorded requests of the grader take in a bare child: `python -m benchmarks.unprotected`.

It runs in a folder that has a submission's `exercise_lib` and the requests, and prints the seconds
of each round. As in the sandbox, all imports are warm and the child is forked; unlike there it is
one child for all notebooks, with nothing kept from it.
"""

import os
import pickle
import sys
import time
from pathlib import Path
from typing import Any

from autograder.sandbox.child import answer_to
from autograder.sandbox.zygote import preload, warm_up

REQUESTS = Path("requests.pickle")


def main(rounds: int) -> None:
    """Print a line of seconds for each round."""
    requests, students, imports = pickle.loads(REQUESTS.read_bytes())
    preload(students, imports)
    shell = warm_up()
    for _ in range(rounds):
        pid = os.fork()
        if pid == 0:
            print(seconds_of(requests, shell), flush=True)
            os._exit(0)
        os.waitpid(pid, 0)


def seconds_of(requests: list[Any], shell: Any) -> float:
    """Return what answering all requests takes."""
    start = time.perf_counter()
    for request, tensors in requests:
        answer_to(request, tensors, shell)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]))
