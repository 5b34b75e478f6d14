"""Schema of messaging/protocols/escalation.yaml."""

import datetime as dt
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from core.protocols import schema

Audience = Literal["first", "backup", "physicians_and_managers", "managers", "owner_role"]


class Strict(schema.Strict):
    model_config = ConfigDict(populate_by_name=True)


class Due(Strict):
    """`minutes` on the clock; `clock_hours` likewise, drawn back to the last opening time before.

    `end_of_day`: closing time today, after it midnight; `business_days`: closing time of the n-th
    business day; `given`: by whoever opens it.
    """

    unit: Literal["minutes", "clock_hours", "end_of_day", "business_days", "given"]
    n: int = Field(ge=0)


class RungSpec(Strict):
    name: str = Field(pattern=r"^[a-z_]+$")
    anchor: Literal["opened", "due"] = Field(alias="from")
    minutes: int
    audience: Audience


class Clock(Strict):
    due: Due
    ladder: tuple[RungSpec, ...]
    source: str

    @model_validator(mode="after")
    def names_once(self) -> "Clock":
        names = [rung.name for rung in self.ladder]
        if len(names) != len(set(names)):
            raise ValueError("A rung's name may stand once in a ladder.")
        return self


class EscalationProtocol(Strict):
    key: str
    version: str
    effective_on: dt.date
    source: str
    mark: str
    clocks: dict[str, Clock]

    def lost_since(self, before: dict[str, Any]) -> str:
        """What a new version may not leave out, as a sentence: every promise keeps its clock."""
        gone = [name for name in before.get("clocks", {}) if name not in self.clocks]
        names = ", ".join(f"“{name}”" for name in gone)
        told = f"Put the clock {names} back: a promise without one would never be late."
        return told if gone else ""

    @property
    def label(self) -> str:
        return f"{self.key} v{self.version}"
