"""The process a stranger's file is read in: `python -m core.documents.check_child JOB`.

The file comes in on stdin; a line of JSON and the new bytes go out. It starts with an almost empty
environment and no connection and sets itself limits before it reads a byte. JOB is a content type
(check and write anew), `page N` (draw one page of a PDF that was found clean) or `join A B …`
(clean files of so many bytes each, one after the other, become one PDF).
"""

import io
import json
import os
import resource
import sys
import warnings
from typing import Any

from core.documents.rules import (
    JPEG,
    LARGEST_KEPT,
    MOST_PAGES,
    MOST_PIXELS,
    PDF,
    PNG,
    TIFF,
    type_of,
)
from core.lib.pdf_child import no_network

MEMORY = 1024 * 1024 * 1024
SECONDS = 20  # of the processor
FORMATS = {JPEG: "JPEG", PNG: "PNG", TIFF: "TIFF"}
PAGE_WIDTH = 1100  # pixels of a drawn page: read without zooming on a wide screen
TALLEST = 4000


def limit_myself() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # pipes only
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(no_network)


def checked(kind: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    """({content_type, pages} or {why}, the new bytes)."""
    from core.documents.pdf_clean import Rejected  # noqa: PLC0415 - after the limits

    try:
        if kind == PDF:
            new, pages = pdf(data)
            told = {"content_type": PDF, "pages": pages}
        elif kind == TIFF:
            new, pages = fax(data)
            told = {"content_type": PDF, "pages": pages}
        else:
            new = picture(data, kind)
            told = {"content_type": kind, "pages": 1}
    except Rejected as rejected:
        return {"why": rejected.why}, b""
    except (MemoryError, RecursionError):
        return {"why": "too_much"}, b""
    except Exception as error:  # noqa: BLE001 - a stranger's bytes: whatever it was, it is refused
        return {"why": "broken", "error": type(error).__name__}, b""
    if len(new) > LARGEST_KEPT:
        return {"why": "large"}, b""
    return told, new


def pdf(data: bytes) -> tuple[bytes, int]:
    """Written anew, and opened once by the program that will draw it."""
    from core.documents.pdf_clean import Rejected, cleaned  # noqa: PLC0415

    new, pages = cleaned(data)
    import pypdfium2  # noqa: PLC0415

    if len(pypdfium2.PdfDocument(new)) != pages:
        raise Rejected("broken")
    return new, pages


def opened(data: bytes, kind: str) -> Any:
    """A picture whose head was read and whose size is allowed."""
    from PIL import Image  # noqa: PLC0415

    from core.documents.pdf_clean import Rejected  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(data), formats=[FORMATS[kind]])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Rejected("pixels") from error
    if image.width * image.height > MOST_PIXELS:
        raise Rejected("pixels")
    return image


def picture(data: bytes, kind: str) -> bytes:
    """Drawn anew, upright, first frame only; what the camera wrote beside it (where, when) goes."""
    from PIL import ImageOps  # noqa: PLC0415

    image = opened(data, kind)
    image.load()
    upright = ImageOps.exif_transpose(image)
    if kind == JPEG:
        plain = upright if upright.mode == "L" else upright.convert("RGB")
    else:
        plain = upright.convert(png_mode(upright))
    plain.info = {}
    out = io.BytesIO()
    options = {"quality": 90, "optimize": False} if kind == JPEG else {"compress_level": 6}
    plain.save(out, FORMATS[kind], **options)
    return out.getvalue()


def png_mode(image: Any) -> str:
    if image.mode in {"1", "L", "RGB", "RGBA"}:
        return str(image.mode)
    clear = image.mode in {"LA", "PA"} or "transparency" in image.info
    return "RGBA" if clear else "L" if image.mode.startswith("I") else "RGB"


def fax(data: bytes) -> tuple[bytes, int]:
    """A TIFF of any number of pages becomes a PDF: no browser shows a TIFF."""
    from pypdf import PdfWriter  # noqa: PLC0415

    from core.documents.pdf_clean import Rejected  # noqa: PLC0415

    image = opened(data, TIFF)
    pages = int(getattr(image, "n_frames", 1))
    if pages > MOST_PAGES:
        raise Rejected("pages")
    writer = PdfWriter()
    for number in range(pages):
        image.seek(number)
        if image.width * image.height > MOST_PIXELS:
            raise Rejected("pixels")
        frame = image.copy()
        frame = frame if frame.mode in {"1", "L", "RGB"} else frame.convert("RGB")
        dots = dpi_of(image.info.get("dpi"))
        frame.info = {}
        one = io.BytesIO()
        frame.save(one, "PDF", dpi=dots)
        one.seek(0)
        writer.append(one, import_outline=False)
    out = io.BytesIO()
    writer.write(out)
    return pdf(out.getvalue())


def dpi_of(said: Any) -> tuple[float, float]:
    """A fax is finer across than down; what makes no sense reads as 200."""
    try:
        across, down = (float(x) for x in said)
    except (TypeError, ValueError):
        return 200.0, 200.0
    return (across, down) if 50 <= across <= 1200 and 50 <= down <= 1200 else (200.0, 200.0)


def joined(data: bytes, sizes: list[int]) -> tuple[bytes, int]:
    """(the first PDF with the pages of the others behind it, its pages)."""
    from pypdf import PdfWriter  # noqa: PLC0415

    parts, rest = [], io.BytesIO(data)
    for size in sizes:
        part = rest.read(size)
        parts.append(part if type_of(part[:16]) == PDF else on_paper(part))
    writer = PdfWriter(clone_from=io.BytesIO(parts[0]))
    for part in parts[1:]:
        writer.append(io.BytesIO(part), import_outline=False)
    # It says that every page can be read aloud, which is not so for a scan.
    if "/Metadata" in writer.root_object:
        del writer.root_object["/Metadata"]
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue(), len(writer.pages)


def on_paper(data: bytes) -> bytes:
    """A clean picture as a page of letter size."""
    image = opened(data, type_of(data[:16]))
    plain = image if image.mode in {"1", "L", "RGB"} else image.convert("RGB")
    dots = max(image.width / 8.5, image.height / 11, 1)
    out = io.BytesIO()
    plain.save(out, "PDF", resolution=dots, quality=85)
    return out.getvalue()


def drawn(data: bytes, number: int) -> bytes:
    """A page of a clean PDF as PNG, `number` from 1."""
    import pypdfium2  # noqa: PLC0415

    page = pypdfium2.PdfDocument(data)[number - 1]
    width, height = page.get_size()
    scale = min(PAGE_WIDTH / max(width, 1), TALLEST / max(height, 1))
    out = io.BytesIO()
    page.render(scale=scale).to_pil().convert("RGB").save(out, "PNG", compress_level=4)
    return out.getvalue()


def main() -> int:
    limit_myself()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library's print is not part of the file
    data = sys.stdin.buffer.read()
    job, told = sys.argv[1:], dict[str, Any]()
    if job[0] == "page":
        try:
            told, new = {"content_type": PNG}, drawn(data, int(job[1]))
        except Exception as error:  # noqa: BLE001 - no page, and its kind for the log
            told, new = {"why": "broken", "error": type(error).__name__}, b""
    elif job[0] == "join":
        try:
            new, pages = joined(data, [int(size) for size in job[1:]])
            told = {"content_type": PDF, "pages": pages}
        except Exception as error:  # noqa: BLE001 - no letter, and its kind for the log
            told, new = {"why": "broken", "error": type(error).__name__}, b""
    else:
        told, new = checked(job[0], data)
    answer.write(json.dumps(told).encode() + b"\n" + new)
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
