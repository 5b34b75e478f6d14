"""The trail in words: what was done, to what, and which reasons are not for everybody."""

from typing import Any

from core.audit.selectors import Look

ACTIONS = {
    "acknowledge": "Acknowledged",
    "action": "Wrote down what was done",
    "answer": "Answered a question",
    "assign": "Said which problem a visit is for",
    "backup": "Made a backup",
    "break_glass": "Opened in an emergency",
    "break_glass_end": "Ended an emergency access",
    "break_glass_review": "Reviewed an emergency access",
    "change": "Changed",
    "classify": "Said what a document is",
    "checked": "Marked as checked",
    "cancel": "Cancelled",
    "check_file": "Compared a file with the charts",
    "close": "Closed",
    "commit": "Asked to take over a file",
    "confirm": "Confirmed who they are",
    "confirm_limit": "Confirmed a limit in doubt",
    "cosign": "Co-signed",
    "create": "Added",
    "decide": "Decided",
    "delete": "Removed",
    "delivery_cancel": "Cancelled a delivery",
    "delivery_mark_delivered": "Marked a delivery as delivered",
    "delivery_release": "Released a held delivery",
    "delivery_retry": "Tried a delivery again",
    "doubt_limit": "Put a limit in doubt: its document was on the wrong chart",
    "download": "Downloaded",
    "enable": "Enabled again",
    "end": "Ended",
    "enrol_factor": "Set up the second factor",
    "export": "Exported as a file",
    "find_clean": "Found clean",
    "grant_access": "Was given access",
    "hand_over": "Handed over",
    "import": "Took over a file",
    "invite": "Invited",
    "issue_token": "Issued an API token",
    "legal_hold": "Worked on the legal hold",
    "lift": "Lifted",
    "limits_copied": "Copied limits in",
    "limits_none": "Found no limits in it",
    "list": "Saw in a list",
    "load": "Loaded",
    "lockout": "Was locked out",
    "lower": "Lowered where a call goes",
    "match": "Matched with a call",
    "match_offered": "Was offered as a match",
    "message": "Wrote a message",
    "open": "Began",
    "print": "Printed",
    "propose": "Wrote a new version",
    "purge": "Deleted what was due",
    "raise": "Raised where a call goes",
    "read": "Opened",
    "read_audit": "Looked at the trail",
    "refile": "Moved to another chart",
    "refused": "Tried a page not allowed",
    "reject": "Rejected a file",
    "reset_asked": "Was asked for a new password",
    "reset_password": "Chose a new password by mail",
    "reset_second_factor": "Reset the second factor",
    "restore": "Restored a backup",
    "retriage": "Began a re-triage",
    "reopen": "Asked for again: what came could not be used",
    "review": "Reviewed",
    "revise": "Changed the plan",
    "revoke_token": "Revoked an API token",
    "search": "Found by a search",
    "second_factor": "Gave the second factor",
    "session_end": "Session ended",
    "sign_in": "Signed in",
    "sign_off": "Signed off",
    "sign_out": "Signed out",
    "sign_out_everywhere": "Signed out everywhere",
    "start": "Began long work",
    "undo": "Asked to undo an import",
    "undo_import": "Undid an import",
    "unlock": "Unlocked",
    "upload": "Uploaded",
    "use_recovery_code": "Used a recovery code",
    "verify": "Checked the audit chain",
    "withdraw": "Withdrew",
    "write": "Wrote",
}
OBJECTS = {
    "access_grant": "Access to the chart",
    "audit_trail": "Audit trail",
    "call": "Call",
    "care_team": "Care team",
    "care_plan": "Plan",
    "document": "Document",
    "identifier": "Number in another system",
    "import": "Import",
    "inbox": "Inbox",
    "job": "Long work",
    "list": "List",
    "outbox": "Deliveries",
    "patient": "Chart",
    "patient_page": "Patient’s page",
    "payer": "Payer",
    "payer_policies": "Payer rules",
    "plan_ack": "What changed in a plan",
    "plan_version": "Version of a plan",
    "portal": "Own portal page",
    "portal_plan": "Own plan in the portal",
    "protocol": "Protocol version",
    "red_flag": "Red flag",
    "restriction": "Limit",
    "route": "Page",
    "user": "User",
    "work_item": "Work item",
    "worklist": "Work list",
}
# Reasons about running the clinic. Every other reason may be clinical: for those who read charts.
OPEN_REASONS = {
    "access_grant", "audit_trail", "care_team", "cover", "delivery", "legal_hold", "on_call_shift",
    "outbox", "payer", "payer_policies", "protocol", "staff_member", "system", "user",
}  # fmt: skip


def in_words(code: str, table: dict[str, str]) -> str:
    return table.get(code) or code.replace("_", " ").capitalize()


def action_words(code: str) -> str:
    return in_words(code, ACTIONS)


def object_words(row: Look | dict[str, Any]) -> str:
    """What it was done to; a page that was refused is named by its route."""
    kind, pk = (
        (row.object_kind, row.object_id)
        if isinstance(row, Look)
        else (row["object_kind"], row["object_id"])
    )
    if kind == "route" and pk:
        return f"Page {pk.rpartition(':')[2].replace('_', ' ')}"
    kind, _, more = kind.partition(":")  # work_item:call_back
    return in_words(kind, OBJECTS) + (f": {more.replace('_', ' ')}" if more else "")


def reason_for(viewer_reads_charts: bool, kind: str, reason: str) -> str:  # noqa: FBT001 - one fact about the viewer
    """The reason, or that there is one."""
    if not reason or viewer_reads_charts or kind in OPEN_REASONS:
        return reason
    return "A reason for clinicians"
