"""Papers with seeded words in their text, title, source and file name, at the real web process."""

import uuid

from config.home.demo.papers import paper
from core.documents.models import Document
from tests.leaks.morning import Morning
from tests.leaks.person import Person

BOUNDARY = "a-boundary-of-no-meaning"


def file_papers(day: Morning) -> None:
    """One is filed, read, reviewed, downloaded and moved; one is refused."""
    wrong, right = day.patients[3], day.patients[4]
    ana, amin = day.person("ana"), day.person("amin")
    text = paper("Report", [day.words.words("text of a document")]).decode()
    filed = send(ana, wrong.pk, text, day)
    assert filed == 302, filed
    assert send(ana, wrong.pk, f"<p>{day.words.new('refused file')}</p>", day) == 422
    row = Document.objects.get(patient=wrong, state="clean")
    here = f"/documents/{row.pk}/"
    for path in (here, f"{here}pages/1", f"{here}file", f"/patients/{wrong.pk}/documents/"):
        assert amin.get(path).status == 200, path
    words = day.words.words("review of a document")
    amin.post(f"{here}review", version=str(row.version), words=words)
    reason = day.words.words("reason of a re-filing")
    ana.post(f"{here}refile/find", 200, q=right.family_name)
    ana.post(f"{here}refile/move", version=str(row.version + 1), patient=str(right.pk),
             reason=reason)  # fmt: skip
    assert day.person("cole").get("/documents/refiled/").status == 200


def send(person: Person, patient: uuid.UUID, text: str, day: Morning) -> int:
    fields = {"kind": "lab", "title": day.words.words("title of a document"),
              "source": day.words.words("source of a document"),
              "form_key": str(uuid.uuid4())}  # fmt: skip
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    name = day.words.new("file name")
    parts.append(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}.pdf"\r\n'
        f"Content-Type: application/pdf\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n"
    )
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    path = f"/patients/{patient}/documents/upload"
    return person.ask("POST", path, "".join(parts), kind).status
