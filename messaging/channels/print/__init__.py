"""Print: no adapter. The row waits until a person says what became of the paper.

`services.deliveries.queue` writes it as `waiting`; `services.settling.settle` ends it with words of
proof: a fax confirmation number, a tracking number, to whom it was handed.
"""
