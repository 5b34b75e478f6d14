"""Patients from files: read, compared with the charts, taken over in one step, undone for a day."""
