// A page that answers a POST is kept by the browser with what was posted, to send it again: search
// words and typed text would stand in its files on disk. Such a page names its address anew, at
// once, before the browser writes. Reloading then asks for the empty page: <… data-posted> in the
// page's template, with the page's address where its own takes forms only. Loaded first in the head
// and not deferred: a slow page must not give the browser the time to write.
"use strict";

const posted = new MutationObserver(() => {
  const form = document.querySelector("[data-posted]");
  if (form) {
    history.replaceState(history.state, "", form.dataset.posted || location.href);
    posted.disconnect();
  }
});
posted.observe(document, { childList: true, subtree: true });
document.addEventListener("DOMContentLoaded", () => posted.disconnect());
