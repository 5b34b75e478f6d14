from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is built beside the running clinic

    dependencies = [
        ("messaging", "0002_trust"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["sent", "cancelled"]), _negated=True),
                fields=["clinic", "created_at", "id"],
                name="deliveries_not_ended",
            ),
        ),
    ]
