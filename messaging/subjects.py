"""What a delivery is about, asked from below: the app that owns it answers.

settings.DELIVERY_SUBJECTS maps a template to a class of a higher app, as the doorbell does.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from messaging.models import Delivery


class Subject(Protocol):
    """Answers for the deliveries of one template; `subject_id` is the row's."""

    title: str  # an e-mail's subject; `{clinic}` is filled in; no name, no health data

    def unwanted(self, row: Delivery, *, now: dt.datetime) -> str:
        """ "" when it should still go out, else the sentence why not."""
        ...

    def words(self, row: Delivery) -> Mapping[str, str]:
        """What the text's template needs beside `clinic`, `phone` and `link`."""
        ...

    def about(self, row: Delivery) -> uuid.UUID | None:
        """The patient it is about, for the trail and the work item when it fails."""
        ...


def subject_of(row: Delivery) -> Subject | None:
    path = settings.DELIVERY_SUBJECTS.get(row.template)
    return cast(Subject, import_string(path)()) if path else None
