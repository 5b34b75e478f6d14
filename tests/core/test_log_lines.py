"""A log line is one line of JSON: a time, a level, ids. What else was handed over is dropped."""

import json
import logging
import sys
import time

from core.lib.logs import AllowListFormatter


def line(message, **more):
    record = logging.LogRecord("messaging.tasks", logging.INFO, "x.py", 1, message, (), None)
    record.__dict__.update(more)
    return AllowListFormatter().format(record)


def test_a_line_break_does_not_start_another_line():
    forged = line('sent\n{"level": "INFO", "event": "signed in as cole"}')
    assert len(forged.splitlines()) == 1
    assert json.loads(forged)["level"] == "INFO" and "\n" in json.loads(forged)["event"]


def test_it_says_when_where_and_how_bad_and_passes_ids_alone():
    said = json.loads(line({"event": "task", "task_id": "t1", "patient": "Okafor"}, count=3))
    assert set(said) == {"at", "level", "logger", "event", "task_id", "count"}
    assert said["logger"] == "messaging.tasks" and said["count"] == 3


def test_an_error_keeps_its_kind_and_place_and_not_what_it_quotes():
    try:
        raise ValueError("Key (name)=(Okafor) already exists")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "broke", (), sys.exc_info())
    said = AllowListFormatter().format(record)
    assert "Okafor" not in said and json.loads(said)["error"] == "ValueError"
    assert "test_log_lines.py" in json.loads(said)["where"][-1]


def test_what_django_says_of_a_refused_request_quotes_its_address():
    for name in ("django.security.csrf", "django.security.DisallowedHost", "django.request"):
        args = ("Forbidden: /reset/abc-token/ %s", ("Okafor",))
        record = logging.LogRecord(name, logging.WARNING, "x.py", 1, *args, None)
        said = AllowListFormatter().format(record)
        assert "abc-token" not in said and "Okafor" not in said
        assert json.loads(said)["logger"] == name, "Which kind it was is still said."


def test_times_are_utc():
    assert time.tzname[0] == "UTC", "Django sets the zone of the process by TIME_ZONE."
