"""The agent's status page as whoever is on call sees it: of a real agent, in a browser that runs no scripts."""

import functools
import http.server
import os
import pathlib
import re
import threading
import unittest

from browser import Browser, chromium
from e2e_case import SKIPPED, AgentCase, main

TESTS = pathlib.Path(__file__).resolve().parents[1]
CHECKS = (TESTS / "e2e" / "page_checks.js").read_text()
# Pages with everything on them; tests/exporters/http holds the program to them.
GOLDEN = ["status_calm.html", "status_troubled.html", "status_blind.html", "landing.html"]
LOOKS = [(width, scheme) for width in (400, 760, 1400) for scheme in ("light", "dark")]
TEXT = "document.body.innerText"
HEADLINE = "document.querySelector('h1').textContent"
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))"
ROW = """(store => [...document.querySelectorAll('tbody tr')].filter(row => row.cells[0].textContent.startsWith(store))
  .map(row => Object.fromEntries([...row.cells].slice(1).map(cell => [cell.dataset.label, cell.innerText.split("\\n")[0]])))[0])"""


def new_browser(case):
    browser = Browser()
    case.addCleanup(browser.close)
    browser.scripts(False)
    return browser


def assert_readable(case, browser, name):
    """Light and dark, on a telephone and on a desk."""
    for width, scheme in LOOKS:
        with case.subTest(page=name, width=width, scheme=scheme):
            browser.look(width, scheme)
            if kept := os.environ.get("E2E_SCREENSHOTS"):  # for whoever wants to see them
                browser.screenshot(pathlib.Path(kept) / f"{name}-{width}-{scheme}.png")
            case.assertEqual(browser.evaluate(CHECKS), [])
    case.assertEqual(browser.complaints, [])


class RealAgent(AgentCase):
    def setUp(self):
        super().setUp()
        self.start_agent()
        self.browser = new_browser(self)

    def open(self, page="/status"):
        self.browser.open(self.agent.url + page)
        return self.browser.evaluate(HEADLINE)

    def review(self, *arguments):
        done = self.agent.command("review", "--state-dir", self.agent.state, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_shows_a_flagged_read_until_somebody_has_reviewed_it(self):
        self.assertEqual(self.open(), "All is well", self.browser.evaluate(TEXT))
        self.act(self.stranger, "read", str(self.mail))
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=1, flagged=1)
        self.assertRegex(self.open(), "^1 [a-z]+ incident is open$")
        row = self.browser.evaluate(ROW + "('client-mail')")
        self.assertEqual((row["Flagged"], row["Permitted"]), ("1", "1"))
        self.assertRegex(row["Last flagged"], "^(just now|[0-9]+ s ago)$")
        self.assertEqual(sorted(row[severity] for severity in ("Critical", "Warning", "Notice")), ["0", "0", "1"])
        text = self.browser.evaluate(TEXT)
        self.assertIn("Nothing was lost at any stage", text)
        for secret in ("alice", str(self.place.path)):
            self.assertNotIn(secret, self.browser.evaluate("document.documentElement.outerHTML"))
        assert_readable(self, self.browser, "status")
        incident, = re.findall(r"\b[0-9a-f]{16}\b", self.review())
        self.review(incident, "--disposition", "test", "--reference", "T-1")
        self.assertEqual(self.open(), "All is well")

    def test_tells_of_a_policy_that_was_refused_without_telling_where_it_lies(self):
        self.agent.write_policy("policy: [\n")
        self.agent.hang_up()
        self.assertEqual(self.open(), "The policy that was offered last was refused")
        text = self.browser.evaluate(TEXT)
        self.assertIn("policy.yaml:", text)
        self.assertNotIn(str(self.place.path), text)

    def test_every_page_is_reached_from_the_first_one_and_reads_well(self):
        seen, to_see = set(), ["/"]
        while to_see:
            page = to_see.pop()
            seen.add(page)
            self.assertEqual(self.agent.get(page)[0], 200, page)
            if not page.startswith(("/metrics", "/-/")):
                self.open(page)
                assert_readable(self, self.browser, "page" + page.replace("/", "-"))
                to_see += set(self.browser.evaluate(LINKS)) - seen
        self.assertEqual(seen, {"/", "/status", "/status/still", "/metrics", "/-/healthy", "/-/ready"})

    def test_loads_itself_anew_only_where_it_says_so(self):
        refresh = "document.querySelectorAll('meta[http-equiv=refresh]').length"
        for page, times in (("/status", 1), ("/status/still", 0), ("/", 0)):
            self.open(page)
            self.assertEqual(self.browser.evaluate(refresh), times, page)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class GoldenPages(unittest.TestCase):
    def test_the_browser_runs_no_scripts(self):
        page = "data:text/html,<title>still</title><script>document.title = 'moved'</script>"
        for are_on, title in ((False, "still"), (True, "moved")):
            browser = new_browser(self)
            browser.scripts(are_on)
            browser.open(page)
            self.assertEqual(browser.evaluate("document.title"), title)

    def test_are_readable_light_and_dark_on_a_telephone_and_on_a_desk(self):
        handler = functools.partial(QuietHandler, directory=TESTS / "exporters" / "golden")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        browser = new_browser(self)
        for page in GOLDEN:
            browser.open(f"http://127.0.0.1:{server.server_port}/{page}")
            assert_readable(self, browser, page.removesuffix(".html"))


if __name__ == "__main__":
    if not chromium():
        print("skipped: no chromium here")
        raise SystemExit(SKIPPED)
    main()
