"""What a signed first visit says stays as it was signed: the database itself refuses the rest.

A chart that is merged into another still takes its visits along, and retention still deletes.
"""

from django.db import migrations

KEEP = """
CREATE FUNCTION first_visit_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signed first visit is added to, never changed';
END $$;
CREATE TRIGGER first_visit_keeps BEFORE UPDATE ON rehab_firstvisit
    FOR EACH ROW WHEN (
        OLD.state <> 'open' AND (
            (NEW.body, NEW.state, NEW.exam_id, NEW.visit_on, NEW.opened_at, NEW.signed_at,
             NEW.signed_by_id, NEW.discard_reason)
            IS DISTINCT FROM
            (OLD.body, OLD.state, OLD.exam_id, OLD.visit_on, OLD.opened_at, OLD.signed_at,
             OLD.signed_by_id, OLD.discard_reason)
        )
    ) EXECUTE FUNCTION first_visit_is_signed();
CREATE FUNCTION addendum_is_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an addendum is written once';
END $$;
CREATE TRIGGER addendum_keeps BEFORE UPDATE ON rehab_addendum
    FOR EACH ROW EXECUTE FUNCTION addendum_is_written();
"""
FREE = """
DROP TRIGGER addendum_keeps ON rehab_addendum;
DROP FUNCTION addendum_is_written();
DROP TRIGGER first_visit_keeps ON rehab_firstvisit;
DROP FUNCTION first_visit_is_signed();
"""


class Migration(migrations.Migration):
    dependencies = [("rehab", "0001_initial")]
    operations = [migrations.RunSQL(KEEP, FREE)]
