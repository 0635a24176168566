"""The pytest plugin: a gradient that is wrong fails its test with the page of the result, not with a traceback.

It does nothing until such a failure happens, and imports nothing heavy when pytest loads it.
"""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the page of a mismatch in the place of the traceback that led to it."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if report.failed and any(_name(kind) == "gradcheck.errors.Mismatch" for kind in type(error).__mro__):
        report.longrepr = "\n".join([str(error), "", *getattr(error, "__notes__", [])])
    return report


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
