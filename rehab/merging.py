"""What stands in the way of making two charts one: two running plans for one part of the body."""

from collections.abc import Sequence

from core.people.models import Patient
from rehab.models import CarePlan


def two_plans(kept: Patient, gone: Patient) -> Sequence[str]:
    """A sentence for each region that both charts have a running plan for."""
    regions = [
        {
            plan.episode.region: plan.episode.get_region_display()
            for plan in CarePlan.objects.filter(patient=chart, ended_at=None).select_related(
                "episode"
            )
        }
        for chart in (kept, gone)
    ]
    both = sorted(set(regions[0]) & set(regions[1]))
    return [
        f"Both charts have a running plan ({regions[0][key].lower()}). A clinician ends one of "
        "them first; it stays readable."
        for key in both
    ]
