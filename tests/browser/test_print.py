"""On paper: the words and nothing else, dark on white, nothing cut, in any theme."""

import pytest

from tests.browser.conftest import Browse
from tests.browser.probes import CLIPPED, VISIBLE
from tests.browser.world import DESK, PHYSICIAN, World

PAPER = (816, 1056)  # US Letter at 96 dpi
CHROME = ".topbar, .footer, .toasts, .network, .skip, .heading .actions, #palette"
PALE = (
    "() => {"
    + VISIBLE
    + """
  const light = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return a === 0 ? 255 : 0.299 * r + 0.587 * g + 0.114 * b;
  };
  return [...document.querySelectorAll("main *")].filter((el) => shown(el) &&
    [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) &&
    !el.closest("button, .visually-hidden")).flatMap((el) => {
      const ink = light(getComputedStyle(el).color);
      let under = el, ground = 255;
      for (; under; under = under.parentElement) {
        const color = getComputedStyle(under).backgroundColor;
        if (!/rgba\\(0, 0, 0, 0\\)|transparent/.test(color)) { ground = light(color); break; }
      }
      const pale = ink > 110 || ground < 200;
      return pale ? [`${name(el)} ink ${Math.round(ink)} on ${Math.round(ground)}`] : [];
    });
}"""
)


@pytest.mark.parametrize(
    ("role", "path", "words"),
    [
        (PHYSICIAN, "/flags/{flag_decided}/", "Who saw it when"),
        (PHYSICIAN, "/patients/{hale}/", "Margaret"),
        (DESK, "/intake/{ended}/", "Answers as given"),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_printed(
    role: str, path: str, words: str, scheme: str, browse: Browse, world: World
) -> None:
    page = browse(role, size=PAPER)
    page.goto(path.format(**world.ids))
    page.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
    assert words in page.locator("main").inner_text()
    assert not [part for part in page.locator(CHROME).all() if part.is_visible()]
    assert not page.evaluate(CLIPPED)
    assert not page.evaluate(PALE)
    assert page.pdf(format="Letter").startswith(b"%PDF")
