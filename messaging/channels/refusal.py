"""The other side's no."""


class Refusal(Exception):
    """`final` = never try again; `str()` = a code and a fixed word, nothing of the message."""

    def __init__(self, words: str, *, final: bool) -> None:
        super().__init__(words)
        self.final = final
