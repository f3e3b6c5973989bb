"""What a child can see and do, asked from inside, and what is left for the next one."""

import os
import platform
import resource
import subprocess
import sys
import textwrap
import time
from contextlib import ExitStack

import psutil
import pytest
from attacks import ATTACKS, LIMITS
from toy_sandbox import MODULE, needs_bubblewrap, toy_sandbox

from autograder.sandbox.errors import Misbehaved
from autograder.sandbox.namespaces import NOBODY
from autograder.sandbox.seccomp import MACHINES, REFUSED, SOCKET
from autograder.sandbox.values import write_case
from exercise_lib.check.case import Case

pytestmark = [needs_bubblewrap, pytest.mark.xdist_group("attacks")]


def said(child, source: str) -> str:
    """Run a cell in a child; return what it printed, or its exception."""
    answer, _ = child.ask({"do": "show", "source": textwrap.dedent(source)}, {}, 30)
    return "\n".join(it["shown"] for it in answer["outputs"]).strip()


@pytest.fixture
def inside(toy):
    """Return a function that runs code in a fresh child."""
    with toy.grader.sandbox.child({}) as child:
        yield lambda source: said(child, source)


def test_it_is_nobody_without_capabilities(inside):
    assert inside(
        "import os; print(os.getresuid(), os.getresgid(), {*os.getgroups()} <= {65534})"
    ) == ("(65534, 65534, 65534) (65534, 65534, 65534) True")
    assert (
        inside("""
        import ctypes
        data = (ctypes.c_uint32 * 6)()
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        print(ctypes.CDLL(None).capget(header, data), list(data))
    """)
        == "0 [0, 0, 0, 0, 0, 0]"
    )
    assert "OSError" in inside("import os; os.setuid(0)")
    assert "PermissionError" in inside("import os; os.chroot('/scratch')")


def test_no_namespace_or_mount_can_be_made(inside):
    assert (
        inside("""
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        for flag in (0x10000000, 0x00020000, 0x20000000):
            print(libc.unshare(flag), end=" ")
        print(libc.mount(b"tmpfs", b"/scratch", b"tmpfs", 0, None), end=" ")
        print(libc.umount2(b"/proc", 2), libc.umount2(b"/scratch", 2))
    """)
        == "-1 -1 -1 -1 -1 -1"
    )


def test_nobody_else_is_there(inside):
    assert inside("import os; print(os.getpid(), os.getppid(), os.listdir('/proc'))") == "1 0 []"
    assert (
        inside("""
        import os
        def there(number):
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                return False
            return True
        print([number for number in range(2, 5000) if there(number)])
    """)
        == "[]"
    )


def test_signals_reach_nobody_else(toy):
    with toy.grader.sandbox.child({}) as victim, toy.grader.sandbox.child({}) as killer:
        assert said(victim, "print('alive')") == "alive"
        assert "done" in said(
            killer,
            """
            import os, signal
            for number in [os.getppid(), -1, *range(1, 5000)]:
                try:
                    if number != os.getpid():
                        os.kill(number, signal.SIGKILL)
                except OSError:
                    pass
            print("done")
        """,
        )
        assert said(victim, "print('alive')") == "alive"
    assert toy.grader.sandbox.is_alive()


def test_a_fork_bomb_may_use_up_all_processes_of_the_graders_user(tmp_path_factory):
    user = os.getuid() or NOBODY
    tasks = [it.num_threads() for it in psutil.process_iter() if it.uids().real == user]
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    few = min(sum(tasks) + 40, *(it for it in before if it != resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_NPROC, (few, before[1]))  # the sandbox inherits it
    with ExitStack() as stack:
        try:
            toy = stack.enter_context(toy_sandbox(tmp_path_factory.mktemp("bombed"), LIMITS))
        finally:
            resource.setrlimit(resource.RLIMIT_NPROC, before)
        for _ in range(5):
            toy.grade_cell(next(it.source for it in ATTACKS if it.name == "a fork bomb"))
            assert toy.still_grades()
        assert toy.grader.sandbox.restarts == 0


def test_a_fork_bomb_without_end_is_ended_before_its_time_is_over(toy):
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    verdict = toy.grade_cell(f"{bomb}\n\ndef double(x):\n    return x + x\n")
    assert verdict.points == 0 and "ended Python" in verdict.text
    assert toy.still_grades()


def test_nothing_can_be_traced(inside):
    assert (
        inside("""
        import ctypes
        libc = ctypes.CDLL(None)
        print({libc.ptrace(16, number, 0, 0) for number in range(1, 1000)})
    """)
        == "{-1}"
    )


def test_the_environment_says_nothing(inside):
    names = inside("import os; print(*sorted(os.environ))").split()
    assert "PYTHONPATH" in names
    assert not {"EXERCISE_HIDDEN", "A_SECRET_OF_THE_GRADER", "NBGRADER_EXECUTION"} & set(names)


def test_only_its_own_places_can_be_written(inside):
    writable = inside("""
        import os, sys
        skipped = ("/usr", sys.prefix, sys.base_prefix)
        for folder, folders, _ in os.walk("/", followlinks=False):
            folders[:] = [it for it in folders if os.path.join(folder, it) not in skipped]
            for place in (folder, *(it for it in skipped if folder == "/")):
                try:
                    open(os.path.join(place, "written"), "w").close()
                    print(place)
                except OSError:
                    pass
    """)
    assert {it for it in writable.split() if not it.startswith("/scratch/")} == {
        "/scratch",
        "/dev/shm",
    }


def test_of_the_repository_only_what_students_have_is_there(inside, toy):
    assert set(inside("import os; print(*os.listdir('/'))").split()) >= {"assignment", "kit"}
    assert inside("import os; print(os.listdir('/kit/autograder'))") == "['sandbox']"
    assert inside("import os; print(os.listdir('/assignment'))") == "['exercise_lib']"
    repository = str(toy.grader.sandbox.release.parent)
    assert inside(f"import os; print(os.path.exists({repository!r}))") == "False"


def test_it_holds_one_channel_and_no_other_file(inside):
    assert (
        inside("""
        import os, stat
        def kind(number):
            mode = os.fstat(number).st_mode
            return "channel" if stat.S_ISSOCK(mode) else "nothing" if stat.S_ISCHR(mode) else "file"
        def is_open(number):
            try:
                return bool(os.fstat(number))
            except OSError:
                return False
        print(*sorted(kind(number) for number in range(4096) if is_open(number)))
    """)
        == "channel nothing nothing nothing"
    )


def test_there_is_no_network(inside):
    assert inside("""
        import socket
        print(socket.if_nameindex())
        for address in (("127.0.0.1", 22), ("1.1.1.1", 53)):
            try:
                socket.create_connection(address, timeout=1)
            except OSError as error:
                print(type(error).__name__)
    """).splitlines() == ["[(1, 'lo')]", "OSError", "OSError"]


def test_limits_can_be_lowered_and_never_raised(inside):
    assert inside("""
        import resource
        for name in ("AS", "NPROC", "FSIZE", "CPU", "NOFILE", "CORE", "MEMLOCK"):
            kind = getattr(resource, f"RLIMIT_{name}")
            soft, hard = resource.getrlimit(kind)
            assert soft == hard != resource.RLIM_INFINITY
            try:
                resource.setrlimit(kind, (soft, hard + 1))
            except ValueError:
                print(name)
    """).split() == ["AS", "NPROC", "FSIZE", "CPU", "NOFILE", "CORE", "MEMLOCK"]


def test_processes_memory_and_disk_end(inside):
    count = inside("""
        import os, time
        count = 0
        try:
            while count < 1000:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                count += 1
        except OSError:
            print(count)
    """)
    assert 1 < int(count) < LIMITS.processes
    assert inside("bytearray(500_000_000)").startswith("MemoryError")
    assert "No space left" in inside("""
        with open("/dev/shm/large", "wb") as file:
            for _ in range(15):
                file.write(bytes(1_000_000))
        for name in "ab":
            with open("/dev/shm/" + name, "wb") as file:
                file.write(bytes(1_000_000))
    """)
    assert "File too large" in inside("""
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        import os
        os.truncate(os.open("/scratch/x", os.O_CREAT | os.O_RDWR), 17_000_000)
    """)


def test_calls_that_no_exercise_needs_are_refused(inside):
    column = list(MACHINES).index(platform.machine())
    numbers = [it[column] for it in REFUSED.values() if it[column] is not None]
    assert (
        inside(f"""
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        def refused(*call):
            return libc.syscall(*call, *[0] * 5) == -1 and ctypes.get_errno() == errno.EPERM
        print(all(refused(number) for number in {numbers}))
        AF_ALG, AF_VSOCK = 38, 40
        print([refused({SOCKET[column]}, family) for family in (AF_ALG, AF_VSOCK)])
    """)
        == "True\n[True, True]"
    )


def test_threads_processes_and_what_libraries_do_with_them_run(inside):
    assert inside("""
        import multiprocessing, subprocess, threading
        import torch
        from torch.utils.data import DataLoader
        thread = threading.Thread(target=print, args=("thread",))
        thread.start()
        thread.join()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(abs, [-1, -2]))
        print(subprocess.run(["echo", "program"], capture_output=True, text=True).stdout.strip())
        print([int(it) for it in DataLoader([3, 4], num_workers=2)])
        x = torch.ones(300, 300, requires_grad=True)
        torch.set_num_threads(2)
        (x @ x).sum().backward()
        print(torch.ones(2).share_memory_().tolist(), x.grad.shape)
    """).splitlines() == [
        "thread",
        "[1, 2]",
        "program",
        "[3, 4]",
        "[1.0, 1.0] torch.Size([300, 300])",
    ]


def test_the_sandbox_has_a_keyring_of_its_own():
    keyring = subprocess.run(
        [sys.executable, "-c", KEYRINGS], capture_output=True, text=True, check=True
    ).stdout.split()
    if "-1" in keyring:
        pytest.skip("no keyrings here")
    assert len(set(keyring)) == 2


KEYRINGS = """
import ctypes, platform
from autograder.sandbox.seccomp import MACHINES, REFUSED, leave_keyring
keyctl = REFUSED["keyctl"][list(MACHINES).index(platform.machine())]
def session():
    return ctypes.CDLL(None).syscall(keyctl, 0, -3, 0)
print(session())
leave_keyring()
print(session())
"""

HIDDEN = "ctypes.CDLL(None).prctl(4, 0)"  # no other process may look into this one
TOGETHER = {
    "pages": "kept = bytearray(150_000_000)",
    "pages of processes that hide": f"kept = bytearray(150_000_000); {HIDDEN}",
    "pages that nobody maps": """
        kept = mmap.mmap(-1, 150_000_000)
        for place in range(0, 150_000_000, mmap.PAGESIZE):
            kept[place] = 1
        kept.madvise(mmap.MADV_DONTNEED)
    """,
}


@pytest.mark.parametrize("what", TOGETHER)
def test_what_processes_use_together_is_bounded(toy, what):
    body = textwrap.indent(textwrap.dedent(TOGETHER[what]), "    " * 2)
    source = f"""
import ctypes, mmap, os, time
for _ in range(4):
    if os.fork() == 0:
{body}
        time.sleep(60)
time.sleep(60)
"""
    with toy.grader.sandbox.child({}) as child, pytest.raises(Misbehaved, match="ended Python"):
        child.ask({"do": "run", "source": source}, {}, 50)
    assert toy.grader.sandbox.is_alive()


def test_what_processes_share_counts_once(inside):
    assert (
        inside("""
        import os, time
        shared = bytearray(150_000_000)
        for _ in range(4):
            if os.fork() == 0:
                time.sleep(1)
                os._exit(0)
        print(sum(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(4)))
    """)
        == "0"
    )


def test_a_child_finds_nothing_of_the_one_before(toy):
    leave = """
        import builtins, os, sys
        import exercise_lib.check.run as run
        builtins.left = run.left = sys.left = os.environ["LEFT"] = "left"
        for folder in ("/scratch", "/dev/shm", "/assignment", "/kit", "/dev"):
            try:
                open(folder + "/left", "w").write("left")
            except OSError:
                pass
        print(os.path.exists("/scratch/left"), os.path.exists("/dev/left"))
    """
    look = """
        import builtins, os, sys
        import exercise_lib.check.run as run
        print([hasattr(it, "left") for it in (builtins, run, sys)], "LEFT" in os.environ)
        print([it for it in ("/scratch", "/dev/shm", "/dev") if os.path.exists(it + "/left")])
    """
    sandbox = toy.grader.sandbox
    with sandbox.child({}) as first:
        assert said(first, leave) == "True False"
        with sandbox.child({}) as second:  # while the first one still lives
            assert said(second, look) == "[False, False, False] False\n[]"
    with sandbox.child({}) as third:
        assert said(third, look) == "[False, False, False] False\n[]"


def test_a_childs_module_is_its_own(toy):
    look = "from exercise_lib import warmup; print(warmup.mine, warmup.__file__)"
    for text in ("1", "2"):
        with toy.grader.sandbox.child({MODULE: f"mine = {text}".encode()}) as child:
            assert said(child, look) == f"{text} /assignment/{MODULE}"


def test_all_that_a_child_started_ends_with_it(toy):
    outside = psutil.Process(toy.grader.sandbox.process.pid)

    def descendants(wanted: int) -> int:
        """Wait for a number of processes in the sandbox; return what it is."""
        deadline = time.monotonic() + 20
        while (count := len(outside.children(recursive=True))) != wanted:
            assert toy.grader.sandbox.is_alive()
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        return count

    # bubblewrap inside, the zygote, the process that waits for it, and a child forked ahead
    alone = 4
    assert descendants(alone) == alone
    with toy.grader.sandbox.child({}) as child:
        said(
            child,
            """
            import os, signal, time
            if os.fork() == 0:
                os.setsid()
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)
        """,
        )
        assert descendants(alone + 2) == alone + 2
        with pytest.raises(Misbehaved, match="stopped"):
            child.ask({"do": "run", "source": "import time\ntime.sleep(600)"}, {}, 0.5)
    assert descendants(alone) == alone


def peak_normalise(body: str) -> str:
    return f"def peak_normalise(waveform, peak=0.95):\n    {body}\n"


def test_a_change_of_the_arguments_is_seen_and_a_view_is_a_copy(toy):
    in_place = toy.grade_module(peak_normalise("return waveform.mul_(peak / waveform.abs().max())"))
    assert "changes its argument" in in_place.html
    view, copy = (
        toy.grade_module(peak_normalise(f"return waveform{it}")) for it in ("[...]", ".clone()")
    )
    assert view == copy and view.points < 1


def test_a_change_of_the_arguments_is_seen_by_the_grader_itself(toy):
    trick = """
import torch
from exercise_lib.check import outcome, run
run._changed = run.differ = lambda *_: False
torch.equal = lambda *_: True
whole = outcome.Outcome.__init__
def patched(self, value=None, gradients=None, raised=None, mutated=(), *more, **named):
    whole(self, value, gradients or {}, raised, (), *more, **named)
outcome.Outcome.__init__ = patched

"""
    in_place = peak_normalise("return waveform.mul_(peak / waveform.abs().max())")
    patched = toy.grade_module(trick + in_place)
    assert patched.points == toy.grade_module(in_place).points < 1
    assert "changes its argument" in patched.html


def test_settings_of_a_cell_a_module_or_a_case_do_not_reach_the_next(toy):
    change = """
import warnings
import numpy, torch
torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
torch.set_num_threads(3)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
numpy.seterr(all="raise")
warnings.simplefilter("error")
"""
    look = """
import warnings
import numpy, torch
print(torch.tensor(1.0).dtype, torch.tensor(1.0).device, torch.get_num_threads(),
      torch.is_grad_enabled(), torch.are_deterministic_algorithms_enabled(),
      numpy.geterr()["divide"], ("error", None, Warning, None, 0) in warnings.filters)
"""
    module = change + peak_normalise("return waveform")
    with toy.grader.sandbox.child({MODULE: module.encode()}) as child:
        fresh = said(child, look)
        assert fresh == "torch.float32 cpu 1 True False warn False"
        child.ask({"do": "run", "source": change}, {}, 30)
        assert said(child, look) == fresh
        check = {"do": "check", "name": "", "target": "exercise_lib.warmup:peak_normalise"}
        child.ask({**check, "cases": []}, {}, 30)
        assert said(child, look) == fresh
        inputs = {}
        case = write_case(Case("", {"x": 1.0}), inputs)
        body = textwrap.indent(change, "    ")
        child.ask({"do": "run", "source": f"def answer(x):\n{body}\n    return x"}, {}, 30)
        child.ask({**check, "name": "answer", "cases": [case]}, inputs, 30)
        assert said(child, look) == fresh


def test_what_a_submission_remembers_is_not_there_for_the_next_one(toy):
    toy.grade_cell("import torch\ntorch.remembered = lambda x: 2 * x\n")
    assert toy.grade_cell("import torch\ndouble = torch.remembered\n").points == 0
