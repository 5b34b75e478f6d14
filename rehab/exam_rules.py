"""What an exam says: in words, which of it is a deficit, and which lanes it speaks for. Pure.

Policy: a finding speaks for or against a hypothesis and is never a diagnosis. Findings are counted,
not weighed, for no source gives weights: a lane whose defining finding is there comes first, then
what has more for than against it, then what has more for it, then the order of the file. What was
not done says nothing. The content is data: `rehab/protocols/first_visit.yaml`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rehab.amount_rules import UNITS, read_limit
from rehab.exam_checks import ABSENT, NOT_DONE, PRESENT
from rehab.exam_schema import (
    Alarm,
    Answer,
    Evidence,
    FirstVisitProtocol,
    Hypothesis,
    Item,
    Level,
    Sign,
)  # fmt: skip

LEFT, RIGHT, MIDDLE = "left", "right", ""
KINDS = {"strength": "motor", "reflex": "reflex", "sensation": "sensory"}


@dataclass(frozen=True, slots=True)
class ExamFinding:
    """One answer of the exam. `side`: left, right, or "" for what has no side."""

    id: str
    side: str
    answer: str
    number: Decimal | None = None


@dataclass(frozen=True)
class Findings:
    """The answers of one exam by (id, side); their order says nothing."""

    rows: Mapping[tuple[str, str], ExamFinding] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[ExamFinding]) -> "Findings":
        """Raises ValueError when something is answered twice."""
        found: dict[tuple[str, str], ExamFinding] = {}
        for row in rows:
            if (row.id, row.side) in found:
                raise ValueError(f"{row.id} {row.side} is answered twice.".replace("  ", " "))
            found[row.id, row.side] = row
        return cls(found)

    def answered(self, name: str) -> dict[str, str]:
        """Side → answer of what was done; left before right."""
        rows = ((side, self.rows.get((name, side))) for side in (LEFT, RIGHT, MIDDLE))
        return {side: row.answer for side, row in rows if row and row.answer != NOT_DONE}


@dataclass(frozen=True, slots=True)
class Deficit:
    """A loss of strength, of a reflex or of sensation. `kind`: motor, reflex or sensory.

    `both_sides`: the other side has one of the same kind at this level.
    """

    level: str
    side: str
    kind: str
    answer: str
    words: str
    both_sides: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """One finding that speaks, in words, and the row of the file that says so."""

    words: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Proposal:
    """A hypothesis with what speaks for and against it. Whoever reads it names the lane."""

    lane: str
    for_: tuple[Spoken, ...]
    against: tuple[Spoken, ...]
    words: str


def problems(findings: Findings, protocol: FirstVisitProtocol) -> list[str]:
    """What cannot be read, one sentence each; [] = every answer is one of the file's."""
    found = []
    for (name, side), row in sorted(findings.rows.items()):
        item = protocol.by_id.get(name)
        if item is None:
            found.append(f"{name} is not part of {protocol.label}.")
        elif item.sided == (side == MIDDLE) or side not in {LEFT, RIGHT, MIDDLE}:
            found.append(f"{item.name}: {'say left or right' if item.sided else 'it has no side'}.")
        elif row.answer not in protocol.answers_of(item):
            found.append(f"{item.name}: choose one of the answers.")
        elif row.number is not None and not _in_range(item, row.number):
            found.append(f"{item.name}: {_range(item)}.")
    return found


def _in_range(item: Item, number: Decimal) -> bool:
    return item.number is not None and item.number.low <= number <= item.number.high


def _range(item: Item) -> str:
    if item.number is None:
        return "it has no number"
    return f"write a number from {item.number.low} to {item.number.high} ({item.number.unit})"


# --- in words -------------------------------------------------------------------------------------


def neuro_words(findings: Findings, protocol: FirstVisitProtocol) -> list[str]:
    """“Left S1: push-off 4/5, ankle reflex absent”, a line for each root with something to notice;
    then one line of the roots of which everything that was examined is normal."""
    notable, normal = [], []
    for side in (LEFT, RIGHT):
        for level in protocol.levels:
            said = list(_level(findings, protocol, level, side))
            named = f"{side} {level.id}"
            if odd := [words for words, answer in said if not answer.usual]:
                notable.append(f"{named.capitalize()[:1]}{named[1:]}: {', '.join(odd)}")
            elif said:
                normal.append(named)
    line = [f"Normal where examined: {', '.join(normal)}"] if normal else []
    return [*notable, *line]


def _level(
    findings: Findings, protocol: FirstVisitProtocol, level: Level, side: str
) -> Iterator[tuple[str, Answer]]:
    for item in level.items():
        if answer := _answer(findings, protocol, item, side):
            yield _neuro(item, answer), answer


def _neuro(item: Item, answer: Answer) -> str:
    if item.group == "sensation":
        return f"sensation {answer.short} ({item.name})"
    return f"{item.name}{' reflex' if item.group == 'reflex' else ''} {answer.short}"


def _answer(
    findings: Findings, protocol: FirstVisitProtocol, item: Item, side: str
) -> Answer | None:
    said = findings.answered(item.id).get(side)
    return protocol.answers_of(item)[said] if said else None


def exam_words(findings: Findings, protocol: FirstVisitProtocol, group: str) -> list[str]:
    """The other groups: “Straight leg raise: positive (left), negative (right)”, in file order."""
    lines = []
    for item in protocol.examined:
        if item.group == group and (said := _said(findings, protocol, item)):
            lines.append(f"{item.name}: {said}")
    return lines


def _said(
    findings: Findings, protocol: FirstVisitProtocol, item: Item, only: Sequence[str] = ()
) -> str:
    sides: dict[str, list[str]] = {}
    for side, said in findings.answered(item.id).items():
        if not only or said in only:
            words = protocol.answers_of(item)[said].short
            number = findings.rows[item.id, side].number
            if number is not None and item.number:
                words += f", {number} {item.number.unit}"
            sides.setdefault(words, []).append(side)
    return ", ".join(f"{words}{_sides(where)}" for words, where in sides.items())


def _sides(where: Sequence[str]) -> str:
    return f" ({' and '.join(where)})" if MIDDLE not in where else ""


def deficits(findings: Findings, protocol: FirstVisitProtocol) -> list[Deficit]:
    """Every loss of strength, reflex and sensation, in file order, left before right."""
    found = []
    for level in protocol.levels:
        for item in level.items():
            lost = {
                side: answer
                for side in (LEFT, RIGHT)
                if (answer := _answer(findings, protocol, item, side)) and answer.deficit
            }
            for side, answer in lost.items():
                words = f"{side.capitalize()} {level.id}: {_neuro(item, answer)}"
                kind = KINDS[item.group]
                found.append(Deficit(level.id, side, kind, answer.id, words, len(lost) == 2))
    return found


def alarms(findings: Findings, protocol: FirstVisitProtocol) -> list[tuple[Alarm, str]]:
    """Findings that cannot wait, each with the finding in words; nothing lowers them."""
    return [
        (item.alarm, f"{item.name}: {said}")
        for item in protocol.examined
        if item.alarm and (said := _said(findings, protocol, item, item.alarm.answers))
    ]


# --- hypotheses -----------------------------------------------------------------------------------


def propose(findings: Findings, region: str, protocol: FirstVisitProtocol) -> list[Proposal]:
    """The lanes something speaks for when the pain is in `region`, the best supported first.

    A lane with a defining finding is left out without it. [] when nothing speaks for any. Raises
    ValueError for an answer the file does not have: a slip must not read as “nothing found”.
    """
    if wrong := problems(findings, protocol):
        raise ValueError(" ".join(wrong))
    ranked = []
    for lane in protocol.hypotheses:
        if region not in lane.regions:
            continue
        for_ = speaking(findings, protocol, lane.speaks_for)
        against = speaking(findings, protocol, lane.speaks_against)
        if for_ and _defined(lane, for_):
            defined = any(row.evidence.defining for row in for_)
            rank = (-defined, len(against) - len(for_), -len(for_))
            ranked.append((rank, Proposal(lane.lane, for_, against, _count(for_, against))))
    return [proposal for _, proposal in sorted(ranked, key=lambda pair: pair[0])]


def _defined(lane: Hypothesis, found: Sequence[Spoken]) -> bool:
    needs = any(row.defining for row in lane.speaks_for)
    return not needs or any(row.evidence.defining for row in found)


def _count(for_: Sequence[Spoken], against: Sequence[Spoken]) -> str:
    one = len(for_) == 1
    first = f"{len(for_)} finding{' speaks' if one else 's speak'} for it"
    if not against:
        return f"{first}, none against it."
    return f"{first}, {len(against)} against it."


def speaking(
    findings: Findings, protocol: FirstVisitProtocol, rows: Iterable[Evidence]
) -> tuple[Spoken, ...]:
    return tuple(
        Spoken(f"{said}; {row.words}", row)
        for row in rows
        if (said := _found(findings, protocol, row))
    )


def _found(findings: Findings, protocol: FirstVisitProtocol, row: Evidence) -> str:
    """The finding in words, or "". Something unusual is found on either side; what is usual
    (“negative”) only when it is so wherever it was examined."""
    if sign := protocol.signs_by_id.get(row.finding):
        state = _state(findings, protocol, sign)
        if state not in row.answers:
            return ""
        return _sign_words(findings, protocol, sign) if state == PRESENT else sign.absent
    item = protocol.by_id[row.finding]
    said = findings.answered(item.id)
    usual = all(protocol.answers_of(item)[name].usual for name in row.answers)
    if usual and not set(said.values()) <= set(row.answers):
        return ""
    words = _said(findings, protocol, item, row.answers)
    return f"{item.name}: {words}" if words else ""


def _counting(protocol: FirstVisitProtocol, sign: Sign, name: str) -> set[str]:
    if sign.answers:
        return set(sign.answers)
    answers = protocol.answers_of(protocol.by_id[name]).values()
    return {row.id for row in answers if row.deficit}


def _hits(
    findings: Findings, protocol: FirstVisitProtocol, sign: Sign
) -> dict[str, tuple[list[str], list[str]]]:
    """Side → (findings that count there, findings that could still count there)."""
    hits: dict[str, tuple[list[str], list[str]]] = {}
    for side in sorted({s for name in sign.of for s in findings.answered(name)}):
        found, open_ = hits.setdefault(side, ([], []))
        for name in sign.of:
            said, counting = findings.answered(name), _counting(protocol, sign, name)
            both = len(said) == 2 and counting.issuperset(said.values())
            if side not in said:
                open_.append(name)
            elif said[side] in counting and not (sign.one_sided and both):
                found.append(name)
    return hits


def _state(findings: Findings, protocol: FirstVisitProtocol, sign: Sign) -> str:
    """present, absent, or "" while what was not done could still decide it."""
    hits = _hits(findings, protocol, sign)
    if any(len(found) >= sign.at_least for found, _ in hits.values()):
        return PRESENT
    settled = all(len(found) + len(open_) < sign.at_least for found, open_ in hits.values())
    return ABSENT if hits and settled else ""


def _sign_words(findings: Findings, protocol: FirstVisitProtocol, sign: Sign) -> str:
    parts = []
    for side, (found, _) in _hits(findings, protocol, sign).items():
        if len(found) >= sign.at_least:
            items = [protocol.by_id[name] for name in found]
            names = [f"{row.level} {row.group}" if row.level else row.name for row in items]
            parts.append(f"{side + ' ' if side else ''}{', '.join(names)}")
    return f"{sign.name} ({'; '.join(parts)})"


# --- limits ---------------------------------------------------------------------------------------


def vague_limit(text: str, unit: str, protocol: FirstVisitProtocol) -> str:
    """ "" when one number in `unit` can be read from it, else a sentence with what to write.

    `unit`: of a metric that limits are asked in (a key of amount_rules.UNITS).
    """
    limits = protocol.limits
    read = read_limit(text, unit) if unit in UNITS else None
    if read and read.value is not None:
        return ""
    write = limits.sentences.get(unit, f"Write a number ({unit}).")
    if read and read.several:
        return limits.one_number
    said = f" {' '.join(text.casefold().replace('’', chr(39)).split())} "
    named = [word for word in limits.vague if _stands(word, said)]
    if not named:
        return write
    return f"“{max(named, key=len)}” cannot be measured or compared. {write}"


def _stands(word: str, said: str) -> bool:
    before, _, after = said.partition(word)
    return bool(after) and not before[-1:].isalpha() and not after[:1].isalpha()
