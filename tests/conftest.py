"""Tests run side by side, each on one thread; a run that had to leave the sandbox out says so."""

import functools
import os
from pathlib import Path

import pytest
import toy_forks

from autograder import quick_nbgrader  # noqa: F401  # before nbgrader
from autograder.sandbox import quick_imports  # noqa: F401  # before nbgrader

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_CBWR", "COMPATIBLE")  # the same bits wherever an array lies in memory


@pytest.fixture(scope="session", autouse=True)
def kernels_start_at_once():
    """Those of a test's own process; what a test runs as a program starts its kernels as ever."""

    def launch_kernel(*arguments, **options):
        return toy_forks.forker().launch_kernel(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(toy_forks.LAUNCHER, launch_kernel)
        yield


@pytest.fixture(scope="session", autouse=True)
def alembic_is_asked_here():
    """Each new gradebook of a test's own process asks a program for the same word."""
    import nbgrader.api
    from alembic.script import ScriptDirectory

    @functools.cache
    def asked() -> str:
        return ScriptDirectory(Path(nbgrader.__file__).with_name("alembic")).get_current_head()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbgrader.api, "get_alembic_version", asked)
        yield


MUST_RUN = "SANDBOX_MUST_RUN"  # set by .ci/run: without the sandbox the run fails


def skipped_sandbox_tests(config: pytest.Config) -> int:
    """Return how many tests were skipped for want of bubblewrap."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    return sum("bubblewrap" in str(report.longrepr) for report in skipped)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get(MUST_RUN) and skipped_sandbox_tests(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter, config):
    yield
    count = skipped_sandbox_tests(config)
    if count:
        verdict = f"; {MUST_RUN} is set, so this run fails" if os.environ.get(MUST_RUN) else ""
        text = f"THE SANDBOX WAS NOT TESTED: bubblewrap does not run here, {count} tests skipped"
        terminalreporter.write_line(text + verdict, red=True, bold=True)
