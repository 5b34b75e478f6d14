"""What can happen to a document, what a file must be to stay, and the sentences. Pure."""

import datetime as dt
import unicodedata

from core.lib.states import Transitions

DOCUMENT: Transitions = {
    ("quarantined", "find_clean"): "clean",
    ("quarantined", "reject"): "rejected",
}

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE  # of a file as it comes
LARGEST_KEPT = 25 * MEGABYTE  # of what was written anew: a photograph without its tricks
MOST_FILES = 10  # in one form
MOST_PIXELS = 40_000_000
MOST_PAGES = 200
NAME_LENGTH = 120
GIVE_UP = dt.timedelta(days=1)  # for a file that takes too long to read, again and again

PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}  # of what is kept; a TIFF becomes a PDF

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
# What cannot stay, told apart only so that the sentence helps.
KNOWN: tuple[tuple[bytes, str], ...] = (
    (b"PK", "zip"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"RIFF", "picture"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"#!", "program"),
)
SENTENCES = {
    "zip": "This is a Word file, another Office file or a ZIP. Save it as PDF and upload that.",
    "office": "This is an Office file. Save it as PDF and upload that.",
    "heic": "This is a HEIC photo. Set the phone’s camera to “Most compatible”, or save it as "
    "JPEG, and upload that.",
    "picture": "Pictures can be kept as JPEG, PNG or TIFF only. Save it as one of these.",
    "program": "This is a program, not a document. Do not open it; ask the sender what it is.",
    "type": "Only PDF, JPEG, PNG and TIFF files can be kept, and this is none of them inside, "
    "whatever its name says.",
    "broken": "This file is damaged and cannot be read. Ask for it once more.",
    "pixels": "This picture has more than 40 million pixels. Save it smaller and upload that.",
    "pages": "This document has more than 200 pages. Split it and upload the parts.",
    "large": "This file becomes too large when it is written anew. Save it smaller.",
    "encrypted": "This PDF is locked with a password. Ask for it unlocked, or print it to a new "
    "PDF and upload that.",
    "script": "This PDF carries a program (JavaScript). Ask the sender for a plain PDF, or print "
    "it to a new PDF.",
    "launch": "This PDF wants to start a program or open another file. Do not open it; ask the "
    "sender for a plain PDF.",
    "attachment": "This PDF carries other files inside. Ask the sender for each file by itself.",
    "media": "This PDF carries film, sound or 3-D content. Ask the sender for a plain PDF.",
    "form": "This PDF is an electronic form. Print it to a new PDF and upload that, so that what "
    "was filled in stays to be read.",
    "action": "This PDF does something by itself when it is opened. Print it to a new PDF and "
    "upload that.",
    "too_much": "This file needs too much time or memory to read, so it was not kept. Ask for a "
    "plain PDF or a picture.",
    "virus": "The virus scanner found something in this file. Do not open it anywhere; tell your "
    "technical contact and the sender.",
    "lost": "The file was lost before it was checked. Upload it once more.",
}
# Why a file still waits; it is tried again by itself.
WAITING = {
    "scanner": "The virus scanner does not answer. The file stays locked and is checked again by "
    "itself.",
    "no_scanner": "No virus scanner is set up. The file stays locked; tell your technical contact.",
    "slow": "Checking this file takes long. It is tried again by itself.",
    "queued": "This file is waiting for its check, which takes a minute or two.",
}
EMPTY = "This file is empty. Check the scan or the download, and upload it once more."
TOO_LARGE = "This file is larger than 10 MB. Scan it at 200 dpi or in parts, and upload that."
NO_FILE = "Choose the file first."
TOO_MANY = f"At most {MOST_FILES} files at once. Upload the rest afterwards."
SHORTEST_REASON = 10


def type_of(head: bytes) -> str:
    """The content type by the first bytes; "" for what cannot be kept."""
    return next((kind for start, kind in SIGNATURES if head.startswith(start)), "")


def why_not(head: bytes) -> str:
    """A key of SENTENCES for a file that `type_of` does not know."""
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"hevc", b"avif"}:
        return "heic"
    return next((why for start, why in KNOWN if head.startswith(start)), "type")


def clean_name(name: str) -> str:
    """A file's name as it came, without folders, control or direction signs; never empty.

    It is shown and searched, never used as a path.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in last)
    plain = " ".join(plain.split()).strip(". ")
    if len(plain) > NAME_LENGTH:
        stem, dot, ending = plain.rpartition(".")
        short = dot and len(ending) <= 8
        tail = f"…{dot}{ending}" if short else "…"
        plain = (stem if short else plain)[: NAME_LENGTH - len(tail)] + tail
    return plain or "file"


def download_name(kind_label: str, on: dt.date | None, content_type: str) -> str:
    """What a saved copy is called: what it is and its date, nobody's name."""
    words = "-".join("".join(c if c.isalnum() else " " for c in kind_label).lower().split())
    day = f"-{on.isoformat()}" if on else ""
    return f"{words or 'document'}{day}.{ENDINGS.get(content_type, 'bin')}"
