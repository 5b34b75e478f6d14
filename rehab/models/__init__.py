"""Rehab's rows: first visits, plans and their versions, restrictions, updates."""

from rehab.models.limits import LimitsCheck, Restriction
from rehab.models.plans import CarePlan, PathwayStep, PlanAck, PlanVersion
from rehab.models.updates import Update
from rehab.models.visits import Addendum, FirstVisit

__all__ = [
    "Addendum",
    "CarePlan",
    "FirstVisit",
    "LimitsCheck",
    "PathwayStep",
    "PlanAck",
    "PlanVersion",
    "Restriction",
    "Update",
]
