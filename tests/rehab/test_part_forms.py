"""A part as a form: what was typed is read, and is shown as it was typed."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehab.part_forms import columns_of, read, texts_of
from rehab.plan_body import MOST_ROWS, PARTS, Goal, Medication, Pathway, PlanBody, Therapy
from tests.factories.plans import GOAL, KEY, PATHWAY, THERAPY, WRITTEN

OPTIONS = {"metric": (("", "Not by a number"), ("standing_tolerance_min", "Standing")),
           "lane": (("", "No lane"), ("radicular_lumbar", "Radicular"))}  # fmt: skip


def sent(part, columns):
    """What a browser sends of a part's form."""
    said = {}
    for column in columns:
        text = texts_of(part, columns)[column.name]
        if column.kind != "rows":
            said[column.name] = text
            continue
        for at, row in enumerate(text):
            said |= {f"{column.name}-{at}-{name}": value for name, value in row.items()}
    return said


def typed(part, **changes):
    columns = columns_of(type(part), OPTIONS)
    return read(type(part), columns, sent(part, columns) | changes), columns


@pytest.mark.parametrize("part", PARTS)
def test_what_is_written_goes_round(part):
    found, columns = typed(WRITTEN[part])
    assert found.problems == {} and found.value == WRITTEN[part]
    again, _ = typed(found.value)
    assert again.value == found.value
    for name, text in texts_of(WRITTEN[part], columns).items():
        shown = found.texts[name]
        if isinstance(text, list):
            shown = [{at: word for at, word in row.items() if at != "key" or word} for row in shown]
        assert shown == text, name


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_form_is_an_empty_part(part):
    empty = getattr(PlanBody(), part)
    found, columns = typed(empty)
    assert found.value == empty
    assert read(type(empty), columns, {}).value == empty, "not even its fields were sent"


def test_every_field_is_on_the_form_or_set_otherwise():
    for part in PARTS:
        model = type(getattr(PlanBody(), part))
        columns = {column.name for column in columns_of(model, OPTIONS)}
        assert set(model.model_fields) - columns <= {"standing"}, part
    steps = columns_of(Pathway, OPTIONS)[0]
    assert {one.name for one in steps.columns} == set(type(PATHWAY.steps[0]).model_fields) - {"key"}


@pytest.mark.parametrize(
    ("part", "field", "text", "sentence"),
    [
        (GOAL, "by_on", "tomorrow", "Choose a day."),
        (GOAL, "by_on", "20261124", "Choose a day."),  # no seconds since 1970
        (GOAL, "by_on", "2026-02-30", "Choose a day."),
        (GOAL, "target", "a lot", "Type a number."),
        (GOAL, "target", "1,5", "Type a number."),
        (GOAL, "target", "-5", "This number is too small."),
        (GOAL, "target", "NaN", ""),
        (GOAL, "target", "Infinity", ""),
        (GOAL, "target", "1e400", ""),
        (GOAL, "target", "1" * 12, "Type a number."),
        (GOAL, "words", "x" * 301, "This is too long. Shorten it."),
        (GOAL, "side", "behind", "Choose one of the list."),
        (THERAPY, "per_week", "2.5", "Type a whole number."),
        (THERAPY, "per_week", "²", "Type a whole number."),
        (THERAPY, "per_week", "0", "This number is too small."),
        (THERAPY, "weeks", "53", "This number is too large."),
        (THERAPY, "weeks", "9" * 5000, "Type a whole number."),
        (THERAPY, "emphasis", "x" * 1001, "This is too long. Shorten it."),
        (THERAPY, "stop", "fine\n" + "x" * 301, "Line 2: This is too long. Shorten it."),
        (THERAPY, "stop", "x\n" * 13, "These are too many rows. Take some away."),
        (THERAPY, "exercises-1-from_week", "soon",
         "Exercises, row 2, from week: Type a whole number."),
        (THERAPY, "exercises-0-name", "x" * 121, "row 1, exercise: This is too long."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_stays_as_it_was_typed(part, field, text, sentence):
    found, _ = typed(part, **{field: text})
    name, _, rest = field.partition("-")
    assert found.value is None and found.problems.keys() == {name}
    assert sentence in found.problems[name], found.problems
    kept = found.texts[name]
    if rest:
        at, _, inner = rest.partition("-")
        kept = kept[int(at)][inner]
    assert kept == text


def test_300_characters_fit():
    assert typed(GOAL, words="x" * 300)[0].value.words == "x" * 300


def test_rows_beyond_the_limit_are_said_and_kept():
    rows = {f"exercises-{n}-name": f"Bridge {n}" for n in range(MOST_ROWS + 1)}
    found, _ = typed(THERAPY, **rows)
    assert "too many rows" in found.problems["exercises"]
    assert [row["name"] for row in found.texts["exercises"][: MOST_ROWS + 1]] == list(rows.values())
    rows.popitem()
    assert len(typed(THERAPY, **rows)[0].value.exercises) == MOST_ROWS


def test_an_emptied_row_is_gone_and_the_others_close_up():
    found, _ = typed(THERAPY, **{"exercises-0-name": "", "exercises-0-dose": " "})
    assert found.value.exercises == THERAPY.exercises[1:]


@pytest.mark.parametrize(
    ("part", "row", "sentence"),
    [
        (THERAPY, {"exercises-2-dose": "3 x 8"}, "Exercises, row 3: write “Exercise”"),
        (THERAPY, {"exercises-2-from_week": "4"}, "Exercises, row 3: write “Exercise”"),
        (THERAPY, {"avoid-1-until": "always"}, "Avoid, row 2: write “What”"),
        (GOAL, {"phases-2-from_week": "7"}, "How we speak of it, row 3"),
        (WRITTEN["prior_care"], {"care-2-visits": "12"}, "Care so far, row 3: write “What”"),
        (PATHWAY, {"steps-1-patient_words": "If not"}, "Steps, row 2: write “What is tried”"),
    ],
)
def test_a_half_filled_row_is_said_and_kept(part, row, sentence):
    found, _ = typed(part, **row)
    ((field, text),) = row.items()
    name, at, inner = field.split("-")
    assert found.value is None and sentence in found.problems[name], found.problems
    assert found.texts[name][int(at)][inner] == text


def test_a_row_nobody_touched_is_no_row():
    """What a browser sends of it: the first week, and the first choice of every list."""
    untouched = {"phases-2-from_week": "1", "phases-3-from_week": ""}
    assert typed(GOAL, **untouched)[0].value == GOAL
    (steps,) = columns_of(Pathway, OPTIONS)
    firsts = {f"steps-1-{one.name}": one.options[0][0] for one in steps.columns if one.options}
    assert firsts.keys() == {"steps-1-metric", "steps-1-comparator", "steps-1-then"}
    assert typed(PATHWAY, **firsts)[0].value == PATHWAY


@pytest.mark.parametrize(
    "chosen",
    [{"metric": "standing_tolerance_min"}, {"comparator": "at_most"}, {"then": "procedure"}],
)
def test_a_row_of_choices_only_asks_for_its_words_and_is_kept(chosen):
    row = {f"steps-1-{name}": value for name, value in chosen.items()}
    found, _ = typed(PATHWAY, **row)
    assert found.value is None
    assert found.problems["steps"].startswith("Steps, row 2: write “What is tried”")
    assert chosen.items() <= found.texts["steps"][1].items()
    assert typed(PATHWAY, **row, **{"steps-1-title": "Trial"})[0].value.steps[1].title == "Trial"


def test_a_step_whose_words_are_emptied_is_gone_whatever_was_chosen():
    words = ("title", "starts_on", "weeks", "threshold", "service", "patient_words")
    assert typed(PATHWAY, **{f"steps-0-{name}": "" for name in words})[0].value == Pathway()


def test_a_steps_key_stays_and_a_new_one_gets_its_own():
    new = {"steps-1-title": "Decision point", "steps-1-key": KEY}  # sent twice by a page that errs
    steps = typed(PATHWAY, **new)[0].value.steps
    assert steps[0].key == KEY and len(steps[1].key) == 36 and steps[1].key != KEY


def test_more_rows_than_a_page_has_and_names_nobody_sends():
    far = {f"exercises-{n}-name": "x" for n in (0, 1, 2, 9, 59, 60, 999)}
    assert len(typed(THERAPY, **far)[0].value.exercises) == 3, "a gap ends the list"
    assert typed(THERAPY, standing="on", exercises="x", key="y")[0].value == THERAPY


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(
    st.sampled_from(["words", "metric", "side", "from_on", "baseline", "target", "by_on",
                     "phases-0-from_week", "phases-0-words_then", "phases-1-words_then"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40),
))  # fmt: skip
def test_whatever_is_sent_is_read_or_answered_with_a_sentence(said):
    columns = columns_of(Goal, OPTIONS)
    found = read(Goal, columns, said)
    assert (found.value is None) == bool(found.problems)
    for name, text in said.items():
        if "-" not in name:
            assert found.texts[name] == text


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=60), max_size=10),
    st.decimals(min_value=0, max_value=999, places=3),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
)
def test_any_words_and_numbers_go_round(lines, number, day):
    kept = tuple(line.strip() for line in lines if line.strip())
    assert typed(Medication(lines=kept))[0].value.lines == kept
    goal = Goal(words="x", baseline=number, by_on=day)
    assert typed(goal)[0].value == goal and goal.baseline == Decimal(number)
    assert typed(Therapy(starts_on=day))[0].value.starts_on == day
