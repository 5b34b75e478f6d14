"""Indexes of the audit pages, built beside the running clinic: every page writes to this table."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("audit", "0004_seals")]

    operations = [
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(fields=['actor', '-at'], name='audit_of_person'),
        ),
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('outcome', 'refused')), fields=['object_id'], name='audit_refused_for'),
        ),
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('outcome', 'refused'), ('grant_id__isnull', False), ('action', 'export'), _connector='OR'), fields=['-at'], name='audit_notable'),
        ),
    ]
