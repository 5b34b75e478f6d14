// Unsent text is kept on the server: [data-draft="place"] on a field is all a form needs. Saved a
// second after the last key, on leaving the field, when the page hides, and on the event
// "hallway:save-drafts"; offered back when the form is opened again. The hidden "draft" beside the
// field (field.html) tells the server what to forget once the form is sent. Nothing is kept here.
(() => {
  "use strict";
  const address = document.body.dataset.drafts;
  const known = new Map(); // place -> { text, version, saved } as the server has it
  const gone = new Set(); // places whose form was sent
  const states = new WeakMap(); // field -> { timer, sent, note, running, stop }
  if (!address) return;

  const fields = (root = document) => [...root.querySelectorAll("[data-draft]")];
  const place = (field) => field.dataset.draft;
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  function say(field, words, ...buttons) {
    const state = states.get(field);
    if (!state.note?.isConnected) {
      state.note = document.createElement("p");
      state.note.className = "small muted";
      state.note.setAttribute("role", "status");
      (field.closest(".field__control") || field).after(state.note);
    }
    state.note.replaceChildren(words, ...buttons.flatMap((button) => [" ", button]));
  }

  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button--plain button--small";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  function put(field, text) {
    field.value = text;
    field.focus();
    const kept = known.get(place(field));
    say(field, kept ? `Saved ${kept.saved}` : "");
  }

  function clash(field, theirs) {
    const take = () => { known.set(place(field), theirs); put(field, theirs.text); };
    const keep = () => { known.set(place(field), theirs); save(field); };
    say(field, `${theirs.sentence} They are kept.`, button("Use those", take), button("Keep these", keep));
  }

  async function save(field) {
    const state = states.get(field);
    window.clearTimeout(state.timer);
    state.timer = 0;
    if (state.sent || field.value === (known.get(place(field))?.text ?? state.shown)) return;
    if (state.running) { state.again = true; return; } // one at a time: the last words win
    state.running = true;
    state.stop = new AbortController();
    const text = field.value;
    const body = new URLSearchParams({ place: place(field), text, version: known.get(place(field))?.version ?? 0 });
    try {
      const answer = await fetch(address, {
        method: "POST", body, keepalive: text.length < 15000, redirect: "manual",
        headers: { "X-CSRFToken": token() }, signal: state.stop.signal,
      });
      const said = answer.ok || [409, 422].includes(answer.status) ? await answer.json() : null;
      if (answer.ok) {
        known.set(place(field), said);
        gone.delete(place(field));
        say(field, `Saved ${said.saved}`);
      } else if (said?.text !== undefined) {
        clash(field, said);
      } else if (said?.sentence) {
        say(field, said.sentence);
      } else {
        say(field, "Not saved: you may have been signed out. Copy your words before you leave.");
      }
    } catch {
      if (!state.sent) say(field, "Not saved yet. It is tried again with the next key.");
    }
    state.running = false;
    if (state.again) { state.again = false; save(field); }
  }

  function offer(field) {
    const kept = known.get(place(field));
    if (!kept || gone.has(place(field))) return;
    if (kept.text === field.value) say(field, `Saved ${kept.saved}`);
    else say(field, "", button(`Restore what you typed at ${kept.saved}`, () => put(field, kept.text)));
  }

  function watch(root) {
    fields(root).filter((field) => !states.has(field)).forEach((field) => {
      states.set(field, { timer: 0, sent: false, shown: field.value });
      field.addEventListener("input", () => {
        const state = states.get(field);
        state.sent = false;
        window.clearTimeout(state.timer);
        state.timer = window.setTimeout(() => save(field), 1000);
      });
      field.addEventListener("blur", () => { if (states.get(field).timer) save(field); });
      offer(field);
    });
  }

  const saveAll = () => fields().forEach((field) => { if (states.get(field)?.timer) save(field); });

  // From here on the form has the words; what it does not take stays saved as of the last second.
  // A save under way is called off: it would come after the form and bring the draft back.
  document.addEventListener("submit", (event) => {
    fields(event.target).forEach((field) => {
      const state = states.get(field);
      if (!state) return;
      window.clearTimeout(state.timer);
      Object.assign(state, { timer: 0, sent: true, again: false });
      state.stop?.abort();
      gone.add(place(field));
    });
  });
  document.addEventListener("hallway:save-drafts", saveAll);
  window.addEventListener("pagehide", saveAll);
  document.addEventListener("visibilitychange", () => { if (document.hidden) saveAll(); });
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) watch(event.detail.elt); });

  async function begin() {
    if (!fields().length) return;
    watch(document); // what is typed before the answer comes is saved too
    try {
      const answer = await fetch(address, { redirect: "manual" });
      if (answer.ok) (await answer.json()).drafts.forEach((draft) => { if (!known.has(draft.place)) known.set(draft.place, draft); });
    } catch { /* offline: typed text is kept from the next save on */ }
    fields().filter((field) => states.has(field)).forEach(offer);
  }
  begin();
})();
