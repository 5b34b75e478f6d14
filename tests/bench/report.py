"""From rounds to a table: the median of the rounds' ratios, with the least and the most."""

import statistics
from typing import Any

# (target, connections, hallway | floor | DRF list | 10,000) → (mean, p95) of every round
Runs = dict[tuple[str, int, str], list[tuple[float, float]]]
MEAN, P95 = 0, 1
GROWTH = 1.10


def ratios(
    above: list[tuple[float, float]], below: list[tuple[float, float]], of: int
) -> list[float]:
    """Round by round."""
    return [a[of] / b[of] for a, b in zip(above, below, strict=True)]


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def written(runs: Runs, aims: dict[str, float]) -> list[dict[str, Any]]:
    """A row per target and number of connections."""
    rows = []
    for (name, conns, key), measured in runs.items():
        if key != "hallway":
            continue
        row: dict[str, Any] = {"target": name, "connections": conns, "aim": aims[name]}
        row["hallway_ms"] = [
            statistics.median(m[of] for m in measured) * 1000 for of in (MEAN, P95)
        ]
        floor = runs[name, conns, "floor"]
        row["floor_ms"] = [statistics.median(m[of] for m in floor) * 1000 for of in (MEAN, P95)]
        row["mean"] = spread(ratios(measured, floor, MEAN))
        row["p95"] = spread(ratios(measured, floor, P95))
        if small := runs.get((name, conns, "10,000")):
            row["growth"] = spread(ratios(measured, small, MEAN))
        if plain := runs.get((name, conns, "DRF list")):
            row["drf"] = spread(ratios(plain, floor, MEAN))
        rows.append(row)
    return rows


def table(runs: Runs, aims: dict[str, float]) -> str:
    lines = ["", "page          conns  Hallway mean/p95   floor mean/p95    × floor (mean)        "
             "× floor (p95)         aim"]  # fmt: skip
    for row in written(runs, aims):
        held = row["mean"] if row["connections"] < 40 else row["p95"]
        lines.append(
            f"{row['target']:13} {row['connections']:5}  {_pair(row['hallway_ms'])}  "
            f"{_pair(row['floor_ms'])}  {_times(row['mean'])}  {_times(row['p95'])}  "
            f"≤ {row['aim']:g} {'ok' if held['median'] <= row['aim'] else 'MISSED'}"
        )
        if "growth" in row:
            kept = "ok" if row["growth"]["median"] <= GROWTH else "MISSED"
            lines.append(f"{'':20} growth from 10,000 rows {_times(row['growth'])}  "
                         f"≤ {GROWTH:.2f} {kept}")  # fmt: skip
        if "drf" in row:
            lines.append(f"{'':20} for scale, a plain DRF list {_times(row['drf'])}")
    return "\n".join(lines)


def _pair(values: list[float]) -> str:
    return f"{values[0]:7.2f} /{values[1]:7.2f}"


def _times(found: dict[str, float]) -> str:
    return f"{found['median']:5.2f} [{found['min']:5.2f}-{found['max']:5.2f}]"
