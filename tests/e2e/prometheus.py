"""A real Prometheus that scrapes the agent of a test, and what it answers."""

import json
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from waiting import wait_until

SCRAPE_CONFIG = """\
global: {{scrape_interval: {interval}, scrape_timeout: 400ms, evaluation_interval: {interval}}}
scrape_configs: [{{job_name: purposewatch, static_configs: [{{targets: ["{target}"]}}]{more}}}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """A server that scrapes one target."""

    def __init__(self, case, more="", flags=(), interval="500ms", sections=""):
        self._place, self._flags, self.url = case.place.path, flags, f"http://127.0.0.1:{free_port()}"
        target = case.agent.url.partition("://")[2]
        config = SCRAPE_CONFIG.format(target=target, more=more, interval=interval) + sections
        (self._place / "prometheus.yml").write_text(config)
        self.log = self._place / "prometheus.log"
        self.process = None
        case.addCleanup(self.kill)
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self._place}/prometheus.yml", f"--storage.tsdb.path={self._place}/tsdb",
                 "--web.listen-address=" + self.url.partition("://")[2], *self._flags], stdout=log, stderr=log, cwd=self._place)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, path, **query):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None  # not up yet

    def wait_for_target(self, health, error):
        """Until a scrape ended with that health and an error that contains the text. Scrapes of a busy machine may come too
        late, and Prometheus reads a target's error before its health: the first answer need not be the last."""
        def scraped():
            targets = (self.ask("targets") or {}).get("activeTargets")
            return targets and targets[0]["health"] == health and error in targets[0]["lastError"]
        wait_until(scraped, lambda: f"a target that is {health} {error}, not {self.ask('targets')}:\n{self.log.read_text()[-2000:]}", 60)

    def value(self, expression):
        results = (self.ask("query", query=expression) or {}).get("result")
        return results and float(results[0]["value"][1])

    def series(self, query, start=None, end=None, step=None):
        """[(labels, last value)] of what a query gives now, or over a time. ValueError, with its words, when it cannot be read."""
        when = {} if start is None else {"start": start, "end": end, "step": step}
        url = f"{self.url}/api/v1/query{'_range' if when else ''}?{urllib.parse.urlencode({'query': query, **when})}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                result = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(f"{query}: {error.read().decode()}") from None
        return [(series["metric"], float((series["values"][-1] if when else series["value"])[1])) for series in result]
