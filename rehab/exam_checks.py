"""What an exam file may not leave hanging in the air, one sentence each (exam_schema.py). Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehab.exam_schema import Evidence, FirstVisitProtocol, Hypothesis, Item, Sign

NOT_DONE = "not_done"
PRESENT, ABSENT = "present", "absent"


def problems(protocol: "FirstVisitProtocol") -> Iterator[str]:
    loose = [*_repeats(protocol), *_scales(protocol), *_sources(protocol)]
    for item in protocol.examined:
        loose += _item(protocol, item)
    if not loose:  # what follows looks ids up
        for sign in protocol.signs:
            loose += _sign(protocol, sign)
        for lane in protocol.hypotheses:
            loose += _hypothesis(protocol, lane)
        loose += _limits(protocol)
    yield from loose


def _repeats(protocol: "FirstVisitProtocol") -> Iterator[str]:
    # One list: a lane names findings and signs alike.
    names = [*(row.id for row in protocol.examined), *(row.id for row in protocol.signs)]
    for what, values in (
        ("finding", names),
        ("scale", [row.id for row in protocol.scales]),
        ("lane", [row.lane for row in protocol.hypotheses]),
        ("region of limits", [row.region for row in protocol.limits.asked]),
        ("unit", [row.unit for row in protocol.limits.write]),
        ("activity", [row.id for row in protocol.tolerance.activities]),
    ):
        for value, count in Counter(values).items():
            if count > 1:
                yield f"The {what} {value} stands there {count} times."


def _scales(protocol: "FirstVisitProtocol") -> Iterator[str]:
    for scale in protocol.scales:
        ids = [row.id for row in scale.answers]
        if len(set(ids)) != len(ids) or ids[-1] != NOT_DONE:
            yield f"The scale {scale.id}: every answer once, and {NOT_DONE} as the last one."
        if any(row.usual and row.deficit for row in scale.answers):
            yield f"The scale {scale.id}: what is usual is no deficit."
    if protocol.tolerance.scale not in protocol.scales_by_id:
        yield f"The tolerance uses the scale {protocol.tolerance.scale}, which does not exist."


def _sources(protocol: "FirstVisitProtocol") -> Iterator[str]:
    for name, part in protocol.parts():
        for source in set(part.sources) - set(protocol.sources):
            yield f"{name} refers to the source {source}, which does not exist."


def _item(protocol: "FirstVisitProtocol", item: "Item") -> Iterator[str]:
    if item.scale not in protocol.scales_by_id:
        yield f"{item.id} uses the scale {item.scale}, which does not exist."
        return
    if item.number and item.number.low >= item.number.high:
        yield f"{item.id}: the range ends before it begins."
    if item.alarm:
        yield from _unknown(protocol, f"The alarm of {item.id}", item, item.alarm.answers)


def _unknown(
    protocol: "FirstVisitProtocol", who: str, item: "Item", answers: tuple[str, ...]
) -> Iterator[str]:
    for answer in answers:
        if answer not in protocol.answers_of(item):
            yield f"{who} names the answer {answer}, which {item.id} does not have."
        elif answer == NOT_DONE:
            yield f"{who}: what was not done says nothing."


def _answers(
    protocol: "FirstVisitProtocol", who: str, name: str, answers: tuple[str, ...]
) -> Iterator[str]:
    item = protocol.by_id.get(name)
    if item is None:
        yield f"{who} refers to the finding {name}, which does not exist."
    else:
        yield from _unknown(protocol, who, item, answers)


def _sign(protocol: "FirstVisitProtocol", sign: "Sign") -> Iterator[str]:
    who = f"The sign {sign.id}"
    for name in sign.of:
        yield from _answers(protocol, who, name, sign.answers)
        item = protocol.by_id.get(name)
        answers = protocol.answers_of(item).values() if item else ()
        if item and not sign.answers and not any(row.deficit for row in answers):
            yield f"{who} counts deficits, and {name} has none."
    if sign.at_least > len(sign.of):
        yield f"{who} counts more findings than it names."


def _hypothesis(protocol: "FirstVisitProtocol", lane: "Hypothesis") -> Iterator[str]:
    who = f"The lane {lane.lane}"
    for evidence in (*lane.speaks_for, *lane.speaks_against):
        if evidence.finding not in protocol.signs_by_id:
            yield from _answers(protocol, who, evidence.finding, evidence.answers)
        elif len(evidence.answers) > 1 or not {PRESENT, ABSENT}.issuperset(evidence.answers):
            yield f"{who}: the sign {evidence.finding} is present or absent."
        yield from _not_examined(protocol, lane, evidence)
    if any(row.defining for row in lane.speaks_against):
        yield f"{who}: what speaks against it cannot define it."
    if not lane.speaks_against and not any(row.defining for row in lane.speaks_for):
        yield f"{who} needs something that speaks against it."
    said = [
        (row.finding, answer)
        for row in (*lane.speaks_for, *lane.speaks_against)
        for answer in row.answers
    ]
    for (finding, answer), count in Counter(said).items():
        if count > 1:
            yield f"{who}: {finding}, {answer} speaks {count} times."


def _not_examined(
    protocol: "FirstVisitProtocol", lane: "Hypothesis", evidence: "Evidence"
) -> Iterator[str]:
    sign = protocol.signs_by_id.get(evidence.finding)
    names = sign.of if sign else (evidence.finding,)
    items = [protocol.by_id[name] for name in names if name in protocol.by_id]
    if items and not any(set(item.regions) & set(lane.regions) for item in items):
        yield f"The lane {lane.lane}: {evidence.finding} is examined in none of its regions."


def _limits(protocol: "FirstVisitProtocol") -> Iterator[str]:
    here = set(protocol.limits.asked_in)
    for region in sorted({name for item in protocol.examined for name in item.regions} - here):
        yield f"No limits are asked about for the region {region}."
    for activity in protocol.tolerance.activities:
        if activity.unit not in protocol.limits.sentences:
            yield f"{activity.id}: no sentence says what to write in {activity.unit}."
