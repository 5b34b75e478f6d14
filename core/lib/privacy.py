"""Every model field carries a privacy class from birth; a guard fails the field that has none.

- `open`: may stand in a log line (ids, states, instants, counts)
- `staff`: names a member of staff
- `identifier`: names or reaches a patient
- `health`: says something about a patient's health
- `secret`: opens a door (digests, keys)
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Privacy:
    """Field names per class, each given as one blank-separated string."""

    open: str = ""
    staff: str = ""
    identifier: str = ""
    health: str = ""
    secret: str = ""
    classes: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("open", "staff", "identifier", "health", "secret"):
            for column in getattr(self, name).split():
                if column in self.classes:
                    raise ValueError(f"{column} has two privacy classes")
                self.classes[column] = name
