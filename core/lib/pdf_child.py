"""The process a PDF is made in: `python -m core.lib.pdf_child`, a job as JSON in, the PDF out.

It starts with an almost empty environment and no connection, sets itself limits before it reads a
word, and may fetch nothing but `data:` addresses. What goes wrong here ends here: the exit code is
all the web process learns.
"""

import json
import os
import resource
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

MEMORY = 512 * 1024 * 1024
SECONDS = 20
LARGEST = 20 * 1024 * 1024  # a letter has 50 kB
LARGEST_FONT = 8 * 1024 * 1024  # an embedded one passes through a temporary file
DONE, FAILED, NO_PANGO, TOO_LARGE = 0, 1, 3, 4
MAKER = "Hallway"


def fetcher() -> "URLFetcher":
    """Fetches `data:` and nothing else: no file, no network, no redirect."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - needs Pango

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False)


def limit_myself() -> None:
    """Memory, time, no file but a font's; a second belt refuses every connection."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FONT, LARGEST_FONT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(no_network)


def no_network(event: str, args: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen"}:
        raise PermissionError(event)


def document(job: dict[str, Any]) -> bytes:
    """The PDF of a job: {html, css, title, lang, variant}. Its metadata say nothing of the text."""
    from weasyprint import CSS, HTML, VERSION  # noqa: PLC0415 - needs Pango
    from weasyprint.document import DocumentMetadata  # noqa: PLC0415

    only_data = fetcher()
    sheets = [CSS(string=job["css"], url_fetcher=only_data)] if job["css"] else []
    rendered = HTML(string=job["html"], url_fetcher=only_data).render(
        stylesheets=sheets, pdf_variant=job["variant"], presentational_hints=False
    )
    # Whatever <title>, <meta> or attachment the text brought along is gone with the old one.
    rendered.metadata = DocumentMetadata(title=job["title"], generator=MAKER, lang=job["lang"])
    as_written = rendered.metadata.generate_rdf_metadata
    rendered.metadata.generate_rdf_metadata = lambda *about: as_written(*about).replace(
        f"WeasyPrint {VERSION}".encode(), MAKER.encode()
    )

    def sign(_: Any, pdf: Any) -> None:
        pdf.info["Producer"] = type(pdf.info["Producer"])(MAKER)  # no version of what runs here

    done: bytes = rendered.write_pdf(finisher=sign, pdf_variant=job["variant"])
    return done


def main() -> int:
    limit_myself()
    sys.setrecursionlimit(3000)  # deep markup fails as an error, not as a fault of the interpreter
    out = os.dup(1)
    os.dup2(2, 1)  # a library's print is not part of the PDF
    try:
        job = json.load(sys.stdin.buffer)
        pdf = document(job)
    except (MemoryError, RecursionError):
        return TOO_LARGE
    except Exception as error:  # noqa: BLE001 - whatever it was: a code, and its kind for the log
        sys.stderr.write(f"\n{type(error).__name__}\n")
        no_pango = isinstance(error, OSError) and "cannot load library" in str(error)
        return NO_PANGO if no_pango else FAILED
    if len(pdf) > LARGEST:
        return TOO_LARGE
    with os.fdopen(out, "wb") as answer:
        answer.write(pdf)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
