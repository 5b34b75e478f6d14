from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0002_trust'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
    ]
