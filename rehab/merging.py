"""What stands in the way of making two charts one, or of closing a problem: plans that run."""

from collections.abc import Sequence

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.errors import Refused
from core.lib.routes import url
from core.people.models import Episode, Patient
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


def plan_runs(episode: Episode, by: User) -> Refused | None:
    """A closed problem whose plan went on would be looked at, booked and decided for nobody."""
    plan = CarePlan.objects.filter(episode=episode, ended_at=None).first()
    if plan is None:
        return None
    refusal = Refused(
        "The plan of this problem is running. A clinician ends it first, with the reason; it stays "
        "readable."
    )
    if by.may(Perm.CHART_VIEW):
        refusal.link = (url("rehab:plan", plan.pk), "Open the plan")
    return refusal
