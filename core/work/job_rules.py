"""What can happen to long work. Pure."""

import datetime as dt

from core.lib.states import Transitions

JOB: Transitions = {
    ("waiting", "take"): "running",
    ("waiting", "cancel"): "cancelled",
    ("running", "finish"): "done",
    ("running", "fail"): "failed",
    ("running", "cancel"): "cancelled",
    ("running", "let_go"): "waiting",
}
LEASE = dt.timedelta(seconds=20)  # renewed every half second while it runs
MOST_ATTEMPTS = 3  # a worker that dies of it does so three times, not for ever
KEPT = dt.timedelta(hours=24)  # files
KEPT_JOBS = dt.timedelta(days=90)
