"""What a person may be allowed to do, in the words of the clinic. Who may: roles.py."""

from enum import StrEnum


class Perm(StrEnum):
    # everyone who works here
    HOME_VIEW = "see their own home, inbox and settings"
    GALLERY_VIEW = "look at the interface's parts"
    LIBRARY_VIEW = "read the clinical protocols and their sign-off"
    ROSTER_VIEW = "see who is on call"
    # administrative
    PATIENT_FIND = "find a patient by name, date of birth, MRN or phone"
    PATIENT_ADMIN_VIEW = "see a patient's identity and contact details"
    PATIENT_REGISTER = "register a patient"
    CALL_TAKE = "take and triage a call"
    CALL_BACK = "work the call-back queue"
    DISPOSITION_RAISE = "raise where a call goes"
    WORK_VIEW = "see and close work items of their role"
    THREAD_WRITE = "write messages about a patient"
    CALL_LETTER = "print the letter of a call"
    LIST_EXPORT = "export a list as a file, with a reason"
    # clinical
    CHART_VIEW = "see a patient's clinical page"
    FLAG_VIEW = "see a red flag and who saw it when"
    FLAG_ACKNOWLEDGE = "acknowledge a red flag"
    FLAG_DECIDE = "decide on a red flag: confirm, change, release the PT hold"
    DISPOSITION_LOWER = "lower where a call goes, with a reason"
    PROTOCOL_SIGN_OFF = "sign off a clinical protocol"
    BREAK_GLASS = "open a chart that is not theirs in an emergency, with a reason"
    # running the clinic
    DELIVERIES_VIEW = "see what was delivered and what was not"
    DELIVERIES_SETTLE = "retry, mark delivered or cancel a delivery"
    BREAK_GLASS_REVIEW = "review emergency access by somebody else"
    AUDIT_VIEW = "see who looked at which chart, and when"
    USER_ADMIN = "invite people, change their roles, hand over their work, disable them"
    HEALTH_VIEW = "see how the system is: loops, backups, the audit chain"
    LEGAL_HOLD = "put a chart under legal hold, and lift it"
    ROSTER_EDIT = "change the on-call roster"
    # patients
    PORTAL_VIEW = "see their own plan"
