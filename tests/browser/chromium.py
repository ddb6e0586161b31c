"""A loaded page: its fields and figures by their ids, its console, its requests, its width."""

from collections.abc import Callable
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

READY = "document.documentElement.dataset.ready === 'true'"
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
Load = Callable[..., Any]


def text(driver: Any, name: str) -> str:
    shown: str = driver.find_element(By.ID, name).text
    return shown


def as_number(shown: str) -> float:
    return float(shown.replace("−", "-").replace(",", "")) if shown not in ("–", "") else float("nan")


def number(driver: Any, name: str) -> float:
    return as_number(text(driver, name))


def press(driver: Any, name: str, *keys: str) -> None:
    driver.find_element(By.ID, name).send_keys(*keys)


def fill(driver: Any, name: str, value: str) -> None:
    press(driver, name, Keys.CONTROL + "a")
    press(driver, name, value)


def choose(driver: Any, name: str, option: str) -> None:
    Select(driver.find_element(By.ID, name)).select_by_visible_text(option)


def complaints(driver: Any) -> list[str]:
    """What the console said at the level of an error or a warning."""
    return [
        entry["message"] for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
    ]


def requests(driver: Any) -> list[str]:
    """Addresses that the page asked for besides itself."""
    found: list[str] = driver.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    return found


def overflow(driver: Any) -> int:
    """By how many pixels the page is wider than the window."""
    pixels: int = driver.execute_script(
        "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
    )
    return pixels


_SHOWN = """
const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('.unseen');
const named = (one) => `${one.tagName} ${one.id || one.className?.baseVal || one.className || ''} ${
    (one.ariaLabel ?? one.textContent ?? '').trim().slice(0, 60)}`;
const all = (selector) => [...document.querySelectorAll(selector)];
"""


def sideways(driver: Any) -> list[str]:
    """Regions and code that one must scroll sideways to read."""
    found: list[str] = driver.execute_script(
        _SHOWN + "return all('.scroll, pre')"
        ".filter((one) => shown(one) && one.scrollWidth > one.clientWidth).map(named)"
    )
    return found


def cut(driver: Any) -> list[str]:
    """Texts that stick out of their box, tables that no region scrolls, labels outside charts."""
    found: list[str] = driver.execute_script(
        _SHOWN
        + """
        const texts = 'td, th, li, dd, dt, h1, h2, h3, p, output, summary, button, label, b';
        const inline = (one) => getComputedStyle(one).display === 'inline';
        const sticksOut = (one) => !inline(one) && one.scrollWidth > one.clientWidth + 1;
        const end = document.documentElement.clientWidth + 0.5;
        const wide = (one) => one.getBoundingClientRect().right > end;
        const loose = (one) => !one.closest('.scroll[tabindex="0"]') && wide(one);
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
            ...all('[data-chart] svg').filter(shown).flatMap(outside),
        ].map(named);
        """
    )
    return found


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


def faint(driver: Any, least: float = 4.5) -> list[str]:
    """Texts whose contrast with what is behind them is too low (WCAG 2), but for disabled controls."""
    found: list[str] = driver.execute_script(
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
    return found


def unreached(driver: Any) -> list[str]:
    """Controls that the tab key does not reach, and those that do not show that they are reached."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    count: int = driver.execute_script(
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
        ActionChains(driver).send_keys(Keys.TAB * 20).perform()
    found: list[str] = driver.execute_script(_SHOWN + "return [...waiting, ...dim].map(named)")
    return found
