"""What students could try, each in a few lines: an answer that is wrong, and a trick.

The answer is `double(x)` of the toy course, worth 1 point. `{root}` is a folder of the grader with
a solution and more in it, `{gradebook}` its gradebook, `{port}` a port of the grader's on which it
listens. `benchmarks/attacks.py` does some of them to plain nbgrader.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

WRONG = "\n\ndef double(x):\n    return x + 100\n"


from autograder.sandbox.limits import MB, Limits

LIMITS = Limits(check_seconds=6.0, notebook_seconds=20.0, memory=400 * MB, disk=16 * MB)


@dataclass(frozen=True)
class Attack:
    """One trick: what stands in the answer cell and how many points the check may give for it."""

    name: str
    source: str
    points: float = 0.0
    slow: bool = False  # takes as long as a check may

    def source_in(self, root: Path, gradebook: Path, port: int) -> str:
        """Return the source with the places that it is after."""
        places = {"{root}": str(root), "{gradebook}": str(gradebook), "{port}": str(port)}
        source = self.source
        for name, place in places.items():
            source = source.replace(name, place)
        return source


def attack(name: str, source: str, wrong: str = WRONG, **fields) -> Attack:
    return Attack(name, textwrap.dedent(source) + wrong, **fields)


def honest(name: str, source: str) -> Attack:
    """Return something odd that an honest student could do, with a right answer."""
    return attack(name, source, wrong="\n\ndef double(x):\n    return x * 2\n", points=1.0)


def returned(name: str, expression: str, before: str = "", **fields) -> Attack:
    """Return an attack by what the function returns."""
    body = textwrap.dedent(before) + f"\n\ndef double(x):\n    return {expression}\n"
    return Attack(name, body, **fields)


# The student's end of the channel, found by its kind.
FIND_CHANNEL = """
import os, socket, stat, struct, json, threading, time
from safetensors.torch import save

def channels():
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                channel = socket.socket(fileno=os.dup(number))
                channel.setblocking(True)
                yield channel
        except OSError:
            pass

def frame(message, arrays=None):
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    arrays = save({}) if arrays is None else arrays
    return struct.pack("!II", len(text), len(arrays)) + text + arrays

def passed(value):
    none = {"dict": []}
    return {
        "value": value, "gradients": none, "raised": None, "mutated": [], "notes": [], "left": none
    }
"""

# The request that is being answered, found in the frames below the student's function.
FIND_REQUEST = """
import sys

def request():
    frame = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("request")
        if isinstance(found, dict) and "token" in found:
            return found
        frame = frame.f_back
"""

CHECKER = [
    attack(
        "assert_close patched",
        """
        import torch
        torch.testing.assert_close = lambda *a, **k: None
        torch.allclose = torch.equal = lambda *a, **k: True
    """,
    ),
    attack(
        "checker patched",
        """
        import exercise_lib.check.verdict as check_module
        from exercise_lib.check import compare, diagnose, result, run
        compare.compare = compare.compare_outcomes = lambda *a, **k: None
        check_module.compare_outcomes = check_module.judge = lambda *a, **k: None
        check_module.check = check = lambda *a, **k: 1.0
        result.CheckResult.__new__ = lambda cls, *a, **k: float.__new__(cls, 1.0)
    """,
    ),
    attack(
        "run_case patched",
        """
        import sys
        from exercise_lib.check import run
        from exercise_lib.check.outcome import Outcome
        for module in list(sys.modules.values()):
            if hasattr(module, "run_case"):
                module.run_case = lambda target, case: Outcome(value=1.0)
    """,
    ),
    attack(
        "cells turned into pass by an input transformer",
        """
        get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])
    """,
    ),
    attack(
        "reference bundles overwritten",
        """
        import exercise_lib.check.verdict as check_module
        read_bundle = check_module.read_bundle
        def forged(*arguments, **options):
            bundle = read_bundle(*arguments, **options)
            for it in bundle.cases:
                object.__setattr__(it.expected, "value", it.case.args["x"] + 100)
            return bundle
        check_module.read_bundle = forged
    """,
    ),
    attack(
        "torch.equal and clone patched",
        """
        import torch
        torch.equal = lambda *a: True
        torch.Tensor.clone = torch.Tensor.detach = lambda self, *a, **k: self
    """,
    ),
    attack(
        "safetensors and json replaced",
        """
        import sys, types, json
        fake = types.ModuleType("safetensors.torch")
        fake.save = lambda *a, **k: b"1.0"
        sys.modules["safetensors.torch"] = fake
        import autograder.sandbox.protocol as protocol
        protocol.save = fake.save
        protocol.json = types.SimpleNamespace(dumps=lambda *a: '{"points": 1.0}', loads=json.loads)
    """,
    ),
    attack(
        "the check defined anew",
        """
        def check(*args, **kwargs):
            return 1.0
        import builtins
        builtins.check = check
    """,
    ),
    attack(
        "nbgrader told in the output",
        """
        from IPython.display import display
        display({"text/plain": "1.0"}, raw=True)
        1.0
    """,
    ),
]

READING = [
    attack(
        "expected values read from the reference bundle",
        """
        try:
            from exercise_lib.check.verdict import REFERENCES
            from exercise_lib.check.bundle import read_bundle
            cases = read_bundle("toy.double", REFERENCES).cases
            answers = {it.case.args["x"]: it.expected.value for it in cases}
        except Exception:
            answers = {}
    """,
        "\n\ndef double(x):\n    return answers.get(x, 100)\n",
    ),
    attack(
        "reference bundles searched everywhere",
        """
        import os, sys
        found = []
        for folder, folders, names in os.walk("/"):
            folders[:] = [it for it in folders if os.path.join(folder, it)
                          not in ("/usr", sys.prefix, sys.base_prefix)]
            found += [it for it in names if "toy.double" in it or "01_double" in it]
        def double(x):
            return 2 * x if found else 100
    """,
        "",
    ),
    attack(
        "hidden cases found through the environment",
        """
        import os
        from pathlib import Path
        try:
            from exercise_lib.check.bundle import read_bundle
            folders = [os.environ["EXERCISE_HIDDEN"], "data/references"]
            cases = [it for at in folders for it in read_bundle("toy.double", Path(at)).cases]
            answers = {it.case.args["x"]: it.expected.value for it in cases}
        except Exception:
            answers = {}
    """,
        "\n\ndef double(x):\n    return answers.get(x, 100)\n",
    ),
    attack(
        "solution read from its file",
        """
        try:
            open("{root}/solutions/lab01_double/notebook.py").read()
            def double(x):
                return 2 * x
        except OSError:
            def double(x):
                return 100
    """,
        "",
    ),
    attack(
        "solution read through a link",
        """
        import os
        os.symlink("{root}/solutions/lab01_double/notebook.py", "/scratch/link")
        try:
            open("/scratch/link").read()
            def double(x):
                return 2 * x
        except OSError:
            def double(x):
                return 100
    """,
        "",
    ),
    attack(
        "solution imported",
        """
        import sys
        sys.path.insert(0, "{root}")
        try:
            import solutions.lab00_peak.warmup
            def double(x):
                return 2 * x
        except ImportError:
            def double(x):
                return 100
    """,
        "",
    ),
    attack(
        "solution found in memory",
        """
        import gc, sys, types
        found = [it for it in gc.get_objects() if isinstance(it, types.FunctionType)
                 and it.__name__ in ("solve_double", "double")]
        found += [it for it in gc.get_objects() if type(it).__name__ == "SolvedCase"]
        def double(x):
            return 2 * x if found else 100
    """,
        "",
    ),
    attack(
        "public cases answered from a list",
        """
        answers = {2.0: 4.0}
    """,
        "\n\ndef double(x):\n    return answers.get(x, 100)\n",
    ),
    attack(
        "the grader noticed",
        """
        import os, sys
        graded = "PYTEST_CURRENT_TEST" in os.environ or "NBGRADER_EXECUTION" in os.environ
        graded = graded or "EXERCISE_HIDDEN" in os.environ or "nbgrader" in sys.modules
    """,
        "\n\ndef double(x):\n    return 2 * x if graded else 100\n",
    ),
]

WRITING = [
    attack(
        "gradebook changed",
        """
        import sqlite3
        try:
            with sqlite3.connect("{gradebook}") as gradebook:
                gradebook.execute("update grade set manual_score = 1")
        except sqlite3.Error:
            pass
    """,
    ),
    attack(
        "files of the grader written",
        """
        import pathlib
        for name in ("canary", "new", "solutions/lab01_double/notebook.py"):
            try:
                pathlib.Path("{root}", name).write_text("owned")
            except OSError:
                pass
    """,
    ),
    attack(
        "given modules shadowed",
        """
        import pathlib, exercise_lib, torch
        places = [pathlib.Path(it.__file__).parent for it in (exercise_lib, torch, pathlib)]
        for place in [*places, pathlib.Path("/assignment/exercise_lib/check"), pathlib.Path()]:
            for name in ("verdict.py", "torch.py", "safetensors.py", "run.py", "compare.py"):
                try:
                    (place / name).write_text("check = lambda *_: 1.0")
                except OSError:
                    pass
    """,
    ),
    attack(
        "the network used",
        """
        import socket
        for host in ("127.0.0.1", "localhost", "10.0.0.1", "1.1.1.1"):
            try:
                socket.create_connection((host, {port}), timeout=0.2).send(b"hello")
                break
            except OSError:
                pass
    """,
    ),
    attack(
        "the scratch folder and /dev/shm filled",
        """
        import os
        for folder in ("/scratch", "/dev/shm"):
            for number in range(20):
                try:
                    with open(folder + "/" + str(number), "wb") as file:
                        while True:
                            file.write(bytes(1 << 20))
                except (OSError, MemoryError):
                    pass
    """,
    ),
]

ENDING = [
    attack("os._exit in the cell", "import os\nos._exit(0)\n"),
    returned("os._exit in the function", "__import__('os')._exit(0)"),
    returned("sys.exit in the function", "__import__('sys').exit(0)"),
    returned("a segmentation fault", "__import__('ctypes').string_at(0)"),
    returned("SIGKILL to itself", "__import__('os').kill(__import__('os').getpid(), 9)"),
    returned(
        "another program in its place", "__import__('os').execv('/bin/sleep', ['sleep', '9'])"
    ),
    returned("KeyboardInterrupt", "(_ for _ in ()).throw(KeyboardInterrupt)"),
    returned("MemoryError", "(_ for _ in ()).throw(MemoryError)"),
    returned("a deep recursion", "double(x + 1)"),
    returned(
        "a recursion without limit",
        "double(x + 1)",
        "import sys\nsys.setrecursionlimit(10**9)",
        slow=True,
    ),
    attack("every file closed", "import os\nos.closerange(0, 256)\n"),
    attack(
        "signals to the grader",
        """
        import os, signal
        for number in [os.getppid(), -1, *range(2, 400)]:
            for kind in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.kill(number, kind)
                except OSError:
                    pass
    """,
    ),
    attack(
        "a fork bomb",
        """
        import os
        for _ in range(12):
            try:
                os.fork()
            except OSError:
                pass
    """,
    ),
    attack(
        "threads without end",
        """
        import threading, time
        try:
            for _ in range(10_000):
                threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
        except RuntimeError:
            pass
    """,
    ),
    attack(
        "more memory than there is, in many processes",
        """
        import os, time
        for _ in range(10):
            if os.fork() == 0:
                kept = bytearray(150_000_000)
                time.sleep(60)
        time.sleep(2)
    """,
    ),
    attack(
        "memory that belongs to no process",
        """
        import ctypes, mmap, os
        libc = ctypes.CDLL(None)
        for _ in range(8):
            os.memfd_create("more")
            libc.shmget(0, 100_000_000, 0o1600)
            kept = mmap.mmap(-1, 100_000_000)
            kept.write(b"x" * 100_000_000)
            kept.madvise(mmap.MADV_DONTNEED)
            if os.fork() == 0:
                libc.pause()
    """,
    ),
    attack(
        "processor time in many processes",
        """
        import os
        while True:
            os.fork()
    """,
        slow=True,
    ),
    attack(
        "a key left for the next one",
        """
        import ctypes
        libc = ctypes.CDLL(None)
        for number, keyring in ((248, -3), (217, -3), (248, -4), (217, -4)):
            libc.syscall(number, b"user", b"answer", b"200", 3, keyring)
    """,
    ),
    attack(
        "more memory than there is", "kept = []\nwhile True:\n    kept.append(b'x' * (1 << 24))\n"
    ),
    returned("names with 300 000 numbers", "{str(it): [0] * 1000 for it in range(300)}"),
    returned("a tensor of a terabyte", "torch.zeros(1).expand(1 << 40)", "import torch"),
    returned("200 MB printed", "print('x' * 200_000_000)", slow=True),
    attack(
        "200 MB written to standard output",
        """
        import os
        for _ in range(200):
            os.write(1, bytes(1_000_000))
            os.write(2, bytes(1_000_000))
    """,
    ),
    attack("an endless loop in the cell", "while True:\n    pass\n", slow=True),
    returned("an endless loop in the function", "[None for _ in iter(int, 1)]", slow=True),
    returned(
        "a wait that no signal ends",
        "wait()",
        """
        import signal, time
        for number in range(1, 64):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        def wait():
            while True:
                time.sleep(9)
    """,
        slow=True,
    ),
]

FRAMES = [
    attack(
        "frames forged on every open file",
        FIND_CHANNEL
        + """
for channel in channels():
    channel.sendall(frame({"answers": "0", "outcomes": [passed(4.0), passed(6.0)]}))
    channel.sendall(frame({"answers": None, "points": 1.0}))
""",
    ),
    attack(
        "the answer to the cell forged",
        FIND_CHANNEL
        + FIND_REQUEST
        + """
for channel in channels():
    message = {"answers": request()["token"], "points": 1.0, "passed": True, "rejected": 5}
    channel.sendall(frame(message))
""",
    ),
    returned(
        "the answer to the check forged",
        "forge()",
        FIND_CHANNEL
        + FIND_REQUEST
        + """
def forge():
    for channel in channels():
        rows = [{"case": "a number", "passed": True}] * 2
        outcomes = [passed({"other": ["CheckResult", "1.0"]})] * 2
        message = {"answers": request()["token"], "outcomes": outcomes}
        channel.sendall(frame(message))
        channel.sendall(frame({**message, "rows": rows, "points": 1.0}))
""",
    ),
    *(
        returned(
            f"a forged answer: {name}",
            "forge()",
            FIND_CHANNEL
            + FIND_REQUEST
            + f"""
def forge():
    for channel in channels():
        token = json.dumps(request()["token"]).encode()
        channel.sendall({answer})
        channel.close()
    time.sleep(30)
""",
        )
        for name, answer in {
            "deeper than JSON can be": "frame(b'[' * 1_000_000)",
            "a deep result": "frame(b'{\"answers\": ' + token + b', \"outcomes\": [' + b'[' * 900"
            " + b']' * 900 + b']}')",
            "four gigabytes promised": "struct.pack('!II', 2**32 - 1, 2**32 - 1)",
            "a pickle": "frame(__import__('pickle').dumps({1: 2}))",
            "tensors that are none": "frame({'answers': 1}, b'\\xff' * 100)",
            "a header larger than its tensors": "frame({'answers': 1}, struct.pack('<Q', 1 << 60))",
            "a number of a million digits": "frame(b'{\"answers\": ' + b'9' * 1_000_000 + b'}')",
            "no object": "frame(b'3')",
            "outcomes of the wrong kind": "frame({'answers': request()['token'],"
            " 'outcomes': [1, 2]})",
            "an exception without a type": "frame({'answers': request()['token'], 'outcomes': "
            "[{**passed(1), 'raised': {'types': [], 'message': '', 'file': '', 'line': 0,"
            " 'source': ''}}] * 2})",
            "another number of outcomes": "frame({'answers': request()['token'], 'outcomes': []})",
            "a text that is no Unicode": "frame({'answers': request()['token'], 'outcomes': "
            "[passed('\\udc80')] * 2})",
            "an outcome that imports": "frame({'answers': request()['token'], 'outcomes': "
            "[passed({'$import': 'os:_exit'})] * 2})",
        }.items()
    ),
    returned(
        "a slow drip",
        "drip()",
        FIND_CHANNEL
        + """
def drip():
    [channel] = channels()
    for byte in frame({"answers": 1, "outcomes": ["x" * 1000]}):
        channel.sendall(bytes([byte]))
        time.sleep(0.2)
""",
        slow=True,
    ),
    attack(
        "a thread that answers for ever",
        FIND_CHANNEL
        + """
def answer():
    for channel in channels():
        for _ in range(100_000):
            channel.sendall(frame({"answers": "0", "outcomes": [passed(4.0)] * 2}))
threading.Thread(target=answer, daemon=True).start()
""",
    ),
]

VALUES = [
    returned("NaN", "float('nan')"),
    returned("infinity", "float('inf')"),
    returned("a huge integer", "10**5000"),
    returned("a text with half a character", "'\\ud800'"),
    returned("a list that contains itself", "kept", "kept = []\nkept.append(kept)"),
    returned("a very deep list", "deep", "deep = []\nfor _ in range(100_000):\n    deep = [deep]"),
    returned("a hundred thousand items", "[0.0] * 100_000"),
    returned(
        "a result of the check",
        "CheckResult(1.0, max_points=1.0, rows=[])",
        "from exercise_lib.check.result import CheckResult",
    ),
    returned(
        "a lying number",
        "Liar(100)",
        """
        class Liar(float):
            __eq__ = __le__ = __lt__ = __ge__ = lambda *_: True
            __sub__ = __rsub__ = __abs__ = lambda *_: 0.0
            __hash__ = float.__hash__
    """,
    ),
    returned(
        "a lying tensor",
        "torch.tensor(100.0).as_subclass(Liar)",
        """
        import torch
        class Liar(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None):
                return True
            __eq__ = lambda *_: True
    """,
    ),
    returned(
        "an object that lies about its class",
        "Liar()",
        """
        class Liar:
            __class__ = float
            __eq__ = __le__ = lambda *_: True
            __repr__ = lambda self: (_ for _ in ()).throw(SystemExit)
    """,
    ),
    returned(
        "an exception with a script in it",
        "error()",
        """
        def error():
            raise ValueError("<script>alert(1)</script>")
    """,
    ),
    returned(
        "an exception that can't be shown",
        "error()",
        """
        class Silent(Exception):
            def __str__(self):
                raise SystemExit
        def error():
            raise Silent
    """,
    ),
    attack(
        "the last answer remembered",
        """
        import atexit
        class Late:
            def __del__(self):
                double.__code__ = (lambda x: 2 * x).__code__
        kept = [Late()]
        atexit.register(lambda: print(1.0))
    """,
    ),
]

HONEST = [
    honest("a warning", "import warnings\nwarnings.warn('old')\n"),
    honest("a cell magic", "%%time\nimport math\n"),
    honest("printing to standard error", "import sys\nprint('hello', file=sys.stderr)\n"),
    honest(
        "an exit that hangs",
        """
        import atexit, threading, time
        atexit.register(time.sleep, 600)
        threading.Thread(target=time.sleep, args=(600,)).start()
    """,
    ),
    honest("an exception below the function", ""),
]

ATTACKS = [*CHECKER, *READING, *WRITING, *ENDING, *FRAMES, *VALUES, *HONEST]
