#!/usr/bin/env python3
"""The runbook: each alert has its section, its commands exist, and the page that is made of it loads nothing."""

import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from man_page import wrong_commands
from rule_files import ROOT, SKIPPED, alerts

RUNBOOK = ROOT / "rules" / "runbook.md"
MAKE_PAGE = ROOT / "rules" / "runbook_html.py"
FROM_THE_AGENT = {"PurposewatchIncident"}
PARTS = ["**What it means.**", "**First", "**Tell", "**It is nothing when**", "**It ends**"]


def sections():
    """{heading: text}"""
    return dict(re.findall(r"^## (\w+)\n(.*?)(?=^##? |\Z)", RUNBOOK.read_text(), re.MULTILINE | re.DOTALL))


def make_page(markdown, place):
    (pathlib.Path(place) / "runbook.md").write_text(markdown)
    done = subprocess.run([sys.executable, MAKE_PAGE, "runbook.md", "page.html"], cwd=place, capture_output=True, text=True)
    return done, pathlib.Path(place) / "page.html"


class Runbook(unittest.TestCase):
    def test_each_alert_has_a_section_and_no_section_is_of_none(self):
        self.assertEqual(set(sections()), {alert.name for alert in alerts()} | FROM_THE_AGENT)

    def test_each_section_says_the_same_things_in_the_same_order(self):
        for name, text in sections().items():
            with self.subTest(name):
                if name == "PurposewatchIncident":
                    text = text.replace("**Tell, and when it is nothing:**", "**Tell** **It is nothing when**")
                places = [text.find(part) for part in PARTS]
                self.assertNotIn(-1, places)
                self.assertEqual(places, sorted(places))

    def test_each_section_has_three_commands_to_type_first(self):
        for name, text in sections().items():
            with self.subTest(name):
                first = re.search(r"\*\*First.*?```sh\n(.*?)```", text, re.DOTALL)
                commands = first[1].replace("\\\n", "").strip().split("\n")
                self.assertEqual(len(commands), 3, commands)

    def test_commands_exist_with_their_flags(self):
        self.assertEqual(list(wrong_commands(RUNBOOK.read_text())), [])


class Reader(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.loads = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        self.loads += [value for name, value in attributes.items() if name == "src" or (name == "href" and tag != "a")]


@unittest.skipUnless(shutil.which("cmark"), "no cmark here")
class Page(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name

    def page(self):
        done, page = make_page(RUNBOOK.read_text(), self.place)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return page.read_text()

    def test_each_alert_has_an_anchor_of_its_name_in_lower_case(self):
        ids = Reader(self.page()).ids
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual({alert.name.lower() for alert in alerts()}, set(ids))

    def test_links_lead_to_places_that_are_there(self):
        page = Reader(self.page())
        self.assertEqual({link for link in page.links if link.removeprefix("#") not in page.ids}, set())

    def test_it_loads_nothing_and_runs_nothing(self):
        text = self.page()
        page = Reader(text)
        self.assertEqual((page.loads, page.tags.count("script")), ([], 0))
        self.assertNotRegex(text, r"@import|url\(|javascript:")

    def test_prometheus_finds_no_template_in_it(self):
        self.assertNotIn("{{", self.page())

    def test_a_runbook_with_a_template_is_refused(self):
        done, page = make_page("# Runbook\n\n## Alert\n\n`{{ $labels.instance }}`\n", self.place)
        self.assertEqual((done.returncode, page.exists()), (1, False))
        self.assertIn("template", done.stderr)

    def test_what_looks_like_html_is_text(self):
        done, page = make_page("# Run & book\n\n## A<b>\n\nType `<script>alert(1)</script>` <script>alert(2)</script>\n", self.place)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(Reader(page.read_text()).tags.count("script"), 0)
        self.assertIn("<title>Run &amp; book</title>", page.read_text())


if __name__ == "__main__":
    if not shutil.which("cmark"):
        print("skipped: no cmark here")
        raise SystemExit(SKIPPED)
    unittest.main(verbosity=2)
