"""Long work: held by one worker, exactly once, seen while it runs, stopped when asked."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now

from config.jobs import JOBS
from core.lib import clock
from core.lib.errors import Conflict, Refused
from core.people.models import ClinicClosure
from core.work import jobs
from core.work.jobs import JobKind, Outcome
from core.work.models import Job
from tests.factories.races import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("core.work.jobs.ring", lambda: None)
    monkeypatch.setattr("core.work.progress.EVERY", 0.02)


@pytest.fixture
def kind(monkeypatch):
    """`kind(work)` makes a kind of job that does `work`."""

    def make(work):
        monkeypatch.setitem(JOBS, "test", JobKind("A test", work, "home:patient"))

    return make


def asked(cast, subject=None):
    return jobs.start_job(kind="test", clinic=cast.riverside, subject_id=subject or uuid.uuid4(),
                          by=cast.park, now=clock.now())  # fmt: skip


def close(job, now):
    """Something the work writes; a day of its own each time, so that twice would be seen."""
    ClinicClosure.objects.create(clinic=job.clinic, on=now.date(), reason="written by a job")


def work(*, job, tell, now):
    close(job, now)
    tell(1, 2, "Row 1 of 2")
    return Outcome("Two of two.", {"rows": 2})


def test_four_workers_do_it_once(cast, kind):
    kind(work)
    job = asked(cast)
    assert sorted(race(lambda _: jobs.work_off(), runners=4)) == [0, 0, 0, 1]
    job.refresh_from_db()
    assert (job.state, job.words, job.result, job.done, job.attempts) == (
        "done", "Two of two.", {"rows": 2}, 2, 1)  # fmt: skip
    assert ClinicClosure.objects.count() == 1


def test_the_same_work_is_not_begun_twice(cast, kind):
    kind(work)
    subject = uuid.uuid4()
    asked(cast, subject)
    with pytest.raises(Conflict, match="being done already"):
        asked(cast, subject)
    jobs.work_off()
    assert asked(cast, subject).state == "waiting", "when it has ended it may be asked for again"


def test_how_far_it_is_is_seen_while_nothing_else_is(cast, kind):
    seen = {}

    def look(*, job, tell, now):
        close(job, now)
        tell(2310, 10000, "Row 2,310 of 10,000")
        for _ in range(200):
            [(row, closures)] = race(
                lambda _: (Job.objects.get(pk=job.pk), ClinicClosure.objects.count()), runners=1
            )
            if row.done:
                break
        seen.update(done=row.done, words=row.words, closures=closures, lease=row.lease_until)
        return Outcome("Done.", {})

    kind(look)
    asked(cast)
    jobs.work_off()
    assert (seen["done"], seen["words"], seen["closures"]) == (2310, "Row 2,310 of 10,000", 0)
    assert ClinicClosure.objects.count() == 1


def test_cancelled_while_it_runs_nothing_stays(cast, kind):
    def patient(*, job, tell, now):
        close(job, now)
        race(lambda _: jobs.ask_cancel(job=job, by=cast.park, now=now), runners=1)
        while True:
            tell(1, 2, "waiting to be stopped")

    kind(patient)
    job = asked(cast)
    jobs.work_off()
    job.refresh_from_db()
    assert (job.state, job.words) == ("cancelled", "Cancelled. Nothing was changed.")
    assert not ClinicClosure.objects.exists()
    with pytest.raises(Refused, match="ended already"):
        jobs.ask_cancel(job=job, by=cast.park, now=clock.now())


def test_cancelled_while_it_waits(cast, kind):
    kind(work)
    job = jobs.ask_cancel(job=asked(cast), by=cast.park, now=clock.now())
    assert job.state == "cancelled" and jobs.work_off() == 0


def test_a_killed_workers_job_begins_anew_and_after_three_deaths_fails(cast, kind):
    kind(work)
    job = asked(cast)
    for death in (1, 2, 3):
        held, _ = jobs.claim()
        assert (held.pk, held.attempts) == (job.pk, death)
        assert jobs.claim() is None, "held by its lease"
        assert jobs.reap() == 0, "its worker may live"
        Job.objects.update(lease_until=Now() - dt.timedelta(seconds=1))
        assert jobs.reap() == 1
    job.refresh_from_db()
    assert job.state == "failed" and "again and again" in job.words
    assert not ClinicClosure.objects.exists()


def test_who_lost_the_lease_writes_nothing(cast, kind):
    def slow(*, job, tell, now):
        close(job, now)
        other = {"lease_token": uuid.uuid4()}
        race(lambda _: Job.objects.filter(pk=job.pk).update(**other), runners=1)
        return Outcome("Too late.", {})

    kind(slow)
    job = asked(cast)
    jobs.run(*jobs.claim(), now=clock.now())
    job.refresh_from_db()
    assert job.state == "running" and not ClinicClosure.objects.exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [(Refused("Split the file."), "Split the file."),
     (ValueError("Okafor"), "It stopped at a fault of ours. Nothing was changed. Try again.")],
)  # fmt: skip
def test_it_fails_in_words_and_leaves_nothing(cast, kind, fault, words):
    def broken(*, job, tell, now):
        close(job, now)
        raise fault

    kind(broken)
    job = asked(cast)
    jobs.work_off()
    job.refresh_from_db()
    assert (job.state, job.words) == ("failed", words)
    assert not ClinicClosure.objects.exists()


def test_the_database_agrees(cast, kind):
    kind(work)
    job = asked(cast)
    for wrong in ({"state": "running"}, {"state": "done"}, {"finished_at": clock.now()}):
        with pytest.raises(IntegrityError, match="job_"):
            Job.objects.filter(pk=job.pk).update(**wrong)
