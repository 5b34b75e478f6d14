"""Schema of messaging/protocols/escalation.yaml."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Audience = Literal["first", "backup", "physicians_and_managers", "managers", "owner_role"]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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

    @property
    def label(self) -> str:
        return f"{self.key} v{self.version}"
