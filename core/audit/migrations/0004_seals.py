"""The chain that seals audit rows, append-only as the rows are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

DENY = """
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""
ALLOW = """
DROP TRIGGER audit_no_truncate ON {table};
DROP TRIGGER audit_no_change ON {table};
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_trust'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('format', models.PositiveSmallIntegerField()),
                ('sealed_at', models.DateTimeField()),
                ('complete', models.BooleanField()),
                ('count', models.PositiveIntegerField()),
                ('total', models.PositiveBigIntegerField()),
                ('first_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('highest_id', models.BigIntegerField()),
                ('settled_id', models.BigIntegerField()),
                ('snapshot_xmax', models.BigIntegerField()),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='AuditSealed',
            fields=[
                ('event_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('digest', models.BinaryField()),
            ],
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='actor',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='auditsealed',
            name='seal',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.auditseal'),
        ),
        *(
            migrations.RunSQL(DENY.format(table=table), ALLOW.format(table=table))
            for table in ("audit_auditseal", "audit_auditsealed")
        ),
    ]
