"""How request bodies are read."""

from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """JSON; a body nested too deep, or with half a character in it, is refused like a broken one.

    `"\\ud800"` is valid JSON for a text that no answer can repeat and no database can store.
    """

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            data = super().parse(*args, **kwargs)
            for text in texts(data):
                text.encode()
        except RecursionError as error:
            raise ParseError("This JSON is nested too deep.") from error
        except UnicodeEncodeError as error:
            raise ParseError("This JSON has half of a character in it (a lone \\ud…).") from error
        return data


def texts(data: Any) -> Iterator[str]:
    """Every text in a parsed body, the names of its fields too."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)
