"""The floor of the patient's page, as a physician gets it: the same rows by seven statements.

The same: the patient with the clinic; team, open problems, flags, allergies, running plans with
their steps and the newest version's body, the next visits, papers, limits, open work, the metrics
in force, the last look and merged charts beside it; one audit row; the values that are drawn; the
news since the last look and a page of what happened, each one union of the same parts with the same
limits; unread messages and red flags of the frame. Columns are the page's, filled up to its bytes.

Not the same, and so counted to the page: whether a grant, a cover or an emergency is open to the
reader (there are none), reading bodies and rows as typed values, and drawing.
"""

from typing import Any

NAME = "coalesce(u.full_name || CASE WHEN u.credentials <> '' THEN ', ' || u.credentials"
NAME += " ELSE '' END, '')"
DRAWN = ["koos_adl", "peg", "koos_sport", "koos_symptoms", "koos_pain", "single_leg_stance_s",
         "sts_reps_30s", "koos_jr", "ndi", "sts_reps", "walking_distance_m", "koos_qol",
         "standing_tolerance_min", "odi", "psfs", "promis_pi"]  # fmt: skip

# name → rows beside the patient `p`; every column of them, as the page reads them
BESIDE = {
    "team": "SELECT to_jsonb(t) || jsonb_build_object('name', u.full_name, 'credentials',"
    " u.credentials) FROM people_careteammember t JOIN accounts_user u ON u.id = t.user_id"
    " WHERE t.patient_id = p.id AND t.from_on <= (now() AT TIME ZONE c.zone)::date AND (t.to_on IS"
    " NULL OR t.to_on >= (now() AT TIME ZONE c.zone)::date) ORDER BY t.role, t.from_on",
    "episodes": "SELECT to_jsonb(e) FROM people_episode e WHERE e.patient_id = p.id AND"
    " e.closed_on IS NULL ORDER BY e.opened_on DESC, e.id",
    "flags": "SELECT to_jsonb(f) FROM intake_redflag f WHERE f.patient_id = p.id AND (f.decided_at"
    " IS NULL OR (f.hold_pt AND f.hold_released_at IS NULL)) ORDER BY f.opened_at DESC",
    "allergies": "SELECT to_jsonb(a) FROM people_allergy a WHERE a.patient_id = p.id AND"
    " a.ended_at IS NULL ORDER BY a.severity DESC, a.substance",
    "plans": "SELECT to_jsonb(l) FROM rehab_careplan l WHERE l.patient_id = p.id AND l.ended_at IS"
    " NULL ORDER BY l.started_on DESC, l.id",
    "steps": "SELECT to_jsonb(s) FROM rehab_pathwaystep s JOIN rehab_careplan l ON l.id = s.plan_id"
    " WHERE l.patient_id = p.id AND l.ended_at IS NULL ORDER BY s.due_on NULLS LAST, s.position",
    "bodies": "SELECT to_jsonb(v) FROM rehab_planversion v JOIN rehab_careplan l ON l.id ="
    " v.plan_id AND l.head = v.number WHERE l.patient_id = p.id AND l.ended_at IS NULL",
    "visits": "SELECT to_jsonb(a) || jsonb_build_object('words', y.words, 'who', u.full_name) FROM"
    " intake_appointment a JOIN intake_visittype y ON y.id = a.visit_type_id JOIN accounts_user u"
    " ON u.id = a.provider_id WHERE a.patient_id = p.id AND a.ends_at >= now() AND a.state IN"
    " ('booked', 'arrived', 'done') ORDER BY a.starts_at LIMIT 3",
    "papers": "SELECT to_jsonb(d) FROM documents_document d WHERE d.patient_id = p.id AND d.state"
    " = 'clean' ORDER BY d.uploaded_at DESC LIMIT 4",
    "limits": "SELECT to_jsonb(r) || jsonb_build_object('filed_on', d.patient_id) FROM"
    " rehab_restriction r LEFT JOIN documents_document d ON d.id = r.document_id WHERE"
    " r.patient_id = p.id ORDER BY r.lifted_at DESC NULLS FIRST, r.to_on DESC NULLS FIRST, r.id"
    " LIMIT 30",
    "work": "SELECT to_jsonb(i) || jsonb_build_object('who', u.full_name) FROM messaging_workitem i"
    " LEFT JOIN accounts_user u ON u.id = i.owner_id WHERE i.patient_id = p.id AND i.closed_at IS"
    " NULL AND i.kind <> 'break_glass_review' ORDER BY i.due_at, i.id LIMIT 50",
    "metrics": "SELECT to_jsonb(m) FROM (SELECT id, kind, key, version, digest, effective_on FROM"
    " protocols_protocolversion WHERE kind = 'metrics' AND effective_on <= now()::date AND"
    " (author_id IS NULL OR signed_off_at IS NOT NULL) ORDER BY effective_on DESC LIMIT 1) m",
    "looks": "SELECT to_jsonb(w) FROM audit_auditevent w WHERE w.actor_id = %(me)s AND w.patient_id"
    " = p.id AND w.object_kind = 'patient_page' AND w.outcome = 'done' AND w.at <= now() -"
    " interval '30 minutes' ORDER BY w.at DESC LIMIT 1",
    "merged": "SELECT to_jsonb(m.id) FROM people_patient m WHERE m.merged_into_id = p.id"
    " ORDER BY m.mrn",
}
HEAD = (
    "SELECT p.*, c.name, c.zone, c.phone, "
    + ", ".join(f"ARRAY({rows})" for rows in BESIDE.values())
    + " FROM people_patient p JOIN people_clinic c ON c.id = p.clinic_id"
    " WHERE p.id = %(pk)s AND p.clinic_id = %(clinic)s"
)
SERIES = (
    "SELECT id, metric, instrument, side, region, variant, value, unit, missing_reason, details,"
    " measured_at FROM outcomes_measurement WHERE patient_id = %(pk)s AND metric = ANY(%(drawn)s)"
    " AND wrong_at IS NULL ORDER BY measured_at DESC, recorded_at DESC, id DESC LIMIT 400"
)


def part(
    kind: str,
    table: str,
    who: str,
    at: str,
    where: str,
    facts: str,
    *,
    most: int,
    join: str = "",
    each: str = "",
) -> str:
    """One part of a union: (kind, id, at, who, facts), the newest first; `each`: one of each."""
    only, first = (f"DISTINCT ON (x.{each}) ", f"x.{each}, ") if each else ("", "")
    return (
        f"(SELECT {only}'{kind}', x.id, x.{at}, {NAME}, jsonb_build_object({facts}) FROM {table} x"
        f" LEFT JOIN accounts_user u ON u.id = x.{who} {join} WHERE {where}"
        f" ORDER BY {first}x.{at} DESC, x.id DESC LIMIT {most})"
    )


def facts(*names: str) -> str:
    return ", ".join(f"'{name}', x.{name}" for name in names)


MINE = "x.patient_id = %(pk)s"
RUNS = "l.patient_id = %(pk)s AND l.ended_at IS NULL"
OF_PLAN = "JOIN rehab_careplan l ON l.id = x.plan_id"
OF_PROBLEM = f"{OF_PLAN} JOIN people_episode e ON e.id = l.episode_id"
OF_EPISODE = "JOIN people_episode e ON e.id = x.episode_id"
OF_VISIT = "JOIN rehab_firstvisit v ON v.id = x.visit_id"
BODY = "'number', x.number, 'body', x.body, 'plan_id', x.plan_id, 'about', e.problem"
KEY = facts("metric", "instrument", "side", "region", "variant", "unit", "measured_at", "value")
LIMIT = facts("sentence", "source_words", "to_on", "until", "lift_reason")
EARLIER = (
    "(SELECT b.value FROM outcomes_measurement b WHERE b.patient_id = x.patient_id AND b.metric ="
    " x.metric AND b.instrument = x.instrument AND b.side = x.side AND b.region = x.region AND"
    " b.variant = x.variant AND b.value IS NOT NULL AND b.wrong_at IS NULL AND b.measured_at <"
    " x.measured_at ORDER BY b.measured_at DESC LIMIT 1)"
)
VISIT = (
    "JOIN intake_appointment a ON a.patient_id = %(pk)s AND a.id::text = x.object_id"
    " JOIN intake_visittype y ON y.id = a.visit_type_id"
)
NEWS = " UNION ALL ".join(
    (
        "(SELECT 'message', r.id, r.delivered_at, " + NAME + ", jsonb_build_object('title',"
        " t.title, 'thread', t.id) FROM messaging_recipient r JOIN messaging_message m ON m.id ="
        " r.message_id JOIN messaging_thread t ON t.id = m.thread_id LEFT JOIN accounts_user u ON"
        " u.id = m.author_id WHERE t.patient_id = %(pk)s AND t.kind = 'message' AND r.user_id ="
        " %(me)s AND r.delivered_at > %(since)s ORDER BY r.delivered_at DESC LIMIT 60)",
        part("flag", "intake_redflag", "opened_by_id", "opened_at",
             f"{MINE} AND x.opened_at > %(since)s AND x.opened_by_id <> %(me)s",
             facts("decision", "reasons"), most=60),
        part("decided", "intake_redflag", "decided_by_id", "decided_at",
             f"{MINE} AND x.decided_at > %(since)s AND x.decided_by_id <> %(me)s",
             facts("decision", "reasons"), most=60),
        part("measure", "outcomes_measurement", "clinician_id", "recorded_at",
             f"{MINE} AND x.recorded_at > %(since)s AND x.wrong_at IS NULL AND x.value IS NOT NULL"
             " AND x.recorded_by_id <> %(me)s", f"{KEY}, 'before', {EARLIER}", most=60),
        part("wrong", "outcomes_measurement", "wrong_by_id", "wrong_at",
             f"{MINE} AND x.wrong_at > %(since)s AND x.wrong_by_id <> %(me)s", KEY, most=60),
        part("limit", "rehab_restriction", "set_by_id", "set_at",
             f"{MINE} AND x.set_at > %(since)s AND x.lifted_at IS NULL AND x.set_by_id IS DISTINCT"
             " FROM %(me)s", LIMIT, most=60),
        part("lifted", "rehab_restriction", "lifted_by_id", "lifted_at",
             f"{MINE} AND x.lifted_at > %(since)s AND x.lifted_by_id <> %(me)s", LIMIT, most=60),
        part("update", "rehab_update", "by_id", "at", RUNS,
             facts("changed", "next_week", "call_if", "by_id", "plan_id"), most=1, join=OF_PLAN),
        part("version", "rehab_planversion", "made_by_id", "made_at", f"{RUNS} AND"
             " x.made_at > %(since)s AND x.made_by_id IS DISTINCT FROM %(me)s AND x.part NOT IN"
             " ('limits', 'deficit')", BODY, most=60, join=OF_PROBLEM, each="plan_id"),
        part("version_seen", "rehab_planversion", "made_by_id", "made_at",
             f"{RUNS} AND x.made_at <= %(since)s", BODY, most=60, join=OF_PROBLEM, each="plan_id"),
        part("deficit", "rehab_planversion", "made_by_id", "made_at", "l.patient_id = %(pk)s AND"
             " x.part = 'deficit' AND x.made_at > %(since)s AND x.made_by_id IS DISTINCT FROM"
             " %(me)s AND (l.deficit_on IS NOT NULL OR x.body ->> 'deficit' = '')",
             f"{facts('plan_id', 'why')}, 'deficit', x.body ->> 'deficit'", most=60, join=OF_PLAN),
        part("step", "rehab_pathwaystep", "decided_by_id", "decided_at", "l.patient_id = %(pk)s AND"
             " x.decided_at > %(since)s AND x.decided_by_id <> %(me)s",
             facts("decision", "decision_words"), most=60, join=OF_PLAN),
        part("ended", "rehab_careplan", "ended_by_id", "ended_at",
             f"{MINE} AND x.ended_at > %(since)s AND x.ended_by_id <> %(me)s",
             f"{facts('end_reason')}, 'about', e.problem", most=60, join=OF_EPISODE),
        part("signed", "rehab_firstvisit", "signed_by_id", "signed_at",
             f"{MINE} AND x.signed_at > %(since)s AND x.signed_by_id <> %(me)s",
             "'about', e.problem", most=60, join=OF_EPISODE),
        part("added", "rehab_addendum", "by_id", "at",
             "v.patient_id = %(pk)s AND x.at > %(since)s AND x.by_id <> %(me)s",
             facts("words", "visit_id"), most=60, join=OF_VISIT),
        "(SELECT 'visit', a.id, x.at, " + NAME + ", jsonb_build_object('state', a.state, 'words',"
        f" y.words, 'starts_at', a.starts_at) FROM audit_auditevent x {VISIT} LEFT JOIN"
        f" accounts_user u ON u.id = x.actor_id WHERE {MINE} AND x.object_kind = 'appointment' AND"
        " x.action IN ('finish', 'miss') AND x.outcome = 'done' AND x.at > %(since)s AND x.actor_id"
        " <> %(me)s ORDER BY x.at DESC LIMIT 60)",
        part("document", "documents_document", "uploaded_by_id", "decided_at",
             f"{MINE} AND x.state = 'clean' AND x.decided_at > %(since)s AND x.uploaded_by_id IS"
             " DISTINCT FROM %(me)s", facts("title"), most=60),
    )
)  # fmt: skip
HAPPENED = " UNION ALL ".join(
    (
        part("call", "intake_call", "opened_by_id", "received_at",
             f"{MINE} AND x.received_at <= now()", facts("disposition", "state"), most=16),
        part("flag", "intake_redflag", "opened_by_id", "opened_at",
             f"{MINE} AND x.opened_at <= now()", facts("decided_at", "reasons"), most=16),
        part("visit", "intake_appointment", "provider_id", "starts_at", f"{MINE} AND x.state <>"
             " 'moved' AND x.starts_at <= now()", "'words', y.words, 'state', x.state", most=16,
             join="JOIN intake_visittype y ON y.id = x.visit_type_id"),
        part("plan", "rehab_planversion", "made_by_id", "made_at",
             "l.patient_id = %(pk)s AND x.made_at <= now()",
             f"{facts('number', 'part', 'why')}, 'deficit', x.body ->> 'deficit'",
             most=16, join=OF_PLAN),
        part("step", "rehab_pathwaystep", "decided_by_id", "decided_at", "l.patient_id = %(pk)s AND"
             " x.decided_at <= now()", facts("decision", "decision_words"), most=16, join=OF_PLAN),
        part("ended", "rehab_careplan", "ended_by_id", "ended_at",
             f"{MINE} AND x.ended_at <= now()", f"{facts('end_reason')}, 'about', e.problem",
             most=16, join=OF_EPISODE),
        part("signed", "rehab_firstvisit", "signed_by_id", "signed_at",
             f"{MINE} AND x.signed_at <= now()", "'about', e.problem", most=16, join=OF_EPISODE),
        part("added", "rehab_addendum", "by_id", "at", "v.patient_id = %(pk)s AND x.at <= now()",
             facts("words", "visit_id"), most=16, join=OF_VISIT),
        part("limit", "rehab_restriction", "set_by_id", "set_at", f"{MINE} AND x.set_at <= now()",
             facts("sentence", "source_words", "lifted_at"), most=16),
        part("document", "documents_document", "uploaded_by_id", "uploaded_at",
             f"{MINE} AND x.state <> 'rejected' AND x.uploaded_at <= now()",
             facts("title", "kind", "reviewed_at"), most=16),
        part("thread", "messaging_thread", "opened_by_id", "opened_at",
             f"{MINE} AND x.kind <> 'red_flag' AND x.opened_at <= now()", facts("title"), most=16),
    )
)  # fmt: skip


def patient(ask: Any) -> tuple[str, str]:
    """`ask` = tests.bench.floor.Request."""
    given = {"pk": ask.path[3], "clinic": ask.clinic, "me": ask.user[0], "drawn": DRAWN}
    row = ask.one(HEAD, given)
    beside = dict(zip(BESIDE, row[-len(BESIDE) :], strict=True))
    ask.audit("read", "patient_page", [(given["pk"], given["pk"])])
    series = ask.all(SERIES, given)
    look = beside["looks"][0]["at"] if beside["looks"] else "epoch"
    news = ask.all(NEWS, given | {"since": look})
    happened = sorted(ask.all(HAPPENED, given), key=lambda line: line[2], reverse=True)[:15]
    lists = "".join(
        f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"
        for lines in (*beside.values(), news, happened)
    )
    points = " ".join(f"{at:%j},{value}" for *_, value, _, _, _, at in series)
    table = "".join(f"<tr><td>{one[10]:%d %b %Y}</td><td>{one[6]}</td></tr>" for one in series)
    drawn = f'<svg><polyline points="{points}"/></svg><table>{table}</table>'
    return "200 OK", f"{ask.shell()}<h1>{row[:12]}</h1>{drawn}{lists}"
