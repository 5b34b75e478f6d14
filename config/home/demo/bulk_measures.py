"""Ten measurements of one invented patient: two performance tests and a pain rating that move."""

from decimal import Decimal
from typing import TYPE_CHECKING

from core.accounts.roles import Role
from outcomes.rules import variant_of

if TYPE_CHECKING:
    from config.home.demo.bulk_rows import Chart

# metric, how many, first value from … to, gain from visit to visit from … to, what is stated
COURSES: tuple[tuple[str, int, tuple[int, int], tuple[int, int], str, dict[str, str]], ...] = (
    ("standing_tolerance_min", 4, (5, 30), (-3, 9), "", {"stop": "back pain"}),
    ("walking_distance_m", 3, (60, 700), (-60, 160), "", {"stop": "leg pain"}),
    ("nprs", 3, (5, 9), (-2, 1), "overall", {"recall": "past_week"}),
)


def measured(chart: "Chart") -> None:
    """Fills the chart's sheets; evenly from when they came to a few days ago."""
    dice, world, out = chart.dice, chart.world, chart.out
    for key, count, begins, gains, region, details in COURSES:
        metric = world.metrics.by_id[key]
        variant, value = variant_of(metric, details), dice.randint(*begins)
        for turn in range(count):
            at = chart.moment(chart.days - turn * (chart.days - 2) // count)
            pk = chart.uid()
            value = min(max(value, int(metric.low)), int(metric.high))
            out["measure"].add(
                pk, chart.crew.clinic, chart.id, chart.episode, chart.therapist, key,
                Decimal(value), metric.unit, region, variant, details, at, at, chart.therapist,
                world.metrics_id,
            )  # fmt: skip
            chart.course.append((key, variant, at, Decimal(value)))
            if metric.is_survey:
                out["response"].add(chart.uid(), pk, "score", metric.scoring.kind)
            chart.trail(at, chart.therapist, Role.THERAPIST, "measurement", pk, "create")
            value += dice.randint(*gains)
