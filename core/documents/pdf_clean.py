"""A PDF written anew: what can be seen on its pages, and nothing that acts. Runs in the child.

A document that wants to act is refused, not repaired: somebody made it so. What is only in the way
(links, bookmarks, names, metadata, whatever was hung before or behind the PDF) is left out, because
only named parts of each page are copied. What was filled in or stamped on a page stays visible: its
drawn look is kept as a stamp that does nothing.
"""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
)

from core.documents.rules import MOST_PAGES

MOST_OBJECTS = 400_000
ACTIONS = {  # /S of an action → why it is refused; a link, GoTo and Named are left out
    "/JavaScript": "script", "/Launch": "launch", "/GoToE": "launch", "/GoToR": "launch",
    "/SubmitForm": "form", "/ImportData": "form", "/ResetForm": "form", "/Rendition": "media",
    "/Movie": "media", "/Sound": "media", "/RichMediaExecute": "media", "/GoTo3DView": "media",
    "/SetOCGState": "action", "/Trans": "action", "/Hide": "action", "/Named": "",
}  # fmt: skip
ON_THE_WAY = {None, "/GoTo", *ACTIONS}
KEYS = {
    "/JS": "script", "/JavaScript": "script", "/EmbeddedFiles": "attachment", "/EF": "attachment",
    "/RichMediaContent": "media", "/RichMediaSettings": "media", "/3DD": "media", "/XFA": "form",
    "/NeedsRendering": "form", "/AA": "action",
}  # fmt: skip
SUBTYPES = {"/RichMedia": "media", "/3D": "media", "/Movie": "media", "/Sound": "media",
            "/Screen": "media", "/FileAttachment": "attachment"}  # fmt: skip
ON_A_PAGE = {"/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/Contents",
             "/UserUnit", "/Group"}  # fmt: skip
# Of a drawing: what only tells about it, or leads out of it. Never by name alone elsewhere: a font
# may be called /A.
BESIDE_A_DRAWING = {"/Metadata", "/PieceInfo", "/OPI", "/Ref", "/Alternates", "/AF", "/Measure",
                    "/StructParent", "/StructParents", "/PtData"}  # fmt: skip
UNSEEN = 0b100010  # hidden, or not to be viewed
NOT_DRAWN = {"/Link", "/Popup"}


class Rejected(Exception):
    """`why` = a key of rules.SENTENCES."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def cleaned(data: bytes) -> tuple[bytes, int]:
    """(the new PDF, its pages). Raises Rejected; whatever else it raises means `broken`."""
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise Rejected("encrypted")
    pages = len(reader.pages)
    if pages > MOST_PAGES:
        raise Rejected("pages")
    if not pages:
        raise Rejected("broken")
    check(reader.trailer)
    form = reader.root_object.get("/AcroForm") or DictionaryObject()
    writer = PdfWriter()
    for page in reader.pages:
        notes = page.get("/Annots") or ()
        for key in set(page) - ON_A_PAGE:
            del page[key]
        stamp(notes, writer.add_page(page), writer, form)
    for place in walk(writer.root_object):
        if isinstance(place, StreamObject):
            for key in BESIDE_A_DRAWING & set(place):
                del place[key]
    writer.metadata = None
    writer.add_metadata({"/Producer": "Hallway"})
    out = io.BytesIO()
    writer.write(out)
    new = out.getvalue()
    check(PdfReader(io.BytesIO(new)).trailer, strictly=True)
    return new, pages


def check(trailer: Any, *, strictly: bool = False) -> None:
    """Walk everything that hangs on the trailer. Raises Rejected for what acts.

    `strictly`: after the rewriting not even a link, an opening action or a form may be left.
    """
    for place in walk(trailer):
        for key in place:
            if key in KEYS and not empty(place.get(key)):
                raise Rejected(KEYS[key])
            if strictly and key in {"/OpenAction", "/Names", "/AcroForm", "/URI"}:
                raise Rejected("action")
        kind = place.get("/S")
        if isinstance(kind, str) and ACTIONS.get(kind):
            raise Rejected(ACTIONS[kind])
        drawn_as = place.get("/Subtype")
        if isinstance(drawn_as, str) and drawn_as in SUBTYPES:
            raise Rejected(SUBTYPES[drawn_as])
        if place.get("/Type") == "/EmbeddedFile":
            raise Rejected("attachment")
        if isinstance(place, StreamObject) and "/F" in place:  # its bytes would be another file's
            raise Rejected("launch")
        opening = place.get("/OpenAction")  # those of ACTIONS are met on the way, with their word
        if isinstance(opening, DictionaryObject) and opening.get("/S") not in ON_THE_WAY:
            raise Rejected("action")


def empty(value: Any) -> bool:
    value = value.get_object() if isinstance(value, IndirectObject) else value
    return value is None or (isinstance(value, (ArrayObject, DictionaryObject)) and not value)


def walk(root: Any) -> Iterator[DictionaryObject]:
    """Every dictionary, once, whatever points to what."""
    waiting, seen, count = [root], set[tuple[int, int]](), 0
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            key = (thing.idnum, thing.generation)
            if key in seen:
                continue
            seen.add(key)
            thing = thing.get_object()
        count += 1
        if count > MOST_OBJECTS:
            raise Rejected("too_much")
        if isinstance(thing, DictionaryObject):
            yield thing
            waiting.extend(thing.raw_get(key) for key in thing)
        elif isinstance(thing, ArrayObject):
            waiting.extend(list.__iter__(thing))


def stamp(notes: Any, kept: PageObject, writer: PdfWriter, form: DictionaryObject) -> None:
    """What was filled in, signed or stamped on a page stays to be seen; it acts no more.

    Raises Rejected for an entry that every reader would draw in its own way: it would be lost.
    """
    stamps = ArrayObject()
    for raw in notes:
        note = raw.get_object()
        if not isinstance(note, DictionaryObject) or note.get("/Subtype") in NOT_DRAWN:
            continue
        look = look_of(note)
        if said(note) and (look is None or form.get("/NeedAppearances")):
            raise Rejected("form")
        rectangle: Any = note.get("/Rect")
        if look is None or int(note.get("/F", 0)) & UNSEEN or not rectangle:
            continue
        copy = look.clone(writer)
        if "/Resources" not in copy and "/DR" in form:  # fonts that the form keeps for all entries
            copy[NameObject("/Resources")] = form["/DR"].clone(writer)
        fresh = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Stamp"),
                NameObject("/F"): NumberObject(4),  # printed too
                NameObject("/Rect"): ArrayObject(FloatObject(x) for x in rectangle),
                NameObject("/AP"): DictionaryObject({NameObject("/N"): copy.indirect_reference}),
            }
        )
        stamps.append(writer._add_object(fresh))
    if stamps:
        kept[NameObject("/Annots")] = stamps


def look_of(note: DictionaryObject) -> StreamObject | None:
    """The normal appearance; of a ticked box, the one of its state."""
    looks = note.get("/AP")
    look = looks.get("/N") if isinstance(looks, DictionaryObject) else None
    if isinstance(look, DictionaryObject) and not isinstance(look, StreamObject):
        look = look.get(note.get("/AS"))
    look = look.get_object() if look is not None else None
    return look if isinstance(look, StreamObject) else None


def said(note: DictionaryObject) -> bool:
    """Is it an entry of a form with words in it? A box or button is seen by its look alone."""
    field: Any = note
    for _ in range(8):  # its parent says what it does not say itself
        if "/V" in field:
            value = field["/V"]
            return not isinstance(value, (NameObject, DictionaryObject)) and bool(value)
        field = field.get("/Parent")
        field = field.get_object() if field is not None else None
        if not isinstance(field, DictionaryObject):
            return False
    return False
