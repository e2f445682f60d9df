"""A marketer opens the UI, materialises a day, and finds the result."""

from __future__ import annotations

import shutil
import socket
import time
from typing import TYPE_CHECKING

import pytest
import requests
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.ui import WebDriverWait

from tests.scenarios.mesh import running_mesh, running_ui

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="needs Debian's chromium and chromium-driver"
    ),
]
START_SECONDS = 300
RUN_SECONDS = 300
QUIET_CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1600,1200",
)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a UI over an empty mesh."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data_dir = tmp_path_factory.mktemp("ui")
    with (
        running_mesh(data_dir, world="small") as (_, environment),
        (data_dir / "dagster.log").open("w") as log,
        running_ui(environment, port=port, log=log) as process,
    ):
        _wait_for_locations(f"http://127.0.0.1:{port}", process, data_dir / "dagster.log")
        yield f"http://127.0.0.1:{port}"


def _wait_for_locations(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    query = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            answer = requests.post(f"{address}/graphql", json={"query": query}, timeout=30).json()
        except requests.ConnectionError:
            time.sleep(0.5)
            continue
        entries = answer["data"]["workspaceOrError"]["locationEntries"]
        if len(entries) == 3 and {entry["loadStatus"] for entry in entries} == {"LOADED"}:
            return
        time.sleep(0.5)
    pytest.fail(f"The locations did not load:\n{log.read_text()[-3000:]}")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*QUIET_CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def click(browser: webdriver.Chrome, text: str, *, inside: str = "") -> None:
    """The first button with `text`, `inside` an element of that class."""
    area = f"//*[contains(@class, '{inside}')]" if inside else ""
    button = WebDriverWait(browser, 30).until(
        shown.element_to_be_clickable((By.XPATH, f"{area}//button[contains(., '{text}')]"))
    )
    browser.execute_script("arguments[0].click()", button)


def wait_for_text(browser: webdriver.Chrome, text: str, *, seconds: float) -> None:
    WebDriverWait(browser, seconds).until(
        shown.text_to_be_present_in_element((By.TAG_NAME, "body"), text)
    )


def test_a_day_materialised_from_the_page_is_found_on_the_page(ui: str, browser: webdriver.Chrome):
    page = f"{ui}/assets/marketing/google_ads/campaign_hour"
    browser.get(f"{page}?view=partitions")
    wait_for_text(browser, "Missing", seconds=60)
    click(browser, "Materialize")
    click(browser, "Latest", inside="dagster-dialog")
    click(browser, "Launch", inside="dagster-dialog")
    # Leaving the page before the dialog is gone would cancel the launch.
    WebDriverWait(browser, 60).until(
        shown.invisibility_of_element_located((By.XPATH, "//*[contains(@class, 'dagster-dialog')]"))
    )
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        browser.get(f"{page}?view=events")
        wait_for_text(browser, "Events", seconds=30)
        time.sleep(2)
        if "slices new" in browser.find_element(By.TAG_NAME, "body").text:
            break
        assert time.monotonic() < deadline, browser.find_element(By.TAG_NAME, "body").text
    text = browser.find_element(By.TAG_NAME, "body").text
    for fact in ("sandbox", "slices new", "control-total difference", "preview"):
        assert fact in text
    browser.get(page)
    wait_for_text(browser, "Impressions, billed clicks and cost by campaign", seconds=30)
    text = browser.find_element(By.TAG_NAME, "body").text
    for fact in ("marketing", "cost_micros", "landing"):
        assert fact in text


def test_the_daily_schedules_are_running(ui: str, browser: webdriver.Chrome):
    browser.get(f"{ui}/automation")
    for name in ("google_ads_daily", "facebook_ads_daily", "ecb_daily", "marketing_automation"):
        wait_for_text(browser, name, seconds=30)
