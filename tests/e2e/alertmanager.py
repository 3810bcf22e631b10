"""A real Alertmanager, and a receiver of what it sends: who is paged, how often, and with what."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.request

from inbox import HttpInbox, serve
from prometheus import free_port
from waiting import wait_until

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
ROOT = pathlib.Path(__file__).resolve().parents[2]
RECEIVER = """\
route: {{receiver: pages, group_by: [alertname, instance, store], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}}
receivers: [{{name: pages, webhook_configs: [{{url: "{url}", send_resolved: true}}]}}]
"""


def shipped_config(url):
    """The example that is shipped, except that everybody whom it tells is told at this address. The name of a receiver is
    the page's `receiver`."""
    text = (ROOT / "rules" / "alertmanager" / "alertmanager.yml").read_text()
    routes, _, receivers = text[text.index("\nroute:"):].partition("\nreceivers:")
    webhooks = "".join(f'  - {{name: {name}, webhook_configs: [{{url: "{url}"}}]}}\n' for name in re.findall(r"- name: (\S+)", receivers))
    return f"{routes}\nreceivers:\n{webhooks}"


class Pager:
    """Takes notifications as a webhook: `pages` are their bodies, in the order in which they came."""

    def __init__(self, case):
        self._inbox = serve(case, HttpInbox())
        self.url = self._inbox.url + "/"

    @property
    def pages(self):
        return self._inbox.posts("/")

    def of(self, status, receiver=None, **labels):
        """The alerts of all pages with that status and these labels, one for each time that they were told."""
        return [alert for page in self.pages if receiver in (None, page["receiver"]) for alert in page["alerts"]
                if alert["status"] == status and labels.items() <= alert["labels"].items()]

    def wait_for(self, status, within_s=120, **labels):
        """The first such alert."""
        return wait_until(lambda: self.of(status, **labels), lambda: f"a page that is {status} {labels}, not {self.brief()}", within_s)[0]

    def brief(self):
        return [(page["receiver"], alert["status"], alert["labels"].get("alertname"), alert["labels"].get("store"))
                for page in self.pages for alert in page["alerts"]]


class Alertmanager:
    """A server with this configuration. It may be started, killed and started again: its storage stays."""

    def __init__(self, case, config, flags=(), scheme="http"):
        self._place, self._flags = case.place.path / f"alertmanager-{free_port()}", flags
        self._place.mkdir()
        (self._place / "alertmanager.yml").write_text(config)
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"{scheme}://{self.address}"
        self.process = None
        case.addCleanup(self.kill)

    def start(self):
        command = [PROGRAM, f"--config.file={self._place}/alertmanager.yml", f"--storage.path={self._place}/storage",
                   f"--web.listen-address={self.address}", "--cluster.listen-address=", *map(str, self._flags)]
        with open(self._place / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._place)
        wait_until(self._listens, lambda: f"an Alertmanager:\n{self.log()}", 60)
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _listens(self):
        host, _, port = self.address.partition(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def log(self):
        return (self._place / "log").read_text(errors="replace")[-2000:]

    def alerts(self):
        """Those that it knows and that have not ended; None while it is not up."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return None
