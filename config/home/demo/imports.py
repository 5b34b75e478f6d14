"""A list from another practice, compared with the charts and waiting for a word about one row."""

import datetime as dt

from core.accounts.models import User
from core.importing.services import batches
from core.people.models import Clinic, Patient
from core.work.jobs import run_here

HEADERS = "Last name,First name,Date of birth,Chart,Phone,Insurance,Member ID"


def tell_import(
    clinic: Clinic, people: dict[str, User], charts: dict[str, Patient], now: dt.datetime
) -> None:
    """New, match, conflict and bad: one of each, nothing taken over yet."""
    coordinator = people["jo.park@hallway.example"]
    hale, okafor = charts["1043"], charts["1042"]
    rows = (
        "Ferrante,Nico,04/11/1968,,312 555 0171,Lakefront Health,LF-2201",
        "Osei,Adwoa,09/30/1981,,312 555 0172,,",
        f"Hale,Margaret,{hale.birth_date:%m/%d/%Y},1043,,Lakefront Health,LF-2202",
        f"Okafor,Daniel,{okafor.birth_date.replace(day=1):%m/%d/%Y},1042,,,",
        "Lund,Per,31/31/1990,,12,,",
    )
    batch = batches.upload(
        clinic=clinic, content="\n".join((HEADERS, *rows)).encode(), by=coordinator, now=now,
        file_name="lakefront-patients.csv",
    )  # fmt: skip
    job = batches.name_columns(
        batch=batch, columns=batch.columns, version=batch.version, by=coordinator, now=now
    )
    run_here(job, now=now)
