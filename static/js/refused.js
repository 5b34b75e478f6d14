// A card that answers by itself stays as it was typed: the fields it could not take are marked here,
// the others no more. Contract: [data-wrong="names of fields"] inside the form, with an id; it says
// what is wrong, so it describes them.
(() => {
  "use strict";
  function describe(field, id, wrong) {
    const ids = new Set((field.getAttribute("aria-describedby") || "").split(" ").filter(Boolean));
    if (wrong) ids.add(id);
    else ids.delete(id);
    if (ids.size) field.setAttribute("aria-describedby", [...ids].join(" "));
    else field.removeAttribute("aria-describedby");
  }

  document.addEventListener("htmx:load", (event) => {
    const note = event.detail.elt.closest?.("[data-wrong]");
    const form = note?.closest("form");
    if (!form) return;
    const names = new Set(note.dataset.wrong.split(" "));
    [...form.elements].filter((field) => field.name && field.type !== "hidden").forEach((field) => {
      const wrong = names.has(field.name);
      if (wrong) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      describe(field, note.id, wrong);
    });
  });
})();
