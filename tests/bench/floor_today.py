"""The floor of Today: the open work of a role, and a clinician's patients of the day beside it.

The same rows, columns and audit rows; `ask` = tests.bench.floor.Request.
"""

from typing import Any

WORK = (
    "SELECT i.id, i.kind, i.reason, i.patient_id, p.family_name, p.given_name, i.due_at,"
    " i.next_action, i.next_action_at, i.waiting_on, i.owner_id, u.full_name, i.taken_at,"
    " i.subject_id FROM messaging_workitem i LEFT JOIN people_patient p ON p.id = i.patient_id"
    " LEFT JOIN accounts_user u ON u.id = i.owner_id WHERE i.closed_at IS NULL"
)


VISITS = (
    "SELECT a.patient_id, a.id, a.starts_at, a.ends_at, a.state, a.telehealth, p.family_name,"
    " p.given_name, p.mrn, p.birth_date, y.words, y.kind, r.name, (SELECT l.goal_words FROM"
    " rehab_careplan l WHERE l.patient_id = p.id AND l.ended_at IS NULL ORDER BY l.started_on DESC"
    " LIMIT 1), (SELECT v.id FROM rehab_planversion v JOIN rehab_careplan l ON l.id = v.plan_id"
    " AND l.head = v.number WHERE l.patient_id = p.id AND l.ended_at IS NULL AND"
    " v.body #>> '{therapy,emphasis}' <> '' LIMIT 1), (SELECT b.id FROM intake_bookinglimit b WHERE"
    " b.patient_id = p.id AND b.ended_at IS NULL AND b.source = 'red_flag' LIMIT 1), (SELECT"
    " c.spoke_at FROM intake_call c WHERE c.patient_id = p.id AND c.state = 'closed' AND c.spoke_at"
    " IS NOT NULL ORDER BY c.spoke_at DESC LIMIT 1) FROM intake_appointment a JOIN people_patient p"
    " ON p.id = a.patient_id JOIN intake_visittype y ON y.id = a.visit_type_id"
    " LEFT JOIN intake_room r ON r.id = a.room_id WHERE a.provider_id = %s AND a.state IN"
    " ('booked', 'arrived', 'done')"
    " AND a.starts_at >= date_trunc('day', now(), %s)"
    " AND a.starts_at < date_trunc('day', now(), %s) + interval '1 day'"
    " ORDER BY a.starts_at, a.id LIMIT 40"
)


def work_html(rows: list[tuple[Any, ...]]) -> str:
    return "".join(
        f'<li><a href="/patients/{r[3]}/">{r[4]}, {r[5]}</a><span>{r[2]} {r[9]}</span>'
        f"<time>{r[6]:%a %d %b %H:%M}</time><span>{r[7]} {r[8]:%a %d %b %H:%M} {r[11] or ''}</span>"
        f'<form method="post" action="/work/{r[0]}/close"><input name="reason"></form></li>'
        for r in rows
    )


def promised(ask: Any) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """(open work, calls on the line) of somebody's roles."""
    rows = ask.all(
        f"{WORK} AND i.clinic_id = %s AND i.kind NOT IN ('red_flag', 'red_flag_decision')"
        " AND NOT (i.kind = 'open_call' AND i.due_at > now())"
        " AND (i.owner_id = %s OR (i.owner_role = ANY(%s)"
        " AND (i.owner_id IS NULL OR i.taken_at IS NOT NULL)))"
        " ORDER BY i.due_at, i.id LIMIT 50",
        [ask.clinic, ask.user[0], ask.user[2]],
    )
    calls = ask.all(
        "SELECT c.id, c.given_name, c.family_name, c.phone, c.received_at, c.disposition,"
        " u.full_name FROM intake_call c LEFT JOIN accounts_user u ON u.id = c.held_by_id"
        " WHERE c.clinic_id = %s AND c.state = 'open' ORDER BY c.received_at DESC, c.id LIMIT 30",
        [ask.clinic],
    )
    return rows, calls


def today_html(ask: Any, rows: list[tuple[Any, ...]], calls: list[tuple[Any, ...]]) -> str:
    lines = "".join(f"<li>{c[1]} {c[2]} {c[3]} {c[4]:%H:%M} {c[5]} {c[6]}</li>" for c in calls)
    return f"{ask.shell()}<ul>{lines}</ul><ul>{work_html(rows)}</ul>"


def today(ask: Any) -> tuple[str, str]:
    rows, calls = promised(ask)
    ask.audit("list", "worklist", ((pk, "") for pk in {r[3] for r in rows if r[3]}))
    return "200 OK", today_html(ask, rows, calls)


def day(ask: Any) -> tuple[str, str]:
    """A clinician's Today: their patients of the day with limits and what changed, and the work."""
    rows, calls = promised(ask)
    visits = ask.all(VISITS, [ask.user[0], *[ask.posts[0][3]] * 2])
    pks = [row[0] for row in visits]
    beside = [
        ask.all("SELECT r.*, d.patient_id FROM rehab_restriction r LEFT JOIN documents_document d"
                " ON d.id = r.document_id WHERE r.patient_id = ANY(%s) AND r.lifted_at IS NULL"
                " ORDER BY r.to_on, r.from_on, r.id", [pks]),
        ask.all("SELECT a.id, l.patient_id, v.number, v.body, w.body FROM rehab_planack a JOIN"
                " rehab_planversion v ON v.id = a.plan_version_id JOIN rehab_careplan l ON l.id ="
                " v.plan_id LEFT JOIN rehab_planversion w ON w.plan_id = v.plan_id AND w.number ="
                " v.number - 1 WHERE a.user_id = %s AND a.acknowledged_at IS NULL AND"
                " a.overtaken_at IS NULL AND l.patient_id = ANY(%s) ORDER BY a.asked_at",
                [ask.user[0], pks]),
        ask.all("SELECT DISTINCT ON (l.patient_id) l.patient_id, x.plan_id, x.changed,"
                " x.next_week, x.call_if, x.at FROM rehab_update x JOIN rehab_careplan l ON l.id ="
                " x.plan_id WHERE l.patient_id = ANY(%s) AND l.ended_at IS NULL"
                " ORDER BY l.patient_id, x.at DESC", [pks]),
    ]  # fmt: skip
    shown = {*pks, *(r[3] for r in rows if r[3])}
    ask.audit("list", "worklist", ((pk, "") for pk in shown))
    more = "".join(f"<p>{row}</p>" for found in (visits, *beside) for row in found)
    return "200 OK", today_html(ask, rows, calls) + more
