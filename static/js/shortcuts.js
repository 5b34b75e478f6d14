// Single keys, from the page itself: data-key="c" on a link, button or input names its key
// (data-key-label its words under "?"). J and K walk [data-row]; a key inside a row acts on that row
// first. Off inside fields, in open dialogs, and when the body has no data-shortcuts (mod+… stays on).
(() => {
  "use strict";
  const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
  const SYMBOLS = MAC ? { "mod+k": "⌘K", "mod+enter": "⌘↵" } : { "mod+k": "Ctrl K", "mod+enter": "Ctrl ↵" };
  const typing = (el) => el.isContentEditable || el.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  if (MAC) {
    document.querySelectorAll("[data-key^=mod] > kbd").forEach((kbd) => { kbd.textContent = SYMBOLS[kbd.parentElement.dataset.key]; });
  }

  function press(el) {
    if (el.matches("input, textarea, select")) {
      el.focus();
      el.select?.();
    } else {
      if (typing(document.activeElement)) document.activeElement.blur(); // what was typed is saved first
      el.click();
    }
  }

  function holder(key) {
    const wanted = `[data-key="${CSS.escape(key)}"]:not(:disabled, [aria-disabled="true"])`;
    const row = document.activeElement?.closest("[data-row]");
    if (row?.querySelector(wanted)) return row.querySelector(wanted);
    return [...document.querySelectorAll(wanted)].find((el) => !el.closest("[data-row]")) || null;
  }

  function walk(step) {
    const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.querySelector("a[href], button"));
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement?.closest("[data-row]"));
    const to = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[to].querySelector("a[href], button").focus();
    rows[to].scrollIntoView({ block: "nearest" });
  }

  function help() {
    const dialog = document.getElementById("shortcuts");
    const list = dialog?.querySelector("[data-shortcut-list]");
    if (!list || dialog.open) return;
    list.querySelectorAll("[data-from-page]").forEach((line) => line.remove());
    const seen = new Set();
    document.querySelectorAll("[data-key]").forEach((el) => {
      if (seen.has(el.dataset.key)) return;
      seen.add(el.dataset.key);
      const line = document.createElement("div");
      const [term, words, key] = ["dt", "dd", "kbd"].map((name) => document.createElement(name));
      line.dataset.fromPage = "";
      key.textContent = SYMBOLS[el.dataset.key] || el.dataset.key.toUpperCase();
      words.textContent = el.dataset.keyLabel || (el.querySelector("span") || el).textContent.trim();
      term.append(key);
      line.append(term, words);
      list.append(line);
    });
    dialog.showModal();
  }

  function modified(event) {
    const name = { k: "mod+k", Enter: "mod+enter" }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const el = name && holder(name);
    if (!el || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    press(el);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (event.ctrlKey || event.metaKey) { modified(event); return; }
    if (!("shortcuts" in document.body.dataset) || document.querySelector("dialog[open]") || typing(event.target)) return;
    const key = event.key.toLowerCase();
    const el = key.length === 1 ? holder(key) : null;
    if (event.key === "?") { event.preventDefault(); help(); }
    else if (key === "j" || key === "k") { event.preventDefault(); walk(key === "j" ? 1 : -1); }
    else if (el) { event.preventDefault(); press(el); }
  });
})();
