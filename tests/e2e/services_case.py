"""What the tests of real services share: the shipped policy on a place of their own, and the host that the services see."""

import os
import pathlib
import shutil
import smtplib
import urllib.request

from agent import Place
from e2e_case import AgentCase
from private_host import PrivateHost
from services import POSTFIX_QUEUES, Units, free_port

RULES = pathlib.Path(__file__).resolve().parents[2] / "rules"
WWW_DATA, VMAIL, ALICE, BOB = 33, 5000, 5001, 5002
POLICY = """\
include: mmshosting.yaml
override:
  stores:
    client-mail: {{paths: ["{place}/vmail/{{domain}}/{{client}}"], sockets: [{place}/run/dovecot/doveadm-server]}}
    client-sites: {{paths: ["{place}/www/{{client}}"], sockets: ["{place}/php/*.sock"]}}
    client-logs: {{paths: ["{place}/log/nginx/{{client}}"]}}
    mail-queue: {{paths: [{queues}]}}
    client-databases: {{paths: ["{place}/mysql/{{database}}"], except: [{place}/mysql/billing]}}
    billing-db: {{paths: [{place}/mysql/billing]}}
    database-servers: {{sockets: [{place}/mysqld/mysqld.sock], ports: ["tcp:*:{database_port}"]}}
  permits: {{nightly-backup: {{window: "{window}"}}}}
  remove: {{tests: true}}
"""


class ServicesCase(AgentCase):
    NEEDS = ()  # programs
    MOVED = ()  # directories of the place, and those of the host in whose place the services see them
    HAS_NETWORK = False

    def setUp(self):
        if missing := [program for program in self.NEEDS if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")]:
            self.skipTest(f"not installed: {', '.join(missing)}")
        self.place = Place("services")
        self.addCleanup(self.place.remove)
        for own, _ in self.MOVED:
            self.directory(own)
        try:
            self.host = PrivateHost(self.place.path, self.MOVED, self.HAS_NETWORK)
            self.addCleanup(self.host.remove)
            self.units = Units(self.host)
        except OSError as error:
            self.skipTest(f"no namespaces or control groups can be made here: {error}")
        self.addCleanup(self.units.remove)
        self.database_port = free_port()

    def directory(self, name, uid=0, mode=0o755):
        path = self.place.path / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        os.chown(path, uid, uid)
        return path

    def shipped(self, window="00:00-24:00"):
        queues = ", ".join(str(self.place.path / "postfix" / name) for name in POSTFIX_QUEUES)
        shipped = self.place.path / "mmshosting.yaml"  # a copy, for run takes none from a checkout that is not root's
        shutil.copyfile(RULES / shipped.name, shipped)
        shipped.chmod(0o644)
        return POLICY.format(place=self.place.path, database_port=self.database_port, window=window, queues=queues)

    def watch(self):
        self.start_agent(self.shipped())

    def serve(self, start, *arguments):
        with self.host.network():
            service = start(self.place.path, self.units, *arguments)
        self.addCleanup(service.stop)
        return service

    def assert_nothing_flagged(self):
        self.settle()
        found = [(one["process"].get("executable"), one["event"]["action"], one.get("file", {}).get("path"), one.get("destination"),
                  one["purposewatch"].get("disclosure"), one["purposewatch"].get("reason"), one["purposewatch"].get("service"))
                 for one in self.agent.new_findings() if one["purposewatch"]["verdict"] == "flagged"]
        self.assertEqual(found, [], "\n".join(map(str, found)))
        self.assertGreater(self.permitted(), 0)

    def deliver(self, client, text):
        with smtplib.LMTP(str(self.place.path / "run" / "dovecot" / "lmtp")) as server:
            server.sendmail("sender@example.net", [f"{client}@example.org"], f"Subject: {text}\r\n\r\n{text}\r\n")

    def page(self, client, uid, name, text):
        path = self.directory(f"www/{client}", uid) / name
        path.write_text(text)
        os.chown(path, uid, uid)

    def get(self, port, page):
        with self.host.network(), urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=20) as answer:
            return answer.read().decode()
