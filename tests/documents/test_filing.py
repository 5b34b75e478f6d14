"""Reviewed once, said what it is by two editors, moved to the right chart with a trace."""

import datetime as dt

import pytest

from core.audit.models import AuditEvent
from core.documents.models import Document, Refiling
from core.documents.selectors import document_for, documents_of, documents_visible_to, refilings
from core.documents.services import Label, classify, label_of, refile, review
from core.lib.errors import Conflict, NotFound, Refused
from core.people.models import Consent
from tests.cast import NOW
from tests.documents.filing import filed
from tests.factories.races import race
from tests.factories.uploads import upload

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)
WHY = "Hale’s name and birthday stand on page 1"


# --- review ------------------------------------------------------------------------------------
def test_reviewed_by_at_and_words(cast):
    row = filed(cast)
    done = review(document=row, by=cast.amin, now=LATER, words=" Stenosis at L4/5 ")
    assert (done.reviewed_by, done.reviewed_at) == (cast.amin, LATER)
    assert done.review_words == "Stenosis at L4/5"
    assert AuditEvent.objects.get(action="review").patient_id == cast.okafor.pk
    with pytest.raises(Conflict, match="Leila Amin has reviewed") as told:
        review(document=row, by=cast.novak, now=LATER, words="Nothing new")
    assert told.value.versions == [("Review", "Nothing new", "Stenosis at L4/5")]


def test_only_what_is_clean(cast, settings):
    settings.DOCUMENT_SCANNER = ""
    with pytest.raises(Refused, match="found clean"):
        review(document=filed(cast), by=cast.amin, now=LATER)


def test_what_changed_since_it_was_shown_is_read_again(cast):
    row = filed(cast)
    label = Label("lab", "Blood", "", None, "")
    classify(document=row, wanted=label, version=row.version, by=cast.ana, now=LATER)
    with pytest.raises(Conflict, match="Read it again"):
        review(document=row, by=cast.amin, now=LATER, version=row.version)


@pytest.mark.django_db(transaction=True)
def test_two_reviews_at_once_are_one(cast):
    row = filed(cast)

    def one(n):
        try:
            review(document=row, by=cast.amin if n % 2 else cast.novak, now=LATER, words=str(n))
        except Conflict:
            return "told"
        return "reviewed"

    found = race(one)
    assert (
        sorted(found) == ["reviewed"] + ["told"] * (len(found) - 1) or found.count("reviewed") == 1
    )


# --- what it is ---------------------------------------------------------------------------------
def test_each_says_another_part_and_both_stay(cast):
    row = filed(cast)
    shown = label_of(row)
    ana = Label(shown.kind, "MRI of June", shown.source, None, shown.region)
    ben = Label(shown.kind, shown.title, "Northside MRI", None, shown.region)
    known = {"document": row, "shown": shown, "version": row.version, "now": LATER}
    classify(wanted=ana, by=cast.ana, **known)
    after = classify(wanted=ben, by=cast.ben, **known)
    assert (after.title, after.source) == ("MRI of June", "Northside MRI")
    with pytest.raises(Conflict) as told:
        classify(wanted=Label(shown.kind, "CT", shown.source, None, shown.region), by=cast.ben,
                 **known)  # fmt: skip
    assert told.value.versions == [("title", "CT", "MRI of June")]


@pytest.mark.parametrize(
    ("more", "word"),
    [({"kind": "poem"}, "kind"), ({"region": "soul"}, "part of the body"), ({"side": "up"}, "side"),
     ({"documented_on": dt.date(2026, 11, 25)}, "future"),
     ({"documented_on": dt.date(1974, 3, 13)}, "birth")],
)  # fmt: skip
def test_what_cannot_be(cast, more, word):
    with pytest.raises(Refused, match=word):
        filed(cast, **more)
    assert not Document.objects.exists()
    assert filed(cast, documented_on=dt.date(2026, 11, 24), title=" ").title == "Imaging report"


# --- the wrong chart ----------------------------------------------------------------------------
def test_moved_with_a_trace_on_both_charts(cast):
    consent = Consent.objects.create(
        patient=cast.okafor, kind="release", signed_by="D", method="paper",
        signed_on=NOW.date(), noted_at=NOW,
    )  # fmt: skip
    row = filed(cast, consent=consent, subject_id=cast.okafor.pk)
    for person in (cast.ruiz, cast.amin):
        document_for(person, row.pk, now=NOW)
    review(document=row, by=cast.amin, now=NOW, words="Okafor’s")
    moved = refile(document=row, to=cast.hale, reason=WHY, by=cast.ana, now=LATER)
    assert moved.patient == cast.hale and not documents_of(cast.okafor).exists()
    # Nothing that belonged to the earlier chart went along.
    assert (moved.consent, moved.subject_id, moved.reviewed_at, moved.review_words) == (
        None, None, None, "")  # fmt: skip
    trail = AuditEvent.objects.filter(action="refile", object_id=str(row.pk))
    assert {e.patient_id for e in trail} == {cast.okafor.pk, cast.hale.pk}
    document_for(cast.lang, row.pk, now=LATER + dt.timedelta(minutes=1))  # on the right chart
    (found,), _ = refilings(cast.cole, now=LATER)
    assert (found.row.was, found.row.to, found.row.reason) == (cast.okafor, cast.hale, WHY)
    assert found.seen_by == ["Lena Ruiz", "Leila Amin"] or found.seen_by == [
        "Leila Amin", "Lena Ruiz"]  # fmt: skip
    assert moved.history.count() >= 3


def test_only_managers_of_the_clinic_read_where_it_went(cast):
    refile(document=filed(cast), to=cast.hale, reason=WHY, by=cast.ana, now=LATER)
    assert len(refilings(cast.cole, now=LATER)[0]) == 1
    for other in (cast.mora, cast.ana, cast.amin):
        assert refilings(other, now=LATER) == ([], None)


@pytest.mark.parametrize(
    ("to", "reason", "word"),
    [("okafor", WHY, "already"), ("outis", WHY, "this clinic"), ("hale", "no", "few words")],
)
def test_where_it_cannot_go(cast, to, reason, word):
    row = filed(cast)
    with pytest.raises(Refused, match=word):
        refile(document=row, to=getattr(cast, to), reason=reason, by=cast.ana, now=LATER)
    assert not Refiling.objects.exists()


def test_whoever_opened_it_before_cannot_act_on_the_other_chart(cast):
    row = filed(cast)
    refile(document=row, to=cast.hale, reason=WHY, by=cast.ana, now=LATER)
    with pytest.raises(Conflict, match="another chart"):
        review(document=row, by=cast.amin, now=LATER)


# --- whose ------------------------------------------------------------------------------------
def test_outsiders_know_of_none(cast):
    row = filed(cast)
    for outsider in (cast.zoe, cast.quist, cast.berg):
        assert not documents_visible_to(outsider, now=NOW).exists()
        with pytest.raises(NotFound):
            document_for(outsider, row.pk, now=NOW)
    with pytest.raises(NotFound):
        document_for(cast.cole, row.pk, now=NOW)  # a manager runs the clinic, and treats nobody
    assert AuditEvent.objects.filter(object_kind="document", outcome="refused").count() == 4
    assert document_for(cast.ana, row.pk, now=NOW) == row


def test_history_keeps_what_it_was(cast):
    row = filed(cast, upload=upload(b"MZ"))
    assert [h.state for h in row.history.order_by("history_id")] == ["quarantined", "rejected"]
