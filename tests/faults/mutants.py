"""Each guard of the delivery taken away once, and the test that must notice.

`old` → `new` in one file of a copy of the tree; `test` then has to fail there.
"""

from dataclasses import dataclass

DELIVERIES = "messaging/services/deliveries.py"
WANTED = "messaging/services/wanted.py"
STATES = "tests/messaging/test_delivery_states.py"
RACES = "tests/messaging/test_delivery_races.py"
SETTLING = "tests/messaging/test_delivery_settling.py"
KILLED = "tests/faults/test_worker_killed.py"
DOOR = "tests/faults/test_at_the_door.py"
SCANNER = "tests/documents/test_scanner.py"
STORING = "tests/documents/test_storing.py"


@dataclass(frozen=True)
class Mutant:
    guard: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "the scanner fails closed",
        "core/documents/scanners.py",
        'raise NoAnswer("scanner") from error',
        'return ""',
        f"{SCANNER}::test_away_it_leaves_the_file_locked_and_takes_it_up_again",
    ),
    Mutant(
        "nothing half on a full disk",
        "core/documents/files.py",
        "            part.unlink(missing_ok=True)\n",
        "            pass\n",
        f"{STORING}::test_a_full_disk_keeps_nothing_of_a_form",
    ),
    Mutant(
        "files of an undone form go",
        "core/documents/services/receiving.py",
        "if arrival.document and arrival.document.stored_as:",
        "if False:",
        f"{STORING}::test_a_full_disk_leaves_no_file_behind_at_once",
    ),
    Mutant(
        "UNIQUE dedupe_key",
        "messaging/migrations/0001_initial.py",
        "('dedupe_key', models.CharField(max_length=160, unique=True))",
        "('dedupe_key', models.CharField(max_length=160))",
        f"{RACES}::test_the_same_key_is_one_row_in_eight_requests",
    ),
    Mutant(
        "`handing` before the body",
        DELIVERIES,
        'handed = move(held, "hand", now=now)',
        "handed = True",
        f"{KILLED}::test_killed_between_body_and_answer_is_uncertain_until_a_person_decides",
    ),
    Mutant(
        "SKIP LOCKED and the state in the claim",
        DELIVERIES,
        "FOR UPDATE SKIP LOCKED LIMIT 1)",
        "LIMIT 1)",
        f"{RACES}::test_two_workers_never_hold_the_same_delivery",
    ),
    Mutant(
        "lease token",
        DELIVERIES,
        "filter(pk=held.row.pk, lease_token=held.token, state__in=sources)",
        "filter(pk=held.row.pk, state__in=sources)",
        f"{STATES}::test_a_worker_that_woke_up_late_does_not_move_what_another_holds",
    ),
    Mutant(
        "reaper",
        "messaging/tick.py",
        '_part("deliver", reap, deliver_due, now=now)',
        '_part("deliver", deliver_due, now=now)',
        f"{KILLED}::test_killed_before_the_body_is_sent_again_once",
    ),
    Mutant(
        "leases by the database's clock",
        DELIVERIES,
        "WHERE state IN ('claimed', 'handing') AND lease_until < clock_timestamp()",
        "WHERE state IN ('claimed', 'handing')",
        f"{STATES}::test_a_lease_that_ran_out_is_freed_by_how_far_it_was",
    ),
    Mutant(
        "re-check before sending",
        DELIVERIES,
        "    if unwanted:\n",
        "    if False:\n",
        f"{STATES}::test_what_was_dealt_with_meanwhile_does_not_leave",
    ),
    Mutant(
        "still on the team",
        WANTED,
        "if row.item and not _concerns(user, row.item, now=now):",
        "if False:",
        f"{STATES}::test_nothing_about_a_patient_goes_to_who_left_the_team",
    ),
    Mutant(
        "superseded",
        WANTED,
        "if row.item and _superseded(row):",
        "if False:",
        "tests/faults/test_standstill.py",
    ),
    Mutant(
        "one worker speaks the rungs",
        "messaging/tick.py",
        "mine = bool(cursor.fetchone()[0])",
        "mine = bool(cursor.fetchone())",
        "tests/messaging/test_delivery_races.py::test_while_one_worker_speaks_another_sends_nothing",
    ),
    Mutant(
        "doorbell beside the page",
        DELIVERIES,
        "threading.Thread(target=_ring, daemon=True).start()",
        "_ring()",
        "tests/faults/test_broker.py::test_pages_answer_and_the_nudge_follows[frozen]",
    ),
    Mutant(
        "version of the row",
        "messaging/services/settling.py",
        "if row.version != version:",
        "if False:",
        f"{SETTLING}::test_the_second_manager_sees_both_and_changes_nothing",
    ),
    Mutant(
        "lock while deciding",
        "messaging/services/settling.py",
        "Delivery.objects.select_for_update().get(pk=delivery.pk)",
        "Delivery.objects.get(pk=delivery.pk)",
        f"{SETTLING}::test_retry_and_cancel_at_the_same_moment_is_one_of_them",
    ),
    Mutant(
        "reconnect",
        "messaging/tick.py",
        "if not connection.is_usable():",
        "if False:",
        "tests/messaging/test_delivery_races.py::test_a_lost_connection_costs_a_part_not_the_round",
    ),
    Mutant(
        "held rows wait for a person",
        DELIVERIES,
        "WHERE state = 'pending' AND next_attempt_at",
        "WHERE state IN ('pending', 'held') AND next_attempt_at",
        f"{SETTLING}::test_a_restore_holds_what_was_to_be_sent_and_nothing_else",
    ),
    Mutant(
        "leases by one clock",
        DELIVERIES,
        "WHERE state IN ('claimed', 'handing') AND lease_until < clock_timestamp()",
        "WHERE state IN ('claimed', 'handing') AND lease_until"
        " < clock_timestamp() + interval '10 minutes'",
        "tests/faults/test_clock_ahead.py",
    ),
    Mutant(
        "first round",
        "config/celery.py",
        "worker_ready.connect(first_round)",
        "",
        "tests/faults/test_standstill.py::test_a_worker_that_starts_does_at_once_what_fell_due",
    ),
    Mutant(
        "version of a work item",
        "messaging/services/work.py",
        "if version is not None and version != row.version:",
        "if False:",
        f"{DOOR}::test_the_second_of_two_plans_is_told_and_overwrites_nothing",
    ),
    Mutant(
        "form key",
        "core/work/services.py",
        "            return row, True\n    except IntegrityError:\n",
        "            return row, True\n    except IntegrityError:\n        return row, True\n",
        f"{DOOR}::test_twenty_at_once_with_one_form_key_are_one_effect",
    ),
    Mutant(
        "the first of an hour that comes twice",
        "core/lib/business_days.py",
        "at.replace(tzinfo=None, fold=0)",
        "at.replace(tzinfo=None, fold=1)",
        "tests/faults/test_calendar.py",
    ),
)
