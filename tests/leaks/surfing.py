"""Chromium with a profile folder of its own: what a day of clicking leaves in the browser."""

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, Request, sync_playwright

from core.accounts import codes
from tests.leaks.morning import KEY, ORDINARY, Morning

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
# Everything a page can read back of what its origin keeps.
KEPT = """async () => {
  const kept = { local: { ...localStorage }, session: { ...sessionStorage }, history: history.state,
                 name: window.name, caches: [], databases: [], workers: 0 };
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    kept.caches.push([name, (await cache.keys()).map((request) => request.url)]);
  }
  for (const { name } of await indexedDB.databases()) {
    const rows = await new Promise((done) => {
      const opened = indexedDB.open(name);
      opened.onsuccess = async () => {
        const base = opened.result, all = {};
        for (const store of base.objectStoreNames) {
          all[store] = await new Promise((answer) => {
            const asked = base.transaction(store).objectStore(store).getAll();
            asked.onsuccess = () => answer(asked.result);
          });
        }
        base.close();
        done(all);
      };
    });
    kept.databases.push([name, rows]);
  }
  kept.workers = (await navigator.serviceWorker?.getRegistrations?.() ?? []).length;
  return kept;
}"""


@dataclass
class Left:
    kept: str  # storage, cookies, IndexedDB, caches
    addresses: str  # of every request, with its Referer; of every page in the history
    profile: bytes  # the files of the profile, after the browser was closed


def surf(day: Morning, plant: Any = None) -> Left:
    """Sign in with words and code, search, open a chart, take a call, leave drafts behind."""
    with tempfile.TemporaryDirectory(prefix="hallway-profile-") as folder:
        kept, addresses = [], []

        def note(request: Request) -> None:
            headers = request.headers
            addresses.append(
                f"{request.url} {headers.get('referer')} {headers.get('hx-current-url')}"
            )

        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                folder, executable_path="/usr/bin/chromium", args=FLAGS.split(),
                base_url=f"http://127.0.0.1:{day.stack.port}", reduced_motion="reduce",
            )  # fmt: skip
            context.set_default_timeout(15_000)
            context.on("request", note)
            page = context.new_page()
            walk(day, page)
            if plant:
                plant(page)
            kept.append(page.evaluate(KEPT))
            kept.append(context.cookies())
            addresses += [page.evaluate("() => location.href + document.referrer + document.title")]
            context.close()
        files = [p for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink()]
        profile = b"\n".join(
            str(p).encode() + p.read_bytes() for p in files if "Safe" not in str(p)
        )
    return Left(json.dumps(kept, default=str), "\n".join(addresses), profile)


def walk(day: Morning, page: Page) -> None:
    words, patient = day.words, day.patients[3]
    mine = getattr(day.cast, ORDINARY)
    page.goto("/sign-in/")
    page.get_by_label(re.compile("e-?mail", re.I)).fill(mine.email)
    page.get_by_label("Password", exact=False).fill(day.password)
    page.keyboard.press("Enter")
    # The code of the half minute before was used in the story: this one is its neighbour.
    page.get_by_label("Code").fill(codes.code_at(KEY, codes.counter_at(timezone.now()) + 1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/")
    page.goto("/patients/")
    for text in (patient.family_name, words.new("search")):
        box = page.locator("main [name=q]")
        box.fill(text)
        with page.expect_response("**/patients/"):
            box.press("Enter")
        page.wait_for_load_state("load")  # a person looks at the answer: the page has run
    page.goto("/patients/new")  # somebody who may be known already: asked back, with what was typed
    for name, text in {"given_name": patient.given_name, "family_name": patient.family_name,
                       "birth_date": f"{patient.birth_date:%m/%d/%Y}"}.items():  # fmt: skip
        page.locator(f"main [name={name}]").fill(text)
    with page.expect_response("**/patients/new"):
        page.locator("main [name=birth_date]").press("Enter")
    page.wait_for_load_state("load")
    page.goto(f"/patients/{patient.pk}/")
    page.goto(f"/patients/{patient.pk}/messages/new")
    for name in ("title", "body"):
        page.locator(f"main [name={name}]").fill(words.words(f"unsent {name}"))
    page.wait_for_timeout(2500)  # drafts are saved while typing
    flag = page.goto("/today/")
    assert flag and flag.status == 200
    page.goto("/sign-in/")
