"""The fault suite's fixtures and its summary line."""

from typing import Any

from tests.faults.fixtures import committed, figures, stack

__all__ = ["committed", "figures", "stack"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line over all fault tests that measured something."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    noted = [
        numbers
        for report in reports
        if report.when == "call"
        for name, numbers in report.user_properties
        if name == "faults"
    ]
    if not noted:
        return
    total = {
        k: sum(n.get(k, 0) for n in noted) for k in ("lost", "duplicate", "silent", "uncertain")
    }
    slowest = max((n["recovery_s"] for n in noted if "recovery_s" in n), default=0.0)
    words = ", ".join(f"{name} {count}" for name, count in total.items())
    terminalreporter.write_sep("=", f"faults: {words}, slowest recovery {slowest:.1f} s")
