"""The fault suite's fixtures and its table."""

from typing import Any

from tests.faults.fixtures import committed, figures, own_postgres, stack
from tests.faults.table import table

__all__ = ["committed", "figures", "own_postgres", "stack"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line a fault over all tests that measured something, and their sum."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    noted = [
        numbers
        for report in reports
        if report.when == "call"
        for name, numbers in report.user_properties
        if name == "faults"
    ]
    if noted:
        terminalreporter.write_sep("=", "faults")
        for line in table(noted):
            terminalreporter.write_line(line)
