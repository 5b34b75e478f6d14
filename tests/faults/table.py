"""The figures of the fault tests as one table: a line a fault, then the sum."""

from collections.abc import Iterable, Mapping
from typing import Any

WORDS = {
    "F1": "worker killed at random",
    "F2": "killed while handing over",
    "F3": "killed before the body",
    "F4": "broker stopped",
    "F5": "broker frozen",
    "F6": "broker flushed",
    "F7": "PostgreSQL restarted at once",
    "F8": "connection cut in COMMIT",
    "F9": "two beats, several workers",
    "F10": "three days of standstill",
    "F11": "mail server in trouble",
    "F12": "clock changes, DST, leap day",
    "F13": "a worker's clock is ahead",
    "F14": "disk for documents full",
    "F15": "two editors of one row",
    "F16": "forms sent again",
    "F17": "retry and cancel at once",
    "F18": "rows nobody can send",
    "F19": "deploy under load",
    "F21": "restore",
    "F22": "hung document",
    "F23": "cache down",
}
COUNTED = ("lost", "duplicate", "silent", "uncertain")
ROW = "{:<5}{:<32}{:>6}{:>6}{:>11}{:>8}{:>11}{:>12}"


def table(noted: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines to print; `noted` = what each test measured, `fault` names its row in the catalogue."""
    faults: dict[str, list[Mapping[str, Any]]] = {}
    for numbers in noted:
        if "fault" in numbers:
            faults.setdefault(numbers["fault"], []).append(numbers)
    lines = [ROW.format("", "fault", "tests", *COUNTED, "recovery s")]
    for fault in sorted(faults, key=lambda name: int(name[1:])):
        lines.append(_row(fault, WORDS.get(fault, ""), faults[fault]))
    every = [numbers for group in faults.values() for numbers in group]
    slowest = max(every, key=lambda n: n.get("recovery_s", 0.0), default={})
    lines.append(_row("", f"sum, slowest recovery {slowest.get('fault', '')}", every))
    return lines


def _row(fault: str, words: str, group: list[Mapping[str, Any]]) -> str:
    recovery = max((n["recovery_s"] for n in group if "recovery_s" in n), default=None)
    counts = [sum(n.get(name, 0) for n in group) for name in COUNTED]
    seconds = "" if recovery is None else f"{recovery:.1f}"
    return ROW.format(fault, words, len(group), *counts, seconds)
