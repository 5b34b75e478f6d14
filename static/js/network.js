// "Not saved, retrying": when an autosaved field ([data-autosave]) cannot reach the server, its values
// are kept in memory (never in storage) and sent again, with growing pauses, until they are saved.
// Anything else (a signature, a message) is never sent twice by itself: the bar says so instead.
(() => {
  "use strict";
  const bar = document.getElementById("network");
  if (!bar) return;
  const line = bar.querySelector(".network__text");
  const words = bar.querySelector("[data-network-text]");
  const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds
  const waiting = new Map(); // key -> { id, verb, path, values, tries, timer }
  let hiding = 0;

  function say(text, saved = false) {
    window.clearTimeout(hiding);
    words.textContent = text;
    line.classList.toggle("is-saved", saved);
    line.hidden = false;
    if (saved) hiding = window.setTimeout(() => { line.hidden = true; }, 2500);
  }

  function show() {
    const count = waiting.size;
    say(`${count === 1 ? "1 answer" : `${count} answers`} not saved, retrying. Keep this page open.`);
  }

  const keyOf = (config) => `${config.verb} ${config.path} ${config.elt.id || config.elt.name || ""}`;

  function valuesOf(config) {
    const values = {};
    for (const name of new Set(config.formData.keys())) values[name] = config.formData.getAll(name);
    return values;
  }

  function send(entry) {
    window.clearTimeout(entry.timer);
    let source = entry.id && document.getElementById(entry.id);
    if (!source) { // the row was replaced meanwhile: a stand-in carries the same name
      source = document.createElement("div");
      source.id = entry.id;
      source.hidden = true;
      source.dataset.autosave = "stand-in";
      bar.append(source);
    }
    const extra = source.dataset.autosave === "stand-in" ? { swap: "none" } : {};
    window.htmx.ajax(entry.verb, entry.path, { source, values: entry.values, ...extra }).catch(() => {});
  }

  function keep(config) {
    const key = keyOf(config);
    const tries = (waiting.get(key)?.tries ?? -1) + 1;
    window.clearTimeout(waiting.get(key)?.timer);
    const entry = { id: config.elt.id, verb: config.verb, path: config.path, values: valuesOf(config), tries };
    const pause = PAUSES[Math.min(tries, PAUSES.length - 1)];
    entry.timer = window.setTimeout(() => send(entry), pause * 1000);
    waiting.set(key, entry);
    show();
  }

  function failed(event) {
    const config = event.detail.requestConfig;
    const status = event.detail.xhr?.status ?? 0;
    if (config.verb === "get") {
      if (config.triggeringEvent) say("This did not load. Check the connection and try again.");
    } else if (status >= 400 && status < 500) {
      say("Not saved: you may have been signed out. Copy your words, then reload the page.");
    } else if (config.elt.closest("[data-autosave]")) {
      keep(config);
    } else {
      say("Not sent. Check the connection, then press the button again.");
    }
  }

  function finished(event) {
    const config = event.detail.requestConfig;
    if (!event.detail.successful || !config) return;
    const entry = waiting.get(keyOf(config));
    if (entry) {
      window.clearTimeout(entry.timer);
      waiting.delete(keyOf(config));
      bar.querySelectorAll("[data-autosave=stand-in]").forEach((el) => { if (el.id === entry.id) el.remove(); });
      if (waiting.size) show();
      else say("Saved.", true);
    } else if (!waiting.size && !line.hidden && !line.classList.contains("is-saved")) {
      line.hidden = true;
    }
  }

  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterRequest", finished);
  window.addEventListener("online", () => waiting.forEach(send));
  window.addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
})();
