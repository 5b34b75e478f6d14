"""Every write of the ledger, by noun: measures, surveys, occurrences."""

from outcomes.services.measures import mark_in_error, record_measurement
from outcomes.services.occurrences import record_occurrence
from outcomes.services.surveys import score_survey

__all__ = ["mark_in_error", "record_measurement", "record_occurrence", "score_survey"]
