// A page that answers a POST is kept by the browser with what was posted, to send it again: search
// words and typed text would stand in its files on disk. Such a page names its address anew, at
// once, before the browser writes. Reloading then asks for the empty page.
// Only for addresses that can also be opened: <… data-posted> in the page's template.
"use strict";

if (document.querySelector("[data-posted]")) {
  history.replaceState(history.state, "", location.href);
}
