"""A loaded page: its fields and figures by their ids, its console, its requests, its width."""

from collections.abc import Callable
from typing import Any

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

READY = "document.documentElement.dataset.ready === 'true'"
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
Load = Callable[..., "View"]

_SHOWN = """
const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('.unseen');
const named = (one) => `${one.tagName} ${one.id || one.className?.baseVal || one.className || ''} ${
    (one.ariaLabel ?? one.textContent ?? '').trim().slice(0, 60)}`;
const all = (selector) => [...document.querySelectorAll(selector)];
"""

_CONTRAST = """
const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
const context = canvas.getContext('2d', {willReadFrequently: true});
const read = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
function behind(one) {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
        const colour = read(getComputedStyle(at).backgroundColor);
        if (colour[3] > 0) layers.push(colour);
        if (colour[3] === 1) break;
    }
    return layers.reduceRight((under, layer) => over(layer, under), [255, 255, 255]);
}
function opacity(one) {
    let found = 1;
    for (let at = one; at; at = at.parentElement) found *= Number(getComputedStyle(at).opacity);
    return found;
}
const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
const light = (colour) => colour.map((part, at) => [0.2126, 0.7152, 0.0722][at] * linear(part / 255))
    .reduce((sum, part) => sum + part);
function contrast(one) {
    const style = getComputedStyle(one), drawn = one instanceof SVGElement;
    const ink = read(drawn ? style.fill : style.color);
    ink[3] *= opacity(one) * (drawn ? Number(style.fillOpacity) : 1);
    if (ink[3] === 0) return Infinity;  // Vega hides labels that would overlap
    const paper = behind(one), [a, b] = [light(over(ink, paper)), light(paper)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
"""


def as_number(shown: str) -> float:
    return float(shown.replace("−", "-").replace(",", "")) if shown not in ("–", "") else float("nan")


class View:
    """A page that is laid out and drawn."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def field(self, name: str) -> Any:
        return self.driver.find_element("id", name)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def text(self, name: str) -> str:
        return str(self.field(name).text)

    def number(self, name: str) -> float:
        return as_number(self.text(name))

    def press(self, name: str, *keys: str) -> None:
        self.field(name).send_keys(*keys)

    def fill(self, name: str, value: str) -> None:
        self.press(name, Keys.CONTROL + "a")
        self.press(name, value)

    def choose(self, name: str, option: str) -> None:
        Select(self.field(name)).select_by_visible_text(option)

    def offered(self, name: str) -> list[str]:
        return [option.text for option in Select(self.field(name)).options]

    def until(self, check: Callable[[], Any]) -> None:
        """Check until it is true, or its assertions hold: charts are redrawn a moment after the numbers."""
        wait = WebDriverWait(self.driver, 10, poll_frequency=0.02, ignored_exceptions=[AssertionError])
        wait.until(lambda _: check() in (True, None))

    def charts(self) -> dict[str, str]:
        """The name of each chart and what is drawn."""
        return self.run(
            "return Object.fromEntries([...document.querySelectorAll('[data-chart]')]"
            ".map((place) => [place.dataset.chart, place.innerHTML]))"
        )

    def points(self, chart: str) -> list[dict[str, str]]:
        """What each point of a chart says to a screen reader: its values by their names."""
        labels = self.run(
            "const paths = `[data-chart=${arguments[0]}] .mark-symbol path[aria-label]`;"
            "return [...document.querySelectorAll(paths)]"
            ".map((point) => point.getAttribute('aria-label').replaceAll('−', '-').replaceAll(',', ''))",
            chart,
        )
        return [dict(part.split(": ") for part in label.split("; ")) for label in labels]

    def complaints(self) -> list[str]:
        """What the console said at the level of an error or a warning."""
        log = self.driver.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """Addresses that the page asked for besides itself."""
        return self.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.run("const page = document.documentElement; return page.scrollWidth - page.clientWidth")

    def sideways(self) -> list[str]:
        """Regions and code that one must scroll sideways to read."""
        return self.run(
            _SHOWN + "return all('.scroll, pre')"
            ".filter((one) => shown(one) && one.scrollWidth > one.clientWidth).map(named)"
        )

    def cut(self) -> list[str]:
        """Texts, tables and labels that stick out of their place, and charts that are narrow."""
        return self.run(
            _SHOWN
            + """
            const texts = 'td, th, li, dd, dt, h1, h2, h3, p, output, summary, button, label, b';
            const inline = (one) => getComputedStyle(one).display === 'inline';
            const sticksOut = (one) => !inline(one) && one.scrollWidth > one.clientWidth + 1;
            const end = document.documentElement.clientWidth + 0.5;
            const wide = (one) => one.getBoundingClientRect().right > end;
            const loose = (one) => !one.closest('.scroll[tabindex="0"]') && wide(one);
            const charts = all('[data-chart] svg').filter(shown);
            const outside = (svg) => {
                const box = svg.getBoundingClientRect();
                return [...svg.querySelectorAll('text')].filter((text) => {
                    const own = text.getBoundingClientRect();
                    const beside = own.left < box.left - 1 || own.right > box.right + 1;
                    return own.width && (beside || own.bottom > box.bottom + 1);
                });
            };
            return [
                ...all(texts).filter(shown).filter(sticksOut),
                ...all('table').filter(shown).filter(loose),
                ...charts.flatMap(outside),
                ...charts.filter((svg) => svg.getBoundingClientRect().width < 250),
            ].map(named);
            """
        )

    def faint(self, least: float = 4.5) -> list[str]:
        """Texts whose contrast with what is behind them is too low (WCAG 2), but for disabled controls."""
        return self.run(
            _SHOWN
            + _CONTRAST
            + """
            const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Map();
            while (texts.nextNode()) {
                const one = texts.currentNode.parentElement, text = texts.currentNode.textContent.trim();
                const unread = one.matches('script, style, noscript, option') || one.closest(':disabled');
                if (!text || unread || !shown(one)) continue;
                const value = contrast(one);
                const name = `${one.tagName}.${one.getAttribute('class')} ${value.toFixed(2)}`;
                if (value < arguments[0]) found.set(name, text);
            }
            return [...found].map(([where, text]) => `${where}: ${text.slice(0, 40)}`);
            """,
            least,
        )

    def unreached(self) -> list[str]:
        """Controls that the tab key does not reach, and those that do not show that they are reached."""

        count: int = self.run(
            _SHOWN
            + """
            const controls = all('a[href], button, input, select, summary, [tabindex="0"]')
                .filter((one) => shown(one) && !one.disabled);
            window.waiting = new Set(controls);
            window.dim = [];
            addEventListener('focusin', ({target}) => {
                waiting.delete(target);
                if (getComputedStyle(target).outlineStyle === 'none') dim.push(target);
            });
            return controls.length;
            """
        )
        assert count > 0
        for _ in range(count // 20 + 1):
            ActionChains(self.driver).send_keys(Keys.TAB * 20).perform()
        return self.run(_SHOWN + "return [...waiting, ...dim].map(named)")
