"""Shape of the payer-policy file (kind `payer_policies`).

What passes can be shown and counted without a gap: every source, service and event is in its list,
a span of time says what starts and stops it, and what rests on no source carries its mark.
"""

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, model_validator

from core.protocols import schema
from core.protocols.schema import UNVERIFIED, Source

SPANS = frozenset({"hours", "calendar_days", "business_days", "weeks", "months", "years"})

Text = Annotated[str, StringConstraints(min_length=1, max_length=600, pattern=r"\S")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
ClassId = Literal[
    "medicare_ffs", "medicare_ffs_wiser", "medicare_advantage", "medicaid_ffs_mco",
    "qhp_ffe", "commercial_erisa", "workers_comp", "self_pay",
]  # fmt: skip
Unit = Literal[
    "hours", "calendar_days", "business_days", "weeks", "months", "years", "percent", "visits",
    "treatment_days", "sessions_per_12_months", "levels", "blocks", "tests", "findings",
    "points_of_10", "degrees_celsius", "dollars",
]  # fmt: skip
Comparator = Literal["at_least", "more_than", "at_most", "exactly", "between"]


class Strict(schema.Strict):
    model_config = ConfigDict(populate_by_name=True)


class Number(Strict):
    """One figure of a rule. `of` says what it measures; `to` only with `between`."""

    of: Text
    comparator: Comparator = Field(alias="is")
    n: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    to: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = None
    unit: Unit
    starts: Id | None = None
    stops: Id | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        if (self.to is not None) != (self.comparator == "between"):
            raise ValueError("“to” belongs to “between”, and “between” needs it")
        if self.to is not None and self.to <= self.n:
            raise ValueError("“to” has to be more than “n”")
        if (self.starts is None) != (self.stops is None):
            raise ValueError("a span needs both what starts and what stops it")
        if (self.unit in SPANS) != (self.starts is not None):
            raise ValueError("a span of time says what starts and stops it; nothing else does")
        return self


class Policy(Strict):
    """One rule, in our own words. `classes` empty = any payer; `insurer` = an example by name."""

    id: Id
    classes: tuple[ClassId, ...]
    service: Id
    insurer: Annotated[str, StringConstraints(max_length=120)] = ""
    states: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = ()
    codes: tuple[Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5}$")], ...] = ()
    words: Text
    numbers: tuple[Number, ...] = ()
    from_on: dt.date | None = None
    to_on: dt.date | None = None
    conflict: Text | None = None
    not_verified: Text | None = None
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    signoff: StrictBool

    @model_validator(mode="after")
    def sound(self) -> Self:
        if UNVERIFIED in self.sources and not self.signoff:
            raise ValueError(f"rests on {UNVERIFIED} (unverified), so it must carry signoff: true")
        if self.from_on and self.to_on and self.to_on < self.from_on:
            raise ValueError("it ends before it begins")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("a class stands twice in it")
        return self


class Service(Strict):
    id: Id
    label: Text


class PayerPolicies(Strict):
    """One version of all payer rules: a clinic default until a named clinician signs it off."""

    kind: Literal["payer_policies"]
    key: Id
    version: Text
    title: Text
    effective_on: dt.date
    source: Text
    mark: Text
    signoff: None
    services: Annotated[tuple[Service, ...], Field(min_length=1)]
    events: dict[Id, Text]
    policies: Annotated[tuple[Policy, ...], Field(min_length=1, max_length=2_000)]
    sources: dict[Id, Source]

    @property
    def label(self) -> str:
        return f"{self.key} v{self.version}"

    @property
    def service_labels(self) -> dict[str, str]:
        return {row.id: row.label for row in self.services}

    @model_validator(mode="after")
    def nothing_dangles(self) -> Self:
        for what, ids in (("service", [s.id for s in self.services]),
                          ("policy", [p.id for p in self.policies])):  # fmt: skip
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"the {what} “{twice[0]}” stands there twice")
        for row in self.policies:
            self._check(row)
        return self

    def _check(self, row: Policy) -> None:
        if row.service not in self.service_labels:
            raise ValueError(f"policy “{row.id}”: no service is called “{row.service}”")
        for key in row.sources:
            if key not in self.sources:
                raise ValueError(f"policy “{row.id}”: no source is called “{key}”")
        for number in row.numbers:
            for event in (number.starts, number.stops):
                if event and event not in self.events:
                    raise ValueError(f"policy “{row.id}”: no event is called “{event}”")

    def lost_since(self, before: dict[str, Any]) -> str:
        """Services stay: authorizations are filed under them. A sentence, or nothing."""
        gone = [s["id"] for s in before["services"] if s["id"] not in self.service_labels]
        names = ", ".join(f"“{name}”" for name in gone)
        return f"Put the service {names} back: authorizations are filed under it." if gone else ""
