"""What the tests ask a page, in JavaScript, and the sizes they ask it at."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, PHONE = (1366, 768), (390, 844)
AXE = Axe().axe_script
COLORS = ["color-contrast", "link-in-text-block"]  # all that a color scheme can change

NOTE_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (e) =>
  console.error(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile || ""}`));
"""

VISIBLE = """
const shown = (el) => {
  if (!el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
  const box = el.getBoundingClientRect();
  return box.width > 1.5 && box.height > 1.5;
};
const name = (el) => `${el.tagName.toLowerCase()}${el.id ? "#" + el.id : ""}` +
  [...el.classList].map((c) => "." + c).join("") +
  ` “${(el.innerText || el.name || "").trim().slice(0, 30)}”`;
"""

# A label counts for its input; a link in a sentence may be as low as its line (WCAG 2.5.8).
SMALL_TARGETS = (
    "() => {"
    + VISIBLE
    + """
  const inSentence = (el) => el.matches("a") && getComputedStyle(el).display === "inline" &&
    el.parentElement.textContent.trim().length > el.textContent.trim().length + 2;
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  return [...document.querySelectorAll(targets)]
    .filter((el) => shown(el) && !el.closest(".skip") && !inSentence(el))
    .map((el) => [el, (el.closest("label") && el.matches("[type=radio], [type=checkbox]")
      ? el.closest("label") : el).getBoundingClientRect()])
    .filter(([, box]) => box.width < 23.9 || box.height < 23.9)
    .map(([el, box]) => `${name(el)} ${Math.round(box.width)}×${Math.round(box.height)}`);
}"""
)

# Pairs of elements with words that lie over each other although neither contains the other.
OVERLAPS = (
    "(selector) => {"
    + VISIBLE
    + """
  const found = [];
  for (const parent of document.querySelectorAll(selector)) {
    const boxes = [...parent.children].filter(shown).map((el) => [el, el.getBoundingClientRect()]);
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
      const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (wide > 1 && high > 1)
        found.push(`${name(a)} over ${name(b)} by ${Math.round(wide)}×${Math.round(high)}`);
    }));
  }
  return found;
}"""
)

# Words that stick out of a box that hides them.
CLIPPED = (
    "() => {"
    + VISIBLE
    + """
  return [...document.querySelectorAll("main *")].filter((el) => {
    const style = getComputedStyle(el);
    const hides = /hidden|clip|auto|scroll/.test(style.overflowX + style.overflowY);
    const meant = ".visually-hidden, textarea, input, select, svg, svg *";
    return shown(el) && hides && !el.matches(meant) &&
      (el.scrollHeight > el.clientHeight + 2 || el.scrollWidth > el.clientWidth + 2);
  }).map(name);
}"""
)

TOO_WIDE = (
    "() => {"
    + VISIBLE
    + """
  const room = window.innerWidth;
  const page = document.documentElement.scrollWidth;
  if (page <= room) return [];
  return [`page ${page} px in ${room} px`, ...[...document.querySelectorAll("body *")]
    .filter((el) => shown(el) && el.getBoundingClientRect().right > room + 0.5)
    .map(name).slice(-4)];
}"""
)

# Keeps in window.spoken what the assertive region says, with the milliseconds since the last key
LISTEN = """() => {
  window.spoken = [];
  let pressed = 0;
  document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
  const alerts = document.getElementById("alerts");
  new MutationObserver(() => {
    const words = alerts.textContent.trim();
    if (words) window.spoken.push([Math.round(performance.now() - pressed), words]);
  }).observe(alerts, { childList: true, characterData: true, subtree: true });
}"""


def axe_violations(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """Each violation as one line; `rules` limits the run to these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    else:
        options["rules"] = {"target-size": {"enabled": True}}
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE)
    answer = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{v['id']}: {node['target'][0]} {node['html'][:120]} "
        + "; ".join(check["message"] for check in node["any"][:1])
        for v in answer["violations"]
        for node in v["nodes"]
    ]
