"""The directory: one entry per source, found while typing, changed by two at once."""

import pytest

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, Refused
from intake.models import OutsideProvider
from intake.record_selectors import directory, find_sources
from intake.services.directory import Entry, add_entry, change_entry, entry_of
from tests.cast import NOW
from tests.factories.records import lakeshore

pytestmark = pytest.mark.django_db


def change(cast, row, *, by=None, shown=None, version=None, checked=False, **more):
    shown = shown or entry_of(row)
    wanted = Entry(**{**shown.__dict__, **more})
    return change_entry(source=row, wanted=wanted, shown=shown, by=by or cast.ana, now=NOW,
                        version=row.version if version is None else version,
                        checked=checked)  # fmt: skip


def test_an_entry_is_kept_as_it_is_dialled(cast):
    row = lakeshore(cast, name="  Lakeshore   Imaging ", phone="(312) 555-0190")
    assert (row.name, row.fax, row.phone) == ("Lakeshore Imaging", "+13125550199", "+13125550190")
    other = lakeshore(cast, name="Loop Spine", fax="", preferred="print", phone="312 555 0190 x12")
    assert other.phone == "+13125550190x12" and other in find_sources(cast.riverside, "5550190")
    assert change(cast, other, phone="(312) 555-0190 ext. 12", note="By noon").phone == other.phone
    assert row.verified_on and AuditEvent.objects.filter(object_id=str(row.pk)).count() == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [({"name": " "}, "Write the name"), ({"kind": "dentist"}, "Choose what they are"),
     ({"fax": "123"}, "fax number"), ({"fax": "312 555 0199 x2"}, "fax number"),
     ({"email": "no"}, "e-mail address"), ({"email_secure": True}, "secure mail"),
     ({"portal": "http://plain.example"}, "https://"),
     ({"preferred": "pigeon"}, "Choose how")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(cast, more, words):
    with pytest.raises(Refused, match=words):
        lakeshore(cast, **more)
    assert not OutsideProvider.objects.exists()


@pytest.mark.parametrize(
    "more", [{"name": "LAKESHORE imaging", "fax": ""}, {"name": "Another", "fax": "3125550199"}]
)
def test_the_same_name_or_fax_is_shown_first(cast, more):
    lakeshore(cast)
    with pytest.raises(Conflict, match="Lakeshore Imaging is in the directory"):
        lakeshore(cast, **more)
    again = add_entry(clinic=cast.riverside, wanted=Entry(name="Lakeshore Imaging"), by=cast.ana,
                      now=NOW, different=True)  # fmt: skip
    assert again.name == "Lakeshore Imaging"
    foreign = add_entry(clinic=cast.lakeside, wanted=Entry(name="Lakeshore Imaging"), by=cast.zoe,
                        now=NOW)  # fmt: skip
    assert foreign.clinic == cast.lakeside


def test_only_the_clinics_own_keep_it(cast):
    with pytest.raises(Forbidden):
        add_entry(clinic=cast.riverside, wanted=Entry(name="Zoe’s"), by=cast.zoe, now=NOW)
    row = lakeshore(cast)
    with pytest.raises(Forbidden):
        change(cast, row, by=cast.zoe, note="x")
    assert directory(cast.zoe, now=NOW) == [] and directory(cast.ana, now=NOW) == [row]


def test_two_editors_of_different_fields_both_stand(cast):
    row = lakeshore(cast)
    shown = entry_of(row)
    change(cast, row, note="Closed on Fridays")
    saved = change(cast, row, by=cast.ben, shown=shown, version=1, specialty="MRI")
    assert (saved.note, saved.specialty, saved.version) == ("Closed on Fridays", "MRI", 3)


def test_two_editors_of_one_field_are_shown_both(cast):
    row = lakeshore(cast)
    shown = entry_of(row)
    change(cast, row, fax="+13125550111")
    with pytest.raises(Conflict) as clash:
        change(cast, row, by=cast.ben, shown=shown, version=1, fax="+13125550122")
    assert clash.value.versions == [("fax", "+13125550122", "+13125550111")]
    assert clash.value.who == "Ana Flores" and clash.value.version == 2


def test_the_form_shows_numbers_as_people_read_them_and_changes_none(cast, as_user):
    row = lakeshore(cast)
    browser = as_user(cast.ana)
    page = browser.get(f"/records/directory/{row.pk}/").content.decode()
    assert 'value="(312) 555-0199"' in page and 'name="was_fax"' in page
    form = {"name": row.name, "kind": "imaging", "fax": "(312) 555-0199", "preferred": "fax",
            "active": "1", "note": "ask Maria", "version": "1"}  # fmt: skip
    form |= {f"was_{k}": v for k, v in form.items() if k not in {"note", "version"}}
    assert browser.post(f"/records/directory/{row.pk}/change", form).status_code == 302
    row.refresh_from_db()
    assert (row.note, row.fax, row.version) == ("ask Maria", "+13125550199", 2)


@pytest.mark.parametrize("text", ["lake", "IMAG lakes", "mri", "555 0199", "0199"])
def test_it_is_found_while_typing(cast, text):
    row = lakeshore(cast, specialty="MRI and CT")
    lakeshore(cast, name="Other", fax="312 555 0888")
    assert find_sources(cast.riverside, text) == [row]
    assert find_sources(cast.lakeside, text) == []


def test_one_that_is_switched_off_is_found_no_more(cast):
    row = lakeshore(cast)
    change(cast, row, active=False)
    assert find_sources(cast.riverside, "lake") == []
    assert directory(cast.ana, now=NOW) == [] and directory(cast.ana, now=NOW, off=True) == [row]


def test_pages_of_the_directory_lose_and_repeat_nobody(cast):
    made = {lakeshore(cast, name=f"Place {n:02}", fax="").pk for n in range(7)}
    seen, after = [], None
    while page := directory(cast.ana, now=NOW, after=after, limit=3):
        seen += [row.pk for row in page]
        after = page[-1].pk
    assert len(seen) == 7 and set(seen) == made
