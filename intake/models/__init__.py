"""Every row of intake, by noun: calls, appointments, records, payer policies."""

from intake.models.calls import (
    Call,
    CallAction,
    CallAnswer,
    CallAttempt,
    Disposition,
    DispositionChange,
    RedFlag,
)
from intake.models.payers import PayerPolicy

__all__ = [
    "Call",
    "CallAction",
    "CallAnswer",
    "CallAttempt",
    "Disposition",
    "DispositionChange",
    "PayerPolicy",
    "RedFlag",
]
