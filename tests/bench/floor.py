"""The floor: what a page costs without a framework.

The same session, user and scope are asked of the same database, the same rows and columns are read
and written (audit and history rows too), and as many bytes of HTML come back, by psycopg2 and
f-strings alone. Hallway's page is measured as a multiple of this.
"""

import base64
import json
import os
import threading
import urllib.parse
import uuid
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2
from psycopg2.extras import execute_values, register_uuid

from tests.bench.floor_chart import patient
from tests.bench.floor_today import day, today

register_uuid()
Environ = dict[str, Any]
local = threading.local()


class Request:
    """Session, user and where they work: asked like Hallway does, in three statements."""

    def __init__(self, environ: Environ) -> None:
        if not hasattr(local, "line"):
            local.line = psycopg2.connect(os.environ["DATABASE_URL"])
        self.cursor = local.line.cursor()
        self.path = environ["PATH_INFO"].split("/")
        self.query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", "")))
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode() if length else ""
        self.form = dict(urllib.parse.parse_qsl(body))
        cookies = dict(
            part.strip().split("=", 1) for part in environ.get("HTTP_COOKIE", "").split(";")
        )
        session = self.one(
            "SELECT session_data FROM django_session"
            " WHERE session_key = %s AND expire_date > now()",
            [cookies["session"]],
        )[0]
        self.user = self.one(
            "SELECT id, full_name, roles, is_active, theme, single_keys, credentials, email,"
            " password FROM accounts_user WHERE id = %s",
            [_user_of(session)],
        )
        self.posts = self.all(
            "SELECT s.clinic_id, s.partner_practice, c.name, c.zone, c.phone"
            " FROM people_staffmember s JOIN people_clinic c ON c.id = s.clinic_id"
            " WHERE s.user_id = %s AND s.from_on <= (now() AT TIME ZONE c.zone)::date"
            " AND (s.to_on IS NULL OR s.to_on >= (now() AT TIME ZONE c.zone)::date)",
            [self.user[0]],
        )
        self.clinic = self.posts[0][0]

    def all(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql, values)
        return self.cursor.fetchall()

    def one(self, sql: str, values: Any = ()) -> tuple[Any, ...]:
        return self.all(sql, values)[0]

    def audit(self, action: str, kind: str, rows: Iterable[tuple[Any, str]]) -> None:
        """One statement, a row per (patient, object)."""
        values = [
            (self.user[0], self.user[2], patient, kind, pk, action, str(uuid.uuid4()))
            for patient, pk in rows
        ]
        if values:
            execute_values(
                self.cursor,
                "INSERT INTO audit_auditevent (at, actor_id, actor_roles, patient_id, object_kind,"
                " object_id, action, outcome, fields, reason, request_id, session_hash)"
                " VALUES %s",
                values,
                template="(now(), %s, %s, %s, %s, %s, %s, 'done', '{}', '', %s, '')",
            )

    def shell(self) -> str:
        """What frames every page: unread messages and open red flags."""
        unread = self.one(
            "SELECT count(*) FROM messaging_recipient WHERE user_id = %s AND read_at IS NULL",
            [self.user[0]],
        )[0]
        flags = self.all(
            "SELECT i.id, i.subject_id, i.patient_id, i.kind, i.reason, i.opened_at, i.due_at"
            " FROM messaging_workitem i WHERE i.clinic_id = %s AND i.closed_at IS NULL"
            " AND i.kind IN ('red_flag', 'red_flag_decision') ORDER BY i.due_at, i.id",
            [self.clinic],
        )
        return f"<header>{self.user[1]} {self.posts[0][2]} {unread} {len(flags)}</header>"


def _user_of(session: str) -> str:
    data = session.split(":")[0]
    packed = data.startswith(".")
    raw = base64.urlsafe_b64decode(data.lstrip(".") + "=" * (-len(data.lstrip(".")) % 4))
    return str(json.loads(zlib.decompress(raw) if packed else raw)["_auth_user_id"])


def search(ask: Request) -> tuple[str, str]:
    words = ask.form["q"].lower().split()
    where = " AND ".join(["search LIKE %s"] * len(words))
    rows = ask.all(
        "SELECT id, mrn, given_name, family_name, birth_date, phone FROM people_patient"
        f" WHERE clinic_id = %s AND {where} ORDER BY family_name, given_name, id LIMIT 20",
        [ask.clinic, *(f"%{word}%" for word in words)],
    )
    ask.audit("search", "patient", ((r[0], "") for r in rows))
    lines = "".join(
        f'<li><a href="/patients/{r[0]}/"><b>{r[3]}, {r[2]}</b> DOB {r[4]:%m/%d/%Y} MRN {r[1]}'
        f" {r[5]}</a></li>"
        for r in rows
    )
    return "200 OK", f"{ask.shell()}<ul>{lines}</ul>"


def call_columns(ask: Request) -> str:
    """Of the table; asked once a thread."""
    if not hasattr(local, "columns"):
        rows = ask.all(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'intake_call'"
        )
        local.columns = ", ".join(f'"{row[0]}"' for row in rows)
    return str(local.columns)


def answer(ask: Request) -> tuple[str, str]:
    """The call is locked, the answer kept with its history, the panel read again."""
    pk, question = ask.path[3], ask.path[4]
    call = ask.one(
        "SELECT c.id, c.state, c.patient_id, c.protocol_id, c.version, c.clinic_id, c.birth_date,"
        " c.region, c.phone, c.given_name, c.family_name, c.notes, c.since, c.relation"
        " FROM intake_call c WHERE c.id = %s AND c.clinic_id = %s FOR UPDATE",
        [pk, ask.clinic])  # fmt: skip
    ask.one(
        "SELECT id, digest, signed_off_at FROM protocols_protocolversion WHERE id = %s", [call[3]]
    )
    given = ask.one(
        "INSERT INTO intake_callanswer (call_id, question, wording, answer, flags, answered_at,"
        " answered_by_id) VALUES (%s, %s, %s, %s, '{}', now(), %s) ON CONFLICT (call_id, question)"
        " DO UPDATE SET answer = EXCLUDED.answer, answered_at = now() RETURNING id",
        [pk, question, "x" * 90, ask.form[question], ask.user[0]])  # fmt: skip
    ask.cursor.execute(
        "INSERT INTO intake_historicalcallanswer (id, question, wording, answer, flags,"
        " answered_at, call_id, answered_by_id, history_date, history_type, history_user_id)"
        " VALUES (%s, %s, %s, %s, '{}', now(), %s, %s, now(), '~', %s)",
        [given[0], question, "x" * 90, ask.form[question], pk, ask.user[0], ask.user[0]],
    )
    ask.cursor.execute(
        "UPDATE intake_call SET saved_at = now(), version = version + 1 WHERE id = %s", [pk]
    )
    columns = call_columns(ask)
    ask.cursor.execute(
        f"INSERT INTO intake_historicalcall ({columns}, history_date, history_type,"
        f" history_user_id) SELECT {columns}, now(), '~', %s FROM intake_call WHERE id = %s",
        [ask.user[0], pk],
    )
    ask.audit("answer", "call", [(call[2], pk)])
    ask.audit("read", "call", [(call[2], pk), (call[2], pk)])
    answers = ask.all(
        "SELECT question, wording, answer, flags, answered_at, answered_by_id"
        " FROM intake_callanswer WHERE call_id = %s", [pk])  # fmt: skip
    rest = [
        ask.all("SELECT direction, was, \"to\", known, reason, at, by_id"
                " FROM intake_dispositionchange WHERE call_id = %s ORDER BY at", [pk]),
        ask.all("SELECT id, disposition, reasons, hold_pt FROM intake_redflag WHERE call_id = %s",
                [pk]),
        ask.all("SELECT kind, words, disposition, at, by_id FROM intake_callaction"
                " WHERE call_id = %s ORDER BY at", [pk]),
        ask.all("SELECT weekday, opens, closes FROM people_clinichours WHERE clinic_id = %s",
                [ask.clinic]),
        ask.all('SELECT "on" FROM people_clinicclosure WHERE clinic_id = %s', [ask.clinic]),
        ask.all("SELECT s.position, u.id, u.full_name, u.phone FROM people_oncallshift s JOIN"
                " accounts_user u ON u.id = s.user_id WHERE s.clinic_id = %s AND s.starts_at <="
                " now() AND s.ends_at > now()", [ask.clinic]),
        ask.all("SELECT u.id, u.full_name, u.roles FROM people_staffmember s JOIN accounts_user u"
                " ON u.id = s.user_id WHERE s.clinic_id = %s AND s.partner_practice = ''"
                " AND u.is_active AND u.roles && '{physician,manager}'", [ask.clinic]),
    ]  # fmt: skip
    lines = "".join(f"<li>{a[0]} {a[1]} <b>{a[2]}</b> {a[4]:%H:%M}</li>" for a in answers)
    more = "".join(f"<p>{row}</p>" for rows in rest for row in rows)
    return "200 OK", f"<ul>{lines}</ul>{more}"


def close(ask: Request) -> tuple[str, str]:
    item = ask.one(
        "SELECT id, patient_id, owner_role, owner_id, closed_at FROM messaging_workitem"
        " WHERE id = %s AND clinic_id = %s FOR UPDATE", [ask.path[3], ask.clinic])  # fmt: skip
    ask.audit("read", "work_item", [(item[1], str(item[0]))])
    ask.cursor.execute(
        "UPDATE messaging_workitem SET closed_at = now(), closed_by_id = %s, close_event ="
        " 'done_by_hand', close_reason = %s, version = version + 1 WHERE id = %s",
        [ask.user[0], ask.form["reason"], item[0]])  # fmt: skip
    ask.audit("close", "work_item:initial_visit", [(item[1], str(item[0]))])
    return "302 Found", ""


PAGES: dict[str, Callable[[Request], tuple[str, str]]] = {
    "today": today, "day": day, "search": search, "patient": patient, "answer": answer,
    "close": close,
}  # fmt: skip


def application(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    """`/floor/<page>/…?bytes=n`: filled up to as many bytes as Hallway's page has."""
    ask = Request(environ)
    try:
        status, html = PAGES[ask.path[2]](ask)
        local.line.commit()
    except Exception:
        local.line.rollback()
        raise
    body = html.encode()
    wanted = int(ask.query.get("bytes", 0))
    body = body[:wanted] + b" " * (wanted - len(body)) if wanted else body
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, *([("Location", "/today/")] if not body else [])])
    return [body]
