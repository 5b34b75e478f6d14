// Native dialogs: data-dialog-open="id", data-dialog-close, data-dialog-auto; a click outside closes.
// Also <details data-open-wide>: open on wide screens, closed on phones, until the person decides.
(() => {
  "use strict";
  const wide = window.matchMedia("(min-width: 62rem)");
  const decided = new Map(); // details class -> open, for this page only

  function open(dialog) {
    if (dialog?.showModal && !dialog.open) dialog.showModal();
  }

  function settle(root) {
    root.querySelectorAll("dialog[data-dialog-auto]").forEach(open);
    root.querySelectorAll("details[data-open-wide]").forEach((details) => {
      details.open = decided.get(details.className) ?? wide.matches;
    });
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      event.preventDefault();
      open(document.getElementById(opener.dataset.dialogOpen));
      return;
    }
    const dialog = event.target.closest("dialog[open]");
    if (!dialog) return;
    if (event.target === dialog || event.target.closest("[data-dialog-close]")) dialog.close();
  });

  document.addEventListener("click", (event) => {
    const details = event.target.closest("summary")?.parentElement;
    if (details && "openWide" in details.dataset) decided.set(details.className, !details.open);
  });

  document.addEventListener("htmx:afterSwap", () => settle(document));
  document.addEventListener("htmx:oobAfterSwap", () => settle(document));
  settle(document);
})();
