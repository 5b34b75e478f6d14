"""What every protocol file has: its head, its sources, and the mark of what rests on none."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

UNVERIFIED = "GEN"

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class Strict(BaseModel):
    """Immutable, and a misspelt field is an error rather than a silently missing rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Strict):
    """A piece of clinical content: where it is from, whether a clinician still has to sign it."""

    sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    signoff: StrictBool

    @model_validator(mode="after")
    def unverified_needs_signoff(self) -> Self:
        if UNVERIFIED in self.sources and not self.signoff:
            raise ValueError(f"rests on {UNVERIFIED} (unverified), so it must carry signoff: true")
        return self


class Source(Strict):
    what: Text
    ref: Text


class ProtocolFile(Strict):
    """One version of a protocol: a clinic default until a named clinician signs it off.

    `signoff` is always null: a file cannot sign itself, its `ProtocolVersion` row is signed.
    """

    kind: str
    key: Id
    version: Text
    title: Text
    effective_on: date
    source: Text
    mark: Text
    signoff: None
    sources: dict[Id, Source]

    @property
    def label(self) -> str:
        """How what it decided, scored or proposed names it."""
        return f"{self.key} v{self.version}"
