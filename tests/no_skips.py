"""A pytest plugin: where CI is set, a test that is skipped or expected to fail is a failure.

Nobody looks at a skipped test, so what is not run must not look green.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge a test after all other plugins have."""
    return _judged((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge a module, which may be skipped as a whole."""
    return _judged((yield))


def _judged(report: Report) -> Report:
    expected = getattr(report, "wasxfail", None)
    if os.environ.get("CI") and (report.skipped or expected is not None):
        reason = f"expected failure: {expected}" if expected is not None else f"skipped: {report.longrepr}"
        report.longrepr = f"{reason}\nNo test is skipped or expected to fail where CI is set."
        report.outcome = "failed"
        if expected is not None:
            del report.wasxfail
    return report
