// Asks two minutes before a session ends, keeps what is typed, and leaves for the sign-in page at its end.
// Every answer of the server says how many seconds are left (X-Session-Ends); other tabs count too, so
// the server is asked (in the background, which extends nothing) before anything is shown.
(() => {
  "use strict";
  const root = document.querySelector("[data-session]");
  if (!root) return;
  const WARN = 120; // seconds before the end
  const dialog = root.querySelector("dialog");
  const until = root.querySelector("[data-session-until]");
  let end = 0; // on this page's own clock
  let timer = 0;

  function schedule(seconds) {
    end = Date.now() + seconds * 1000;
    window.clearTimeout(timer);
    if (seconds > WARN && dialog.open) dialog.close();
    timer = window.setTimeout(look, Math.max(0, seconds > WARN ? seconds - WARN : seconds + 1) * 1000);
  }

  async function ask(method) {
    const headers = { "HX-Request": "true", "HX-Current-URL": window.location.href };
    if (method === "GET") headers["X-Background"] = "1";
    else headers["X-CSRFToken"] = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const answer = await fetch(root.dataset.session, { method, headers, cache: "no-store" });
    const leave = answer.headers.get("HX-Redirect");
    if (leave) window.location.assign(leave);
    else if (answer.ok) return (await answer.json()).ends_in;
    return null;
  }

  async function look() {
    let seconds = null;
    try { seconds = await ask("GET"); } catch { timer = window.setTimeout(look, 5000); return; }
    if (seconds === null) return;
    schedule(seconds);
    if (seconds <= WARN) warn(seconds);
  }

  function warn(seconds) {
    document.dispatchEvent(new CustomEvent("hallway:save-drafts"));
    const at = new Date(Date.now() + seconds * 1000);
    until.textContent = `at ${at.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" })}`;
    if (!dialog.open) dialog.showModal();
  }

  root.querySelector("[data-session-stay]").addEventListener("click", async () => {
    try {
      const seconds = await ask("POST");
      if (seconds !== null) schedule(seconds);
    } catch { until.textContent = "soon: no connection. Try again"; }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const seconds = Number(event.detail.xhr?.getResponseHeader("X-Session-Ends"));
    if (seconds) schedule(seconds);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() > end - WARN * 1000) look(); // the device slept
  });
  schedule(Number(root.dataset.endsIn));
})();
