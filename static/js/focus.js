// Focus goes to [data-focus] of what was just swapped in (or of a page that came back with errors),
// and nowhere else. Regions being replaced are aria-busy meanwhile.
(() => {
  "use strict";
  function take(root) {
    const heading = root?.matches?.("[data-focus]") ? root : root?.querySelector?.("[data-focus]");
    if (!heading) return;
    if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
    heading.focus();
    heading.removeAttribute("data-focus"); // once: a later swap elsewhere must not steal it back
  }

  document.addEventListener("htmx:load", (event) => take(event.detail.elt));
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
})();
