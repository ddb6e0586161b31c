"""A real headless Chromium: missing, its tests skip on your machine and fail in CI."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,900",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name resolves: a page that needs the network fails here
]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A selenium driver; nothing of a user's profile, no network."""
    chromium = _found("chromium", "chromium-browser", "google-chrome")
    chromedriver = _found("chromedriver")
    if not os.environ.get("CI"):
        pytest.importorskip("selenium")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield driver
    driver.quit()


@pytest.fixture
def load(browser: Any, tmp_path: Path) -> Callable[..., Any]:
    """load(html, width=1280, dark=False, ready="…") → the page, laid out and drawn."""
    from browser.chromium import READY, View

    def loaded(html: str, *, width: int = 1280, dark: bool = False, ready: str = READY) -> View:
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        browser.get_log("browser")  # of the page before
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        browser.get(file.as_uri())
        view = View(browser)
        view.until(lambda: view.run(f"return {ready}"))
        return view

    return loaded


def _found(*names: str) -> str:
    for name in names:
        if place := shutil.which(name):
            return place
    if os.environ.get("CI"):
        pytest.fail(f"{names[0]} is not installed: make chromium")
    return pytest.skip(f"{names[0]} is not installed: make chromium")
