// How much of a short text is left: [data-counted] on a field with maxlength keeps the words of
// `<id>-count` beside it. The server wrote them first, and refuses what is too long.
(() => {
  "use strict";
  const count = (field) => {
    const told = document.getElementById(`${field.id}-count`);
    if (told) told.textContent = `${field.value.length} of ${field.maxLength} characters`;
  };
  const all = () => document.querySelectorAll("[data-counted]").forEach(count);
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-counted]")) count(event.target);
  });
  document.addEventListener("focusin", all); // a restored draft is put in by script
  all();
})();
