"""The kept pages in a real browser: clicked through at two widths, light and dark, by keyboard, bare, and printed.

Needs Chromium and its driver; where they are not installed this is skipped, and says so.
"""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.kept import FAILING, HOME, PASSING

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver is installed")

QUIET = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
    "disable-component-update", "disable-sync", "disable-dev-shm-usage",
)  # fmt: skip
PAGES = {"failing": FAILING, "passing": PASSING, "formula": HOME / "formula"}
QUESTIONS = ("trust", "wrong", "check", "close", "votes", "covered", "caught", "agree", "again")
LUMINANCE = """
const channel = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const luminance = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
  return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
const paper = luminance(getComputedStyle(document.body).backgroundColor);
const contrast = own => { const l = luminance(getComputedStyle(own).color);
  return (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05); };
const texts = document.querySelectorAll("p, h1, h2, h3, td, th, dt, dd, figcaption, summary, a");
return Math.min(...[...texts].map(contrast));
"""
"""The least contrast between any text and the page."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    for flag in (*QUIET, f"user-data-dir={tmp_path_factory.mktemp('browser')}", "window-size=1280,900"):
        options.add_argument(f"--{flag}")
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def opened(browser: Any, page: str, width: int = 1280, scheme: str = "light") -> Any:
    """Open a page at a width and in a colour scheme."""
    scale = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", scale)
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})
    browser.get((PAGES[page] / "index.html").as_uri())
    return browser


def found(browser: Any, selector: str) -> list[Any]:
    return list(browser.find_elements("css selector", selector))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_and_can_be_read(browser: Any, page: str, width: int, scheme: str) -> None:
    opened(browser, page, width, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    if page != "formula":
        assert browser.execute_script(LUMINANCE) >= 4.5
        light = browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(253, 253, 251)"
        assert light == (scheme == "light")


@pytest.mark.parametrize("page", ["failing", "passing"])
def test_a_page_asks_for_nothing_and_complains_of_nothing(browser: Any, page: str) -> None:
    browser.get_log("performance")
    browser.get_log("browser")
    opened(browser, page)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [own["params"]["request"]["url"] for own in messages if own["method"] == "Network.requestWillBeSent"]
    assert asked
    assert all(url.startswith(("file://", "data:")) for url in asked)
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("page", ["failing", "passing"])
def test_every_question_is_one_click_away(browser: Any, page: str) -> None:
    opened(browser, page)
    assert [own.get_attribute("id") for own in found(browser, "header, section")] == list(QUESTIONS)
    for link in found(browser, "nav a"):
        link.click()
        place = link.get_attribute("href").partition("#")[2]
        top = browser.execute_script(f"return document.getElementById('{place}').getBoundingClientRect().top")
        end = browser.execute_script("return innerHeight + scrollY >= document.documentElement.scrollHeight - 2")
        assert abs(top) < 40 or end, place


def test_what_is_folded_opens(browser: Any) -> None:
    opened(browser, "passing")
    rows = "return document.querySelectorAll('#caught details tbody tr')[0].checkVisibility()"
    assert not browser.execute_script(rows)
    for summary in found(browser, "summary"):
        summary.click()
    assert browser.execute_script(rows)
    assert "mean-for-sum" in found(browser, "#caught details")[0].text


def test_a_command_is_copied(browser: Any) -> None:
    opened(browser, "failing")
    origin = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.execute_cdp_cmd("Browser.grantPermissions", origin)
    button = found(browser, "article .command button")[0]
    button.click()
    command = found(browser, "article .command pre")[0].text
    assert command.startswith("gradcheck replay '2x1 affine:1")
    read = "navigator.clipboard.readText().then(arguments[0], error => arguments[0](String(error)))"
    assert browser.execute_async_script(read) == command
    assert button.text == "Copied"


def test_the_keyboard_reaches_everything(browser: Any) -> None:
    opened(browser, "failing")
    keys = webdriver.ActionChains(browser)
    tab, enter = "\ue004", "\ue007"
    keys.send_keys(tab).perform()
    assert browser.switch_to.active_element.text == "To what is wrong"
    keys.send_keys(enter).perform()
    assert browser.current_url.endswith("#wrong")
    reached = []
    for _ in range(25):
        webdriver.ActionChains(browser).send_keys(tab).perform()
        reached.append(browser.switch_to.active_element.tag_name)
    assert {"pre", "button", "summary", "div"} <= set(reached)


def test_it_is_the_same_page_without_script(browser: Any) -> None:
    with_script = opened(browser, "failing").find_element("css selector", "main").text
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, "failing")
        assert found(browser, "button") == []
        bare = browser.find_element("css selector", "main").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert [line for line in with_script.splitlines() if line != "Copy"] == bare.splitlines()


@pytest.mark.parametrize(("page", "most"), [("failing", 8), ("passing", 10)])
def test_it_prints_on_a_few_pages(browser: Any, page: str, most: int, tmp_path: Path) -> None:
    printed = opened(browser, page).execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    document = base64.b64decode(printed["data"])
    assert 2 <= document.count(b"/Type /Page\n") <= most
