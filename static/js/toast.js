// Toasts leave after data-toast seconds (0 = stay). The clock stops while one is pointed at or focused.
(() => {
  "use strict";
  const region = document.getElementById("toasts");
  if (!region) return;

  function start(toast) {
    const seconds = Number(toast.dataset.toast);
    if (!seconds || toast.dataset.started) return;
    toast.dataset.started = "yes";
    let timer = 0;
    const run = () => { timer = window.setTimeout(() => toast.remove(), seconds * 1000); };
    const stop = () => window.clearTimeout(timer);
    const again = () => { stop(); if (!toast.matches(":hover, :focus-within")) run(); };
    toast.addEventListener("pointerenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("pointerleave", again);
    toast.addEventListener("focusout", () => window.setTimeout(again));
    run();
  }

  const startAll = () => region.querySelectorAll("[data-toast]").forEach(start);
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });
  new MutationObserver(startAll).observe(region, { childList: true, subtree: true });
  startAll();
})();
