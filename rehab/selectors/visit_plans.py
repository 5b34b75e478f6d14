"""What a signed first visit has for the plan, beside what the plan says."""

import datetime as dt

from core.protocols.selectors import protocol_of
from outcomes.selectors import metrics_at
from rehab.models import CarePlan, FirstVisit
from rehab.plan_body import PARTS, Written, part_of
from rehab.plan_rules import beside
from rehab.selectors.plans import body_at, names_of
from rehab.services.plans import lanes_now
from rehab.visit_body import VisitBody, findings_of
from rehab.visit_rules import chosen_of, plan_hypothesis, plan_tolerance, weighed


def parts_of(visit: FirstVisit, *, now: dt.datetime) -> dict[str, Written]:
    """The parts of a plan that a visit says something about; {} while nothing is chosen."""
    body = VisitBody.model_validate(visit.body)
    chosen = chosen_of(body)
    if chosen is None:
        return {}
    exam, metrics = protocol_of(visit.exam), metrics_at(now, visit.clinic)
    lanes = lanes_now(visit.clinic, now=now)[1]
    found: dict[str, Written] = {
        "hypothesis": plan_hypothesis(weighed(chosen, findings_of(body), exam, lanes)),
        "tolerance": plan_tolerance(body, exam, metrics),
        "work": body.work,
        "prior_care": body.prior_care,
    }
    return {name: part for name, part in found.items() if part != type(part)()}


def beside_plan(
    visit: FirstVisit, plan: CarePlan, *, now: dt.datetime
) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """(part, its title, [(field, the visit's text, the plan's)]) wherever the two differ."""
    saved, names = body_at(plan, plan.head), names_of(plan, now=now)
    found = [
        (name, PARTS[name], beside(part, part_of(saved, name), names))
        for name, part in parts_of(visit, now=now).items()
    ]
    return [row for row in found if row[2]]
