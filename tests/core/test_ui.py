"""Words on the page: dates, relative times, phones, and a template that refuses a misspelt name."""

from datetime import UTC, date, datetime, timedelta

import jinja2
import pytest
from django.utils import timezone

from core.lib import ui

NOON = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)  # noon in Chicago


def rendered(source: str, **context: object) -> str:
    return ui.environment(autoescape=True).from_string(source).render(context)


def test_days_and_instants_are_written_in_the_clinics_zone() -> None:
    late_evening = datetime(2026, 11, 26, 3, 42, tzinfo=UTC)
    with timezone.override("America/Chicago"):
        assert ui.day(date(2026, 11, 5)) == "Thu 5 Nov 2026"
        assert ui.short_date(date(1974, 3, 14)) == "14 Mar 1974"
        assert ui.day(late_evening) == "Wed 25 Nov 2026"
        assert ui.at(late_evening) == "Wed 25 Nov 2026 21:42"
        assert ui.hour(late_evening) == "21:42"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "now"),
        (12, "in 12 min"),
        (-34, "34 min late"),
        (119, "in 1 h"),
        (-1440, "1 day late"),
        (4320, "in 3 days"),
    ],
)
def test_due_times_read_as_words(minutes: int, words: str) -> None:
    assert ui.until(NOON + timedelta(minutes=minutes), NOON) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "just now"), (12, "12 min ago"), (125, "2 h ago"), (-12, "in 12 min")],
)
def test_past_times_read_as_words(minutes: int, words: str) -> None:
    assert ui.ago(NOON - timedelta(minutes=minutes), NOON) == words


@pytest.mark.parametrize(
    ("today", "years"),
    [(date(2026, 3, 13), 51), (date(2026, 3, 14), 52), (date(2026, 12, 31), 52)],
)
def test_age_turns_on_the_birthday(today: date, years: int) -> None:
    assert ui.age(date(1974, 3, 14), today) == years


def test_a_leap_day_birthday_counts_from_the_first_of_march() -> None:
    assert ui.age(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert ui.age(date(2000, 2, 29), date(2026, 3, 1)) == 26


def test_phones_are_spelled_one_way_and_what_cannot_be_read_stays() -> None:
    assert ui.phone("+13125550142") == "(312) 555-0142"
    assert ui.phone("+442079460018") == "+44 20 7946 0018"
    assert ui.phone("front desk") == "front desk"


def test_missing_values_are_empty_not_the_word_none() -> None:
    empty = [f(None) for f in (ui.day, ui.at, ui.hour, ui.ago, ui.until, ui.age, ui.phone)]
    assert empty == [""] * 7


def test_states_become_words() -> None:
    assert ui.words("same_day_physician") == "Same day physician"


def test_a_misspelt_variable_fails() -> None:
    with pytest.raises(jinja2.UndefinedError):
        rendered("{{ pateint }}")


def test_text_from_people_is_escaped_and_icons_are_hidden_from_screen_readers() -> None:
    html = rendered("{{ icon('phone') }}{{ name }}", name="<script>")
    assert 'aria-hidden="true"' in html
    assert "&lt;script&gt;" in html


def test_every_stylesheet_and_script_is_found_by_itself() -> None:
    assert ui.STYLESHEETS[0] == "css/tokens.css"
    assert ui.STYLESHEETS[-1] == "css/print.css"
    assert set(ui.STYLESHEETS) == {
        str(p.relative_to(ui.STATIC))
        for p in (ui.STATIC / "css").rglob("*.css")
        if p.parent.name != "pdf"  # a letter carries its own
    }
    assert ui.SCRIPTS[0].startswith("django_htmx/")


def test_each_component_has_one_stylesheet_and_one_gallery_entry() -> None:
    root = ui.STATIC.parent
    components = {p.stem for p in (root / "templates/_components").glob("*.html")}
    assert components == {p.stem for p in (root / "templates/gallery").glob("*.html")}
    assert components == {p.stem for p in (root / "static/css/components").glob("*.css")}
