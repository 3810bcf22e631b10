"""Reports: of a real agent's evidence, about all and about one client; and as whoever opens the page sees it."""

import json
import os
import pathlib
import re
import unittest

from browser import Browser, chromium
from e2e_case import AgentCase, main

TESTS = pathlib.Path(__file__).resolve().parents[1]
CHECKS = (TESTS / "e2e" / "page_checks.js").read_text()
# Pages with something in every section; tests/exporters/report holds the program to them.
GOLDEN = [TESTS / "exporters" / "golden" / name for name in ("report.html", "report_client.html")]
FOCUSABLE = "[...document.querySelectorAll('a[href], summary')].filter(e => e.checkVisibility()).length"
FOCUSED = """(() => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return {name: e.textContent.trim(), seen: box.width > 0 && box.height > 0 && box.left >= 0 && box.top >= 0 &&
          box.bottom <= innerHeight && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
})()"""
NOBODY = 65534
POLICY = """\
policy: {{name: e2e, version: "1"}}
classes: {{communications: {{clause: P2, description: mail}}}}
purposes:
  requested-service: {{clause: P4, classes: [communications]}}
  legal-process: {{clause: P7, classes: [communications], requires: grant, max-duration: 1h, two-person: true}}
stores: {{client-mail: {{class: communications, paths: ["{place}/vmail/{{domain}}/{{client}}"]}}}}
services: {{imap: {{exe: "{place}/lib/imap"}}}}
permits: [{{service: imap, store: client-mail, access: [read], purpose: requested-service}}]
"""


class Life(AgentCase):
    """What the reports are about: lived once."""

    def runTest(self):
        """A read that has no purpose for each of two clients, one under a grant, and a refused policy."""
        for path in (self.mail.parent, self.mail.parent.parent):
            path.chmod(0o755)
        other = self.place.mailbox("malvina", "Dear Malvina\n", mode=0o644)
        self.start_agent(POLICY.format(place=self.place.path))
        granted = self.agent.command("grant", "--state-dir", self.agent.state, "--who=nobody", "--store=client-mail", "--client=alice",
                                     "--access=read", "--purpose=legal-process", "--ref=WARRANT-7", "--approved-by=carol", "--for=60s")
        self.assertEqual(granted.returncode, 0, granted.stderr)
        self.act(self.stranger, "read", str(self.mail), uid=NOBODY)
        self.act(self.stranger, "read", str(self.mail))
        self.act(self.stranger, "read", str(other))
        self.act(self.imap, "read", str(self.mail))
        self.assert_counted(permitted=2, flagged=2)
        self.agent.write_policy("policy: [\n")
        self.agent.hang_up()
        self.agent.write_policy(POLICY.format(place=self.place.path))
        self.agent.stop()


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        life = Life()
        cls.addClassCleanup(life.doCleanups)
        life.setUp()
        life.runTest()
        cls.agent, cls.place = life.agent, life.place

    def report(self, *flags, code=0):
        done = self.agent.command("report", "--state-dir", self.agent.state, "--policy", self.agent.policy_file, *flags)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.decode()

    def report_json(self, *flags):
        return json.loads(self.report("-o", "json", *flags))

    def test_tells_what_was_recorded_clause_by_clause(self):
        report = self.report_json()
        self.assertTrue(report["evidence"]["sound"], report["evidence"])
        self.assertEqual((report["accesses"]["granted"], report["accesses"]["flagged"], report["open_incidents"]), (1, 2, 1))
        self.assertIn("1 incident is open. The evidence is sound", report["summary"])
        broken = {clause["clause"]: clause for clause in report["clauses"]}["P7"]
        self.assertEqual((broken["accesses"]["flagged"], broken["open_incidents"], broken["grants"]), (2, 1, 1))
        incident, = report["incidents"]["listed"]
        self.assertEqual((incident["store"], incident["reason"], incident["accesses"], incident["clients"]),
                         ("client-mail", "unknown-service", 2, 2))
        grant, = report["grants"]["listed"]
        self.assertEqual((grant["reference"], grant["approved_by"], grant["accesses"], grant["clients"]), ("WARRANT-7", "carol", 1, 1))
        kinds = [happening["kind"] for happening in report["happenings"]["listed"]]
        self.assertEqual((kinds[0], kinds[-1], kinds.count("reload")), ("start", "stop", 1))
        self.assertNotIn("malvina", json.dumps(report))

    def test_about_a_client_tells_who_when_and_why_and_nothing_of_others(self):
        report, page = self.report_json("--client", "alice"), self.report("--client", "alice")
        by_verdict = {access["verdict"]: access for access in report["client_accesses"]["listed"]}
        self.assertEqual(set(by_verdict), {"granted", "flagged"})
        granted, flagged = by_verdict["granted"], by_verdict["flagged"]
        self.assertEqual((granted["who"]["person"], granted["purpose"], granted["reference"], granted["place"]),
                         ("nobody", "legal-process", "WARRANT-7", "alice/cur/1"))
        self.assertEqual((flagged["reason"], flagged["review"]["state"], flagged["clause"]), ("unknown-service", "open", "P7"))
        for text in (json.dumps(report), page):
            self.assertNotIn("malvina", text.lower())
            self.assertNotIn(str(self.place.path), text)
        self.assertEqual(self.report_json("--client", "nobody-here")["records"], 0)

    def test_keeps_to_a_time_and_says_what_is_wrong(self):
        self.assertEqual(self.report_json("--until", "1h")["accesses"]["flagged"], 0)
        self.assertEqual(self.report_json("--since", "1h")["accesses"]["flagged"], 2)
        for wrong in (["--since", "soon"], ["--since", "1h", "--until", "2h"], ["-o", "pdf"]):
            self.report(*wrong, code=2)
        self.report("--output", "/no/such/directory/report.html", code=3)
        nowhere = self.agent.command("report", "--state-dir", self.place.path / "nowhere")
        self.assertEqual(nowhere.returncode, 3)
        self.assertFalse((self.place.path / "nowhere").exists())

    def test_works_without_a_policy_and_writes_for_its_owner_alone(self):
        target = self.place.path / "report.json"
        done = self.agent.command("report", "--state-dir", self.agent.state, "--policy", "/no/policy", "-o", "json", "--output", target)
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        self.assertEqual(target.stat().st_mode & 0o777, 0o600)
        report = json.loads(target.read_text())
        self.assertEqual([clause["clause"] for clause in report["clauses"]], [f"P{number}" for number in range(1, 9)])
        self.assertNotIn("policy", report)
        self.assertEqual(report["policy_in_force"]["name"], "e2e")
        self.assertTrue(report["policy_error"])

    def test_shows_what_a_browser_shows(self):
        page = self.place.path / "report.html"
        self.report("--output", page)
        if not chromium():
            self.skipTest("no chromium here")
        browser = Browser()
        self.addCleanup(browser.close)
        browser.open(page)
        self.assertEqual(browser.evaluate(CHECKS), [])
        self.assertIn("is open. The evidence is sound", browser.evaluate("document.querySelector('.answer').textContent"))
        self.assertEqual(browser.complaints, [])


@unittest.skipUnless(chromium(), "no chromium here")
class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def open(self, page, width=1200):
        self.browser.look(width)
        self.browser.open(page)
        self.browser.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")

    def look(self, page, width, scheme, media):
        self.browser.look(width, scheme, media)
        if kept := os.environ.get("E2E_SCREENSHOTS"):  # for whoever wants to see them
            self.browser.screenshot(pathlib.Path(kept) / f"{page.stem}-{width}-{scheme}-{media}.png")

    def test_are_readable_light_and_dark_on_a_telephone_and_on_paper(self):
        for page in GOLDEN:
            self.open(page)
            for width, scheme, media in ((1200, "light", "screen"), (1200, "dark", "screen"), (360, "light", "screen"),
                                         (360, "dark", "screen"), (760, "light", "screen"), (700, "light", "print")):
                with self.subTest(page=page.name, width=width, scheme=scheme, media=media):
                    self.look(page, width, scheme, media)
                    self.assertEqual(self.browser.evaluate(CHECKS), [])

    def test_the_checks_find_what_is_wrong(self):
        self.open(GOLDEN[0], 360)
        self.browser.evaluate("""document.body.innerHTML += `<h1 style="color: #777; background: #888">Two</h1><a href="#no">x</a>
            <table><tr><td>1</td></tr></table><div style="width: 500px">wide</div>`""")
        found = " ".join(self.browser.evaluate(CHECKS.replace("table.tHead.rows[0].cells.length", "1")))
        for what in ("contrast", "not one h1", "leads nowhere", "without a caption", "500 wide|wide on a screen of 360"):
            self.assertRegex(found, what)

    def test_load_nothing_and_complain_of_nothing(self):
        for page in GOLDEN:
            self.open(page)
            self.browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            self.assertEqual(self.browser.complaints, [])

    def test_every_link_is_reached_and_seen_by_keyboard(self):
        for page in GOLDEN:
            self.open(page)
            names = []
            for _ in range(self.browser.evaluate(FOCUSABLE)):
                self.browser.press("Tab")
                focused = self.browser.evaluate(FOCUSED)
                self.assertTrue(focused["seen"], focused)
                names.append(focused["name"])
            self.assertEqual(names[0], "Skip to the report")
            self.assertIn("Can it be trusted?", names)

    def test_are_printed_whole(self):
        for page in GOLDEN:
            self.browser.open(page)
            pdf = self.browser.print()
            self.assertTrue(pdf.startswith(b"%PDF-"))
            self.assertLessEqual(len(re.findall(rb"/Type\s*/Page\b", pdf)), 8)
            self.browser.look(700, media="print")
            self.assertEqual(self.browser.evaluate("[...document.querySelectorAll('details')].filter("
                                                   "e => !e.lastElementChild.checkVisibility()).length"), 0)


def load_tests(loader, _tests, _pattern):
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (Reports, Pages))


if __name__ == "__main__":
    main()
