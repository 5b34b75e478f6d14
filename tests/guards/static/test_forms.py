"""Every posting form has one effect (a key) and loses no words (a draft), or says why not."""

import csv
import re
from collections.abc import Iterable, Mapping

from core.work.services import PLACES
from tests.guards.tree import ROOT, python_files, templates

FORM = re.compile(r'<form\b[^>]*\bmethod="post".*?</form>', re.S)
ACTION = re.compile(r'action="{{\s*(.+?)\s*}}"')
TARGET = re.compile(r'action="{{\s*url\("([\w:]+)"')
TEXTAREA = re.compile(r'{{ field\((?:(?!}}\s).)*?type="textarea".*?\) }}', re.S)
VIEW = re.compile(r"^def (\w+)\(request.*?(?=^\S|\Z)", re.S | re.M)
DOOR = re.compile(r'url\("\w+:(\w+)"')
BY_SCRIPT = {"drafts"}  # no form: static/js/drafts.js sends its version
PLACE = re.compile(r'data-draft(?:": |=)"([^"{]*)')
# action as the template writes it → why the form needs no key
KEYLESS = {
    "shell.search_url": "a search changes nothing",
    'url("home:patients")': "a search changes nothing",
    'url("documents:find", document.pk)': "a search changes nothing",
    "shell.signout_url": "signed out twice is signed out",
    "portal.signout_url": "signed out twice is signed out",
    'url("account_logout")': "signed out twice is signed out",
    'url("end_session", device.id)': "ended twice is ended",
    'url("sign_out_everywhere")': "signed out twice is signed out",
    'url("mfa_deactivate_totp")': "confirmed with a fresh password or code, and gone once",
    'url("mfa_generate_recovery_codes")': "the last codes made are the codes",
    'url("intake:fields", call.pk)': "typed fields, saved on change: the same again is the same",
    'url("intake:answer", call.pk, q.id)': "an answer, saved as given: the same again is the same",
    'url("rehab:visit_section", visit.pk, form.section)': "a card, saved as it is typed: "
    "the same again is the same",
    'url("home:issue_token")': "answers with the token itself, which is kept nowhere",
    "action": "sign-in and its confirmation: they carry the form's own key along, or need none",
    "address": "marks what stands open as read: twice is once",
}


def keyless(sources: Mapping[str, str], reasons: Mapping[str, str] = KEYLESS) -> list[str]:
    found, used = [], set()
    for name, source in sources.items():
        for form in FORM.findall(source):
            if "once()" in form:
                continue
            action = ACTION.search(form)
            target = action[1] if action else ""
            used.add(target)
            if target not in reasons:
                found.append(
                    f"{name}: the form to “{target}” has no key: write {{{{ once() }}}} beside "
                    "its CSRF token, or say in KEYLESS why twice is once."
                )
    return found + [f"KEYLESS names {t}, which no form needs." for t in set(reasons) - used]


def forgetful(sources: Mapping[str, str]) -> list[str]:
    return [
        f'{name}: a text area keeps no draft: give it attrs={{"data-draft": "place:" ~ id}} '
        "(docs/recipes/a-form.md)."
        for name, source in sources.items()
        for area in TEXTAREA.findall(source)
        if "data-draft" not in area and "saving" not in area
    ]


def nowhere(sources: Mapping[str, str]) -> list[str]:
    """Drafts whose place the server would refuse."""
    return [
        f"{name}: “{place}” is no place of a draft: add its word to PLACES (core/work/services.py)."
        for name, source in sources.items()
        for place in PLACE.findall(source)
        if place and not PLACES.fullmatch(place + ("x" if place.endswith(":") else ""))
    ]


def openable() -> set[str]:
    """Names of the routes that answer GET."""
    with (ROOT / "docs/access-matrix.csv").open(newline="") as matrix:
        return {row["route"] for row in csv.DictReader(matrix) if row["method"] == "GET"}


def dead_ends(sources: Mapping[str, str], opens: set[str]) -> list[str]:
    """Forms whose answered page would ask for an address that takes forms only, when reloaded."""
    return [
        f"{name}: the answer to “{target[1]}” cannot be reloaded: write the page’s own address, "
        'data-posted="{{ url(…) }}".'
        for name, source in sources.items()
        for form in FORM.findall(source)
        if re.search(r"data-posted(?!=)", form)
        and (target := TARGET.search(form))
        and target[1] not in opens
    ]


def versioned(sources: Mapping[str, str]) -> set[str]:
    """Names of the views that read a version out of their form."""
    return {
        view[1]
        for source in sources.values()
        for view in VIEW.finditer(source)
        if "version_of(request)" in view[0] or 'POST.get("version"' in view[0]
    }


def unread(doors: Iterable[str], sources: Mapping[str, str]) -> list[str]:
    """Forms to such a door that do not say which version they showed; doors without any form."""
    found, met = [], set()
    for name, source in sources.items():
        for form in FORM.findall(source):
            action = ACTION.search(form)
            door = DOOR.match(action[1]) if action else None
            if door is None or door[1] not in doors:
                continue
            met.add(door[1])
            if 'name="version"' not in form:
                found.append(
                    f"{name}: the form to “{door[1]}” does not say what it showed: add "
                    '<input type="hidden" name="version" value="{{ row.version }}">.'
                )
    return found + [
        f"“{door}” reads a version, and no form sends one." for door in set(doors) - met
    ]


def ours(names: Iterable[object]) -> dict[str, str]:
    return {
        str(name): (ROOT / "templates" / str(name)).read_text()
        for name in names
        if not str(name).startswith("gallery/")  # made-up forms that post nowhere
    }


def test_every_form_has_one_effect() -> None:
    sources = ours(templates())
    assert sum(len(FORM.findall(s)) for s in sources.values()) > 30, "The guard finds no forms."
    problems = keyless(sources)
    assert not problems, "\n".join(problems)


def test_every_answered_form_can_be_reloaded() -> None:
    opens = openable()
    assert {"intake:book_call", "home:patients"} <= opens and "outcomes:add" not in opens
    problems = dead_ends(ours(templates()), opens)
    assert not problems, "\n".join(problems)


def test_no_words_are_lost() -> None:
    sources = ours(templates())
    problems = [*forgetful(sources), *nowhere(sources)]
    assert not problems, "\n".join(problems)


def test_every_form_to_a_versioned_row_says_what_it_showed() -> None:
    sources = {str(p): (ROOT / p).read_text() for p in python_files() if "lib" not in p.parts}
    doors = versioned(sources)
    assert {"close_item", "plan_item", "decide", "settle_delivery", "change_user"} <= doors
    problems = unread(doors - BY_SCRIPT, ours(templates()))
    assert not problems, "\n".join(problems)


def test_it_fails_for_a_form_without_a_version() -> None:
    view = (
        "def alter(request: R) -> H:\n    x(version=version_of(request))\n\n\n@z\ndef b(request): 1"
    )
    assert versioned({"views.py": view}) == {"alter"}
    bad = '<form method="post" action="{{ url("x:alter", row.pk) }}">{{ once() }}</form>'
    assert "does not say what it showed" in unread(["alter"], {"a.html": bad})[0]
    good = bad.replace("</form>", '<input name="version"></form>')
    assert unread(["alter"], {"a.html": good}) == []
    assert "no form sends one" in unread(["gone"], {"a.html": good})[0]


def test_it_fails_for_a_form_without_a_key() -> None:
    bad = '<form method="post" action="{{ url("x:y") }}">{{ csrf_input }}</form>'
    assert "has no key" in keyless({"a.html": bad}, {})[0]
    assert keyless({"a.html": bad}, {'url("x:y")': "twice is once"}) == []
    assert keyless({"a.html": bad.replace("_input }}", "_input }}{{ once() }}")}, {}) == []
    assert "no form needs" in keyless({}, {"gone": "x"})[0]


def test_it_fails_for_an_answer_that_cannot_be_reloaded() -> None:
    bad = (
        '<form method="post" action="{{ url("x:y", 1) }}"{% if p %} data-posted{% endif %}></form>'
    )
    assert "cannot be reloaded" in dead_ends({"a.html": bad}, {"x:z"})[0]
    assert dead_ends({"a.html": bad}, {"x:y"}) == []
    good = bad.replace("data-posted", 'data-posted="{{ url("x:z") }}"')
    assert dead_ends({"a.html": good}, {"x:z"}) == []


def test_it_fails_for_text_without_a_draft() -> None:
    bad = '{{ field("Why", "reason", type="textarea", required=true) }}'
    assert "keeps no draft" in forgetful({"a.html": bad})[0]
    good = bad.replace("required=true", 'attrs={"data-draft": "flag:" ~ flag.pk}')
    assert forgetful({"a.html": good}) == nowhere({"a.html": good}) == []
    assert "no place" in nowhere({"a.html": good.replace("flag:", "elsewhere:")})[0]
