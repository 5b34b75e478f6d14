"""The first visit as its page shows it, written or read."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.accounts.models import User
from core.people.fields import Part, shows
from core.people.models import Episode, Patient
from core.people.names import age_on
from core.protocols.selectors import protocol_of
from outcomes.protocol_schema import MetricsProtocol
from outcomes.selectors import metrics_at
from rehab.exam_checks import NOT_DONE
from rehab.exam_rules import (
    Deficit,
    Findings,
    Proposal,
    alarms,
    deficits,
    exam_words,
    neuro_words,
    propose,
)
from rehab.exam_schema import Alarm, Answer, FirstVisitProtocol, Item
from rehab.models import Addendum, CarePlan, FirstVisit
from rehab.plan_rules import readable
from rehab.protocol_schema import LanesProtocol
from rehab.selectors.fetching import visible
from rehab.services.plans import lanes_now
from rehab.visit_amount_rules import AskedRow, amount_words, asked_rows
from rehab.visit_body import BLOCKS, VisitBody, findings_of
from rehab.visit_rules import (
    Weighed,
    chosen_of,
    fall_risk,
    items_of,
    missing,
    weighed,
)


@dataclass(frozen=True)
class VisitPage:
    """Everything a visit's page says; what is worked out is worked out when it is asked for."""

    visit: FirstVisit
    body: VisitBody
    exam: FirstVisitProtocol
    metrics: MetricsProtocol
    lanes: LanesProtocol

    @property
    def region(self) -> str:
        return str(self.visit.episode.region)

    @cached_property
    def findings(self) -> Findings:
        return findings_of(self.body)

    @cached_property
    def proposals(self) -> list[tuple[str, Proposal]]:
        """(name of the lane, what speaks for and against it), the best supported first."""
        found = propose(self.findings, self.region, self.exam)
        return [(self.lanes.by_id[p.lane].name, p) for p in found if p.lane in self.lanes.by_id]

    @cached_property
    def hypotheses(self) -> list[Weighed]:
        """What is treated stands first, what was ruled out last."""
        order = {"chosen": 0, "": 1, "out": 2}
        rows = sorted(self.body.hypotheses.rows, key=lambda row: order[row.standing])
        return [weighed(row, self.findings, self.exam, self.lanes) for row in rows]

    @property
    def chosen(self) -> Weighed | None:
        found = chosen_of(self.body)
        return weighed(found, self.findings, self.exam, self.lanes) if found else None

    @cached_property
    def alarms(self) -> list[tuple[Alarm, str]]:
        return alarms(self.findings, self.exam)

    @cached_property
    def deficits(self) -> list[Deficit]:
        return deficits(self.findings, self.exam)

    @cached_property
    def falls(self) -> tuple[bool | None, list[str]]:
        patient = self.visit.patient
        age = age_on(patient.birth_date, self.visit.visit_on)
        return fall_risk(self.body, self.exam, self.metrics, sex=patient.sex, age=age)

    @cached_property
    def missing(self) -> list[tuple[str, str]]:
        return missing(self.body, self.region, self.exam, self.lanes)

    @cached_property
    def asked(self) -> tuple[list[AskedRow], list[AskedRow]]:
        """(the lines of the limits, what else can be measured); what was written stands above."""
        first, rest = asked_rows(self.region, self.exam, self.metrics, self.lanes)
        written = [row for row in rest if row.key in self.body.limits]
        return [*first, *written], [row for row in rest if row not in written]

    def blocks(self) -> list[str]:
        """The cards of the exam when the pain is there."""
        return [key for key in BLOCKS if items_of(key, self.region, self.exam, more=False)]

    def has_more(self, section: str) -> bool:
        """Is there more to ask than the region needs?"""
        if section not in BLOCKS:
            return section == "limits" and bool(self.asked[1])
        every = items_of(section, self.region, self.exam, more=True)
        return any(self.region not in item.regions for item in every)

    def groups(self, section: str, *, more: bool) -> list[tuple[str, list[Item]]]:
        """What a card asks, group by group: of the region, what was answered elsewhere, or all."""
        answered = {key.partition(".")[0] for key in self.body.exam}
        asked = [
            item
            for item in items_of(section, self.region, self.exam, more=True)
            if more or self.region in item.regions or item.id in answered
        ]
        return [
            (group, rows)
            for group in BLOCKS[section].groups
            if (rows := [item for item in asked if item.group == group])
        ]

    def answers_of(self, item: Item) -> list[Answer]:
        """What can be chosen; an empty field says that it was not done."""
        return [row for row in self.exam.answers_of(item).values() if row.id != NOT_DONE]

    def exam_lines(self) -> list[tuple[str, list[str]]]:
        """(card, its answers as they read), only those with an answer."""
        found = []
        for key, block in BLOCKS.items():
            if key == "neuro":
                lines = neuro_words(self.findings, self.exam)
            else:
                lines = [
                    line
                    for group in block.groups
                    for line in exam_words(self.findings, self.exam, group)
                ]
            if lines:
                found.append((block.title, lines))
        return found

    def limit_lines(self) -> list[str]:
        lines = [
            amount_words(key, row, self.exam, self.metrics) for key, row in self.body.limits.items()
        ]
        return [*lines, *self.body.other]

    def part_lines(self, section: str) -> list[tuple[str, str]]:
        """Work or care so far as it reads: (label, text)."""
        return readable(getattr(self.body, section))


def visit_page(visit: FirstVisit, *, now: dt.datetime) -> VisitPage:
    """For a viewer whom the visit was let open to. Two queries at most: the protocols in force."""
    return VisitPage(
        visit=visit,
        body=VisitBody.model_validate(visit.body),
        exam=protocol_of(visit.exam),
        metrics=metrics_at(now, visit.clinic),
        lanes=lanes_now(visit.clinic, now=now)[1],
    )


def visits_of(viewer: User, patient: Patient, *, now: dt.datetime) -> list[FirstVisit]:
    """A patient's first visits, the newest first; discarded ones last."""
    rows = visible(FirstVisit, viewer, now=now).filter(patient=patient)
    beside = ("patient__clinic", "clinic", "episode", "exam", "opened_by", "signed_by",
              "discarded_by")  # fmt: skip
    found = rows.select_related(*beside).order_by("-opened_at", "pk")
    return sorted(found, key=lambda row: row.state == FirstVisit.State.DISCARDED)


def episodes_without_visit(patient: Patient) -> list[Episode]:
    """Open problems whose first visit nobody has begun."""
    begun = FirstVisit.objects.filter(patient=patient, state__in=("open", "signed"))
    return list(patient.episodes.filter(closed_on=None).exclude(pk__in=begun.values("episode")))


def addenda_of(visit: FirstVisit) -> list[Addendum]:
    return list(visit.addenda.select_related("by").order_by("at", "pk"))


def plan_of(visit: FirstVisit) -> CarePlan | None:
    """The running plan of the same problem."""
    return CarePlan.objects.filter(episode=visit.episode_id, ended_at=None).first()


def background_of(viewer: User, patient: Patient) -> dict[str, Any]:
    """Allergies and other conditions as the registration has them; nothing where not theirs."""
    if not shows(viewer, Part.BACKGROUND):
        return {"shown": False}
    return {
        "shown": True,
        "allergies": list(patient.allergies.filter(ended_at=None).order_by("substance")),
        "asked": patient.allergies_asked_at,
        "comorbidities": list(patient.comorbidities.filter(ended_at=None).order_by("pk")),
    }
