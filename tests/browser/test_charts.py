"""Charts as a browser draws them: words of a readable size, none over another, dark at night."""

import pytest

from tests.browser.conftest import Browse
from tests.browser.probes import PHONE, WIDE
from tests.browser.world import DESK

# The words of each chart: too small, over one another, or out of the picture.
WORDS = """() => [...document.querySelectorAll(".chart__svg")].flatMap((svg) => {
  const edge = svg.getBoundingClientRect();
  const scale = edge.width / svg.viewBox.baseVal.width;
  const words = [...svg.querySelectorAll("text")].map((el) => [el, el.getBoundingClientRect()]);
  return words.flatMap(([el, p], i) => {
    const size = parseFloat(getComputedStyle(el).fontSize) * scale;
    const found = size < 11 ? [`“${el.textContent}” is ${size.toFixed(1)} px`] : [];
    if (p.left < edge.left - 1 || p.right > edge.right + 1)
      found.push(`“${el.textContent}” is cut`);
    for (const [other, q] of words.slice(i + 1))
      if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 &&
          Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4 * scale)
        found.push(`“${el.textContent}” over “${other.textContent}”`);
    return found;
  });
})"""
COLOUR = """(part) => getComputedStyle(document.querySelector(".chart__" + part)).stroke"""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_its_words_can_be_read(size: tuple[int, int], browse: Browse) -> None:
    page = browse(DESK, size=size)
    page.goto("/gallery/")
    assert page.locator(".chart__svg text").count() > 20
    assert not page.evaluate(WORDS)
    overlapping = (
        "() => document.querySelector('.chart__svg text:last-of-type').setAttribute('x', 0)"
    )
    page.evaluate(overlapping)
    assert page.evaluate(WORDS), "The probe sees nothing."


def test_the_screens_colours_take_over_from_papers(browse: Browse) -> None:
    page = browse(DESK)
    page.goto("/gallery/")
    seen = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        seen[scheme] = [page.evaluate(COLOUR, part) for part in ("series", "goal", "grid")]
    assert seen["light"][0] == "rgb(10, 90, 97)"
    assert not set(seen["light"]) & set(seen["dark"])


def test_its_values_open_with_the_keyboard(browse: Browse) -> None:
    page = browse(DESK)
    page.goto("/gallery/")
    chart = page.locator("#sample-standing")
    assert not chart.locator("table").is_visible()
    chart.locator("summary").focus()
    page.keyboard.press("Enter")
    assert "40 min" in chart.locator("table").inner_text()
    assert "no value" in chart.locator("table").inner_text()
