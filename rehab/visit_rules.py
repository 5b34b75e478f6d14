"""What may be saved and signed of a first visit, and what a plan takes over from it. Pure.

Policy: what the exam says for and against a hypothesis is worked out from its answers and never
typed; fall risk is looked at as soon as one question or one measure speaks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outcomes.protocol_schema import SIDES, MetricsProtocol
from outcomes.rules import Unreadable, alerts, below_norm, plain
from rehab.exam_checks import NOT_DONE
from rehab.exam_rules import Findings, problems, speaking
from rehab.exam_schema import FirstVisitProtocol, Item
from rehab.plan_body import Hypothesis, Tolerance
from rehab.plan_rules import labels_of as part_labels
from rehab.protocol_schema import LanesProtocol
from rehab.visit_amount_rules import amount_words, measured, rows_of
from rehab.visit_body import (
    BLOCKS,
    OTHER,
    Given,
    Thought,
    VisitBody,
    findings_of,
    slot,
    unslot,
)

LONGEST_LINE = 300
IMAGES = "image"  # a scale: nobody has seen an image because nothing was said about it
EXAMINED = {group for key, block in BLOCKS.items() if key not in {"history", "falls"}
            for group in block.groups}  # fmt: skip


# --- exam -----------------------------------------------------------------------------------------


def items_of(section: str, region: str, exam: FirstVisitProtocol, *, more: bool) -> list[Item]:
    """What a card of the exam asks; `more`: what is examined for other regions too."""
    groups = BLOCKS[section].groups
    return [row for row in exam.examined if row.group in groups and (more or region in row.regions)]


def slots_of(item: Item) -> list[str]:
    return [slot(item.id, side) for side in (SIDES if item.sided else ("",))]


def checked_exam(fields: Mapping[str, Any], exam: FirstVisitProtocol) -> dict[str, Any]:
    """The answers as they are kept. Raises Unreadable for what is none of the file's."""
    kept: dict[str, Given | None] = {}
    wrong = {}
    for key, given in fields.items():
        blank = given is None or (not given.answer and given.number is None)
        if given is not None and given.number is not None and not given.answer:
            wrong[key] = "Choose the answer beside the number."
        kept[key] = None if blank else given
    answered = VisitBody(exam={k: g for k, g in kept.items() if g is not None and g.answer})
    for key in answered.exam:
        one = findings_of(VisitBody(exam={key: answered.exam[key]}))
        if said := problems(one, exam):
            wrong[key] = said[0]
    if wrong:
        raise Unreadable(wrong)
    return kept


def filled(
    fields: Mapping[str, Any],
    saved: Mapping[str, Given],
    items: Sequence[Item],
    exam: FirstVisitProtocol,
) -> tuple[dict[str, Any], int]:
    """(“all normal”: the usual answer where nobody answered yet, how many). What was answered
    stays; an image nobody spoke of was not seen."""
    wanted, count = dict(fields), 0
    for item in items:
        usual = next((a for a in exam.answers_of(item).values() if a.usual), None)
        for key in slots_of(item):
            given = wanted.get(key)
            free = (given is None or not given.answer) and key not in saved
            if free and usual and item.scale != IMAGES:
                number = given.number if given else None
                wanted[key] = Given(answer=usual.id, number=number)
                count += 1
    return wanted, count


def fall_risk(
    body: VisitBody,
    exam: FirstVisitProtocol,
    metrics: MetricsProtocol,
    *,
    sex: str,
    age: int,
) -> tuple[bool | None, list[str]]:
    """(yes, no or None while not all was asked; what speaks for it in words)."""
    findings = findings_of(body)
    why, open_ = [], False
    for item in (row for row in exam.examined if row.group == "falls"):
        said = findings.answered(item.id)
        open_ = open_ or not said
        if any(not exam.answers_of(item)[answer].usual for answer in said.values()):
            why.append(item.name)
    for metric, side, value in measured(body, exam, metrics):
        if metric.id in exam.falls.metrics:
            told = [
                *alerts(metric, value),
                below_norm(metrics, metric, value, sex=sex, age=age),
            ]
            where = f", {side}" if side else ""
            said_all = "; ".join(word for word in told if word)
            if said_all:
                why.append(f"{metric.name}{where}: {plain(value)} {metric.unit} ({said_all})")
    return (True if why else None if open_ else False), why


# --- hypotheses -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weighed:
    """A hypothesis with everything that speaks for and against it, in words."""

    thought: Thought
    name: str
    for_: tuple[str, ...]
    against: tuple[str, ...]


def weighed(
    thought: Thought, findings: Findings, exam: FirstVisitProtocol, lanes: LanesProtocol
) -> Weighed:
    """What the exam says beside what was written."""
    rules = exam.hypotheses_by_lane.get(thought.lane)
    for_ = speaking(findings, exam, rules.speaks_for) if rules else ()
    against = speaking(findings, exam, rules.speaks_against) if rules else ()
    lane = lanes.by_id.get(thought.lane)
    return Weighed(
        thought,
        thought.line or (lane.name if lane else ""),
        (*(one.words for one in for_), *thought.speaks_for),
        (*(one.words for one in against), *thought.speaks_against),
    )


def chosen_of(body: VisitBody) -> Thought | None:
    """The one hypothesis that is treated; None while there is none or more than one."""
    found = [row for row in body.hypotheses.rows if row.standing == "chosen"]
    return found[0] if len(found) == 1 else None


def missing(
    body: VisitBody,
    region: str,
    exam: FirstVisitProtocol,
    lanes: LanesProtocol,
) -> list[tuple[str, str]]:
    """(section, what to do) before it can be signed; [] = it can."""
    found = []
    findings = findings_of(body)
    examined = any(
        given.answer not in ("", NOT_DONE) and (item := exam.by_id.get(unslot(key)[0]))
        and item.group in EXAMINED and region in item.regions
        for key, given in body.exam.items()
    )  # fmt: skip
    if not examined:
        found.append(("provocation", "Nothing of the painful region is examined yet."))
    stops = [row for row in body.limits.values() if row.blocker and row.value is not None]
    if not stops:
        found.append(
            ("limits", "Movement tolerance: write one amount, and whether capacity or fear stops "
             "there.")
        )  # fmt: skip
    treated = [row for row in body.hypotheses.rows if row.standing == "chosen"]
    if len(treated) != 1:
        what = "Choose the one hypothesis that is treated first."
        found.append(("hypotheses", what))
    elif not weighed(treated[0], findings, exam, lanes).for_:
        found.append(("hypotheses", "Nothing speaks for the chosen hypothesis: say what does."))
    return found


# --- what a plan takes over -----------------------------------------------------------------------


def plan_hypothesis(found: Weighed) -> Hypothesis:
    return Hypothesis(
        lane=found.thought.lane,
        words=found.name[:LONGEST_LINE],
        side=found.thought.side,
        icd10=found.thought.icd10,
        speaks_for=tuple(line[:LONGEST_LINE] for line in found.for_[:30]),
        speaks_against=tuple(line[:LONGEST_LINE] for line in found.against[:30]),
    )


def plan_tolerance(
    body: VisitBody, exam: FirstVisitProtocol, metrics: MetricsProtocol
) -> Tolerance:
    """Capacity, fear or both, with the amounts at which each stops."""
    stops = {key: row for key, row in body.limits.items() if row.blocker}
    kinds = {row.blocker for row in stops.values()}
    by = kinds.pop() if len(kinds) == 1 else ("both" if kinds else "")
    words = "; ".join(amount_words(key, row, exam, metrics) for key, row in stops.items())
    return Tolerance(limited_by=by, words=words[:LONGEST_LINE])


def labels_of(section: str, exam: FirstVisitProtocol, metrics: MetricsProtocol) -> dict[str, str]:
    """How two editors read the fields of a section."""
    if section in BLOCKS:
        return {
            key: f"{item.name}, {side}" if (side := unslot(key)[1]) else item.name
            for item in exam.examined
            for key in slots_of(item)
        }
    if section == "limits":
        return {row.key: row.label for metric in metrics.metrics for row in rows_of(metric)} | {
            OTHER: "Other limits"
        }
    return part_labels(getattr(VisitBody(), section))


def taken_up(
    rows: Sequence[Thought], lane: str, side: str, lanes: LanesProtocol
) -> tuple[Thought, ...]:
    """The hypotheses with a proposed lane among them; the first one is what is treated.

    Taken up twice is once; a lane that is none changes nothing.
    """
    known = lanes.by_id.get(lane)
    if known is None or any(row.lane == lane for row in rows):
        return tuple(rows)
    side = side if known.sided else ""
    said = {"left": ", left", "right": ", right", "both": ", both sides"}.get(side, "")
    treated = any(row.standing == "chosen" for row in rows)
    one = {"lane": lane, "line": f"{known.name}{said}", "side": side,
           "standing": "" if treated else "chosen"}  # fmt: skip
    return (*rows, Thought.model_validate(one))
