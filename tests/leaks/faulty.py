"""Hallway with two faults built in: a search for certain words breaks, the error quotes them."""

from typing import Any

from config.wsgi import application  # isort: skip - sets Django up for the imports below

from django.db import connection

from config.home import patients
from tests.leaks.words import BREAKS, REFUSES

__all__ = ["application"]
plain = patients.find_patients


def find_patients(viewer: Any, text: str, **more: Any) -> Any:
    if text.endswith(BREAKS):
        raise ValueError(f"no row for {text}")  # as a careless line of code would put it
    if text.endswith(REFUSES):
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(%s AS integer)", [text])  # PostgreSQL quotes the value
    return plain(viewer, text, **more)


patients.find_patients = find_patients
