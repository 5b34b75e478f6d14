// Y, N and U answer the question that has focus; then focus moves to what is asked next.
// Contract: [data-question] row, input[data-answer="y|n|u"], [data-opens] on the answer that shows
// [data-branches]. Arrow keys stay native. Off when the body has no data-shortcuts.
(() => {
  "use strict";
  const typing = (el) => el.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  const answered = (row) => row.querySelector("input[data-answer]:checked") !== null;
  const first = (row) => row.querySelector("input[data-answer]");

  function focusNext(row) {
    const rows = [...document.querySelectorAll("[data-question]")];
    const next = rows.slice(rows.indexOf(row) + 1).find((other) => !answered(other));
    if (next) {
      first(next).focus();
      next.scrollIntoView({ block: "nearest" });
    }
  }

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-question]");
    if (!row || !("shortcuts" in document.body.dataset)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const answer = row.querySelector(`input[data-answer="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!answer || answer.disabled) return;
    event.preventDefault();
    if (!answer.checked) {
      answer.checked = true;
      answer.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const branches = row.querySelector("[data-branches]");
    if (branches && "opens" in answer.dataset) {
      (branches.querySelector("input:checked") || branches.querySelector("input, select, textarea")).focus();
    } else {
      focusNext(row);
    }
  });

  // The panel docked at the foot of a phone grows with what it says: the question stays in sight.
  document.addEventListener("htmx:afterSwap", () => {
    document.activeElement?.closest("[data-question]")?.scrollIntoView({ block: "nearest" });
  });

  // A call whose number is known starts at the first open question, so that Y, N and U work at once.
  document.addEventListener("DOMContentLoaded", () => {
    if (document.activeElement !== document.body || document.querySelector("main [autofocus]")) return;
    const open = [...document.querySelectorAll("#callscreen [data-question]")].find((row) => !answered(row));
    if (open) first(open).focus();
  });
})();
