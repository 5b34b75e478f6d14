"""Every write of intake, by noun: calls, answers, callbacks, flags."""
