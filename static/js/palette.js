// The command palette: filters its own list while typing; arrow keys walk results and actions.
(() => {
  "use strict";
  const palette = document.querySelector("[data-palette]");
  if (!palette) return;
  const input = palette.querySelector("input[type=search]");
  const items = [...palette.querySelectorAll("[data-palette-list] > li")];
  const links = () => [...palette.querySelectorAll("a[href]")].filter((a) => !a.closest("[hidden]"));

  function filter() {
    const wanted = input.value.trim().toLowerCase();
    items.forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(wanted); });
  }

  input.addEventListener("input", filter);
  palette.addEventListener("close", () => {
    input.value = ""; // a name typed here must not wait on the page for the next person
    palette.querySelector("#palette-results").replaceChildren();
    filter();
  });
  palette.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [input, ...links()];
    const at = stops.indexOf(document.activeElement) + step;
    stops[(at + stops.length) % stops.length].focus();
  });
})();
