"""What a document is, as people say it."""

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.documents.models import Document
from core.lib.errors import Refused
from core.people.dates import today_at
from core.people.models import Episode, Patient


@dataclass(frozen=True)
class Label:
    """A document's kind, title, source, date on the paper, region and side."""

    kind: str
    title: str
    source: str
    documented_on: dt.date | None
    region: str
    side: str = ""

    def columns(self) -> dict[str, Any]:
        return asdict(self)

    def settled(self, patient: Patient, *, now: dt.datetime) -> "Label":
        """As it is saved: blanks trimmed, a title at least. Raises Refused for what cannot be."""
        if self.kind not in Document.Kind.values:
            raise Refused("Choose what kind of document it is.")
        if self.region and self.region not in Episode.Region.values:
            raise Refused("Choose the part of the body from the list, or leave it empty.")
        if self.side and self.side not in Episode.Side.values:
            raise Refused("Choose the side from the list, or leave it empty.")
        if self.documented_on:
            if self.documented_on > today_at(patient.clinic.zone, now=now):
                raise Refused("The date on the document lies in the future. Check it.")
            if self.documented_on < patient.birth_date:
                raise Refused("The date on the document lies before the patient’s birth. Check it.")
        title = " ".join(self.title.split())[:160]
        return replace(
            self,
            title=title or str(Document.Kind(self.kind).label),
            source=" ".join(self.source.split())[:160],
        )

    def numbered(self, number: int, of: int) -> "Label":
        """One of several files that came under one title."""
        if of == 1:
            return self
        title = self.title.strip() or str(Document.Kind(self.kind).label)
        return replace(self, title=f"{title[:145]} ({number} of {of})")

    def words(self) -> dict[str, str]:
        """Each part in words, for two versions side by side."""
        return {
            "kind": str(Document.Kind(self.kind).label),
            "title": self.title or "none",
            "source": self.source or "none",
            "date": str(self.documented_on or "none"),
            "region": str(Episode.Region(self.region).label) if self.region else "none",
            "side": self.side or "none",
        }

    def over(self, shown: "Label", saved: "Label") -> "Label":
        """Only what was changed since `shown` stood on the form; the rest as it is saved by now."""
        mine, then = asdict(self), asdict(shown)
        return replace(saved, **{part: mine[part] for part in mine if mine[part] != then[part]})


def label_of(document: Document) -> Label:
    return Label(
        kind=document.kind,
        title=document.title,
        source=document.source,
        documented_on=document.documented_on,
        region=document.region,
        side=document.side,
    )
