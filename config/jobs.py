"""Every kind of long work, on one screen: its name, what does it, whose page it leads to."""

from config.home.patient_export import export_record
from core.importing.services.checking import check
from core.importing.services.committing import commit
from core.importing.services.undoing import undo
from core.work.jobs import JobKind

JOBS = {
    "import_check": JobKind("Check a file of patients", check, "importing:batch"),
    "import_commit": JobKind("Take over patients from a file", commit, "importing:batch"),
    "import_undo": JobKind("Undo an import", undo, "importing:batch"),
    "patient_export": JobKind("Export a patient's record", export_record, "home:patient"),
}
