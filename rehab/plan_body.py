"""What a version of a plan says: parts that people write, read, compare and merge. Pure.

A version keeps the whole body, so what anybody once read stays readable as it was. A part is empty
until somebody writes it: what a lane proposes stands in the form, not in the plan.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.lib.day_words import short_day

MOST_ROWS = 30
ALWAYS = "always"  # avoided without an end
Line = Annotated[str, Field(max_length=300)]
Short = Annotated[str, Field(max_length=120)]
Words = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=4000)]  # several lines as one
Weeks = Annotated[int, Field(ge=1, le=52)]
Number = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=3)]
Code = Annotated[str, StringConstraints(to_upper=True, max_length=40)]  # ICD-10, judged apart
Side = Literal["", "left", "right", "both"]


def named(title: str, default: Any = "", hint: str = "") -> Any:
    """A field as forms and comparisons call it."""
    return Field(default=default, title=title, description=hint)


class Written(BaseModel):
    """Immutable; a misspelt field is an error rather than a word that is lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Names = Mapping[str, Mapping[str, str]]  # field → key → how a protocol calls it


class Row(Written):
    """One line of a list in a part; `words` is how it reads, `head` the field none goes without."""

    head: ClassVar[str]

    @property
    def words(self) -> str:
        raise NotImplementedError

    def reads(self, names: Names) -> str:
        """The same with the names that protocols give to keys."""
        return self.words


class Exercise(Row):
    head: ClassVar[str] = "name"
    name: Short = named("Exercise")
    dose: Short = named("Dose", hint="3 x 10, 5 minutes, 20 lb")
    from_week: Weeks = named("From week", 1)

    @property
    def words(self) -> str:
        later = f" (from week {self.from_week})" if self.from_week > 1 else ""
        return f"{self.name}, {self.dose}{later}" if self.dose else f"{self.name}{later}"


class Avoided(Row):
    head: ClassVar[str] = "what"
    what: Short = named("What")
    until: Short = named("Until", hint="a day, what has to hold first, or “always”")

    @property
    def words(self) -> str:
        if self.until.lower() == ALWAYS:
            return f"{self.what}: {ALWAYS}"
        return f"{self.what}: until {self.until}" if self.until else self.what


class Phase(Row):
    """From `from_week` of the plan the goal is spoken of in these words."""

    head: ClassVar[str] = "words_then"
    from_week: Weeks = named("From week", 1)
    words_then: Line = named("How we speak of it then")

    @property
    def words(self) -> str:
        return f"From week {self.from_week}: {self.words_then}"


class Care(Row):
    """Conservative care before this plan; it counts where a document shows it."""

    head: ClassVar[str] = "what"
    what: Short = named("What")
    from_on: dt.date | None = named("From", None)
    to_on: dt.date | None = named("To", None)
    visits: Annotated[int, Field(ge=0, le=400)] | None = named("Visits attended", None)
    shown_by: Short = named("Shown by", hint="which record says so; empty does not count")

    @property
    def words(self) -> str:
        span = " to ".join(short_day(day) for day in (self.from_on, self.to_on) if day)
        said = [self.what, span, f"{self.visits} visits" if self.visits is not None else "",
                f"shown by {self.shown_by}" if self.shown_by else "not documented"]  # fmt: skip
        return ", ".join(word for word in said if word)


COMPARATORS = {"at_least": "at least", "at_most": "at most"}
THEN = {
    "continue": "Go on as planned",
    "procedure": "Procedure",
    "imaging": "Imaging",
    "medication": "Change the medication",
    "second_look": "Second look at the diagnosis",
    "behavioral_health": "Behavioral health joins in",
    "surgical_referral": "Surgical referral",
    "discharge": "Discharge to the home programme",
}


class Step(Row):
    """“If this measure does not reach that by then, this happens.” `key` stays through versions.

    `weeks` from the day the trial began; without a metric a person decides when it is over (the
    decision point). `service` names what will need an authorization, in plain words.
    """

    head: ClassVar[str] = "title"
    key: Annotated[str, Field(max_length=36)] = named("")
    title: Short = named("What is tried")
    starts_on: dt.date | None = named("From", None)
    weeks: Weeks | None = named("For how many weeks", None)
    metric: Annotated[str, Field(max_length=40)] = named("Judged by")
    comparator: Literal["at_least", "at_most"] = named("Good is", "at_least")
    threshold: Number | None = named("Number to reach", None)
    then: Annotated[str, Field(max_length=20)] = named("If not, then", "second_look")
    service: Short = named("Which service", hint="L5-S1 epidural injection")
    patient_words: Line = named("As the patient reads it")

    @property
    def words(self) -> str:
        return self.reads({})

    def reads(self, names: Names) -> str:
        goal = ""
        if self.metric and self.threshold is not None:
            number = f"{self.threshold:f}"
            number = number.rstrip("0").rstrip(".") if "." in number else number
            metric = names.get("metric", {}).get(self.metric, self.metric.replace("_", " "))
            goal = f", good is {metric.lower()} {COMPARATORS[self.comparator]} {number}"
        length = f" for {self.weeks} weeks" if self.weeks else ""
        since = f" from {short_day(self.starts_on)}" if self.starts_on else ""
        then = ": ".join(w for w in (THEN.get(self.then, self.then), self.service) if w)
        return f"{self.title}{since}{length}{goal}; if not: {then}. {self.patient_words}".strip()


class Hypothesis(Written):
    """What hurts and why we think so; `lane` an id of the lanes protocol, or none of them."""

    lane: Annotated[str, Field(max_length=40)] = named("Lane")
    words: Line = named("Diagnosis in one line", hint="L5-S1 radicular pain, left")
    side: Side = named("Side")
    icd10: Annotated[tuple[Code, ...], Field(max_length=8)] = named("ICD-10 codes", ())
    speaks_for: Annotated[tuple[Line, ...], Field(max_length=MOST_ROWS)] = named(
        "What speaks for it", ()
    )
    speaks_against: Annotated[tuple[Line, ...], Field(max_length=MOST_ROWS)] = named(
        "What speaks against it", ()
    )


class Tolerance(Written):
    """What limits movement: what the body can do, or what the person dares."""

    limited_by: Literal["", "capacity", "fear", "both"] = named("What limits movement")
    words: Line = named("In numbers", hint="stands 10 minutes, then pins and needles in the calf")


class Work(Written):
    job: Short = named("Work")
    status: Literal["", "full", "modified", "off", "not_working"] = named("Status")
    until: dt.date | None = named("Until", None)
    words: Line = named("What matters there")


class Goal(Written):
    """The one headline goal, in the patient's words, bound to one series of the ledger."""

    words: Line = named("Goal, in the patient’s words", hint="stand and work 45 minutes")
    metric: Annotated[str, Field(max_length=40)] = named("Measured by")
    side: Literal["", "left", "right"] = named("Side measured")
    from_on: dt.date | None = named("Measured first on", None)
    baseline: Number | None = named("Where it starts", None)
    target: Number | None = named("Where it should be", None)
    by_on: dt.date | None = named("By", None)
    phases: Annotated[tuple[Phase, ...], Field(max_length=6)] = named("How we speak of it", ())


class Therapy(Written):
    """The order to physical therapy. `standing`: begun from the lane's standing order.

    `kept`: what the guard of vague orders asked about and its author stands by, word for word; a
    text that is changed is asked about again.
    """

    standing: bool = named("Standing order", default=False)
    emphasis: Words = named("Emphasis")
    exercises: Annotated[tuple[Exercise, ...], Field(max_length=MOST_ROWS)] = named("Exercises", ())
    progression: Words = named("How load goes up", hint="by week: an amount, or what holds first")
    avoid: Annotated[tuple[Avoided, ...], Field(max_length=MOST_ROWS)] = named("Avoid", ())
    per_week: Annotated[int, Field(ge=1, le=14)] | None = named("Sessions a week", None)
    weeks: Weeks | None = named("For how many weeks", None)
    starts_on: dt.date | None = named("From", None)
    stop: Annotated[tuple[Line, ...], Field(max_length=12)] = named("What ends a session", ())
    call: Annotated[tuple[Line, ...], Field(max_length=12)] = named("Call the physician for", ())
    kept: Annotated[tuple[Text, ...], Field(max_length=12)] = named(
        "Kept as its author wrote it; ask if it is not clear", ()
    )


class Pathway(Written):
    steps: Annotated[tuple[Step, ...], Field(max_length=8)] = named("Steps", ())


class PriorCare(Written):
    """`window_weeks`: how long conservative care is tried before surgery is weighed."""

    window_weeks: Weeks | None = named("Weeks of conservative care before surgery is weighed", None)
    started_on: dt.date | None = named("Counted from", None)
    care: Annotated[tuple[Care, ...], Field(max_length=MOST_ROWS)] = named("Care so far", ())


class Medication(Written):
    lines: Annotated[tuple[Line, ...], Field(max_length=MOST_ROWS)] = named(
        "Medication", (), "one a line: what, dose, since when, for what"
    )


class PlanBody(Written):
    """The whole plan. `limits`: the restrictions in force when this version was made, in words;
    they are rows of their own and come in by themselves, as does a new `deficit` (day and words).
    """

    hypothesis: Hypothesis = Hypothesis()
    tolerance: Tolerance = Tolerance()
    goal: Goal = Goal()
    therapy: Therapy = Therapy()
    pathway: Pathway = Pathway()
    prior_care: PriorCare = PriorCare()
    medication: Medication = Medication()
    work: Work = Work()
    limits: tuple[str, ...] = ()
    deficit: str = ""


PARTS: dict[str, str] = {
    "hypothesis": "What hurts and why",
    "tolerance": "Movement tolerance",
    "goal": "Goal",
    "therapy": "Physical therapy",
    "pathway": "If-then pathway",
    "prior_care": "Conservative care",
    "medication": "Medication",
    "work": "Work",
}
CHOICES: dict[str, dict[str, str]] = {
    "limited_by": {"": "Not said", "capacity": "What the body can do", "fear": "Fear of movement",
                   "both": "Both"},
    "status": {"": "Not said", "full": "Full duty", "modified": "Modified duty",
               "off": "Off work", "not_working": "Does not work for pay"},
    "side": {"": "Not one side", "left": "Left", "right": "Right", "both": "Both"},
    "comparator": COMPARATORS,
    "then": THEN,
}  # fmt: skip


def part_of(body: PlanBody, part: str) -> Written:
    """One part of a body, by its key in PARTS."""
    found: Written = getattr(body, part)
    return found


def with_part(body: PlanBody, part: str, value: Written) -> PlanBody:
    return body.model_copy(update={part: value})
