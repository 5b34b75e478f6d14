"""The seeded words: each one stands in one field of one row, and nowhere else by chance."""

import datetime as dt
import random

BREAKS, REFUSES = "breaks everything", "refused below"  # what tests/leaks/faulty.py listens for
LETTERS = "bcdfghjklmnpqrstvwxz"


class Words:
    """`words.new("notes")` = a word never seen before; `words.what[token]` = its field."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.what: dict[str, str] = {}

    def keep(self, token: str, what: str) -> str:
        assert token not in self.what
        self.what[token] = what
        return token

    def new(self, what: str) -> str:
        letters = "".join(self.random.choices(LETTERS, k=9))
        return self.keep(f"Qu{letters}", what)

    def words(self, what: str) -> str:
        """A sentence with one word of ours; such fields ask for several words."""
        return f"told us {self.new(what)} and nothing else"

    def phone(self, what: str) -> str:
        return self.keep(f"312{self.random.randrange(6_000_000, 9_000_000)}", what)

    def mrn(self, what: str) -> str:
        return self.keep(str(self.random.randrange(700_000_000, 800_000_000)), what)

    def born(self, what: str) -> dt.date:
        while True:
            day = dt.date(1931, 1, 1) + dt.timedelta(days=self.random.randrange(12_000))
            if day.isoformat() not in self.what:
                self.keep(day.isoformat(), what)
                return day
