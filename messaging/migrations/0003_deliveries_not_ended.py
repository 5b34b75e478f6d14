from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0002_trust"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["sent", "cancelled"]), _negated=True),
                fields=["clinic", "created_at", "id"],
                name="deliveries_not_ended",
            ),
        ),
    ]
