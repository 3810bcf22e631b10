"""An agent of our own: started with a policy on a free port, asked, reloaded, ended."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request

from waiting import wait_until

READY_WITHIN_S = 120  # a busy machine takes its time to verify programs
PR_SET_PDEATHSIG = 1
SERIES = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$", re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Agent:
    """Everything it needs and writes is in one directory: policy.yaml, findings.ndjson, agent.log, state/."""

    def __init__(self, program, directory, policy, flags=(), trust=None, authorization=None):
        self.program, self.directory, self.flags = str(program), pathlib.Path(directory), list(flags)
        self.policy_file, self.log_file = self.directory / "policy.yaml", self.directory / "agent.log"
        self.findings_file, self.state = self.directory / "findings.ndjson", self.directory / "state"
        self.trust, self.authorization = trust, authorization  # certificate of its TLS; header
        self.process, self.url = None, None
        self._read = _LineReader(self.findings_file)
        self.write_policy(policy)

    # --- its life ---

    def start(self, outlives_us=False):
        """Returns when every hook has fired. The agent ends with this process, whatever ends it, unless told otherwise."""
        command = [self.program, "run", "--policy", self.policy_file, "--state-dir", self.state, "--events", self.findings_file]
        command += ["--web.listen-address", "127.0.0.1:0", *self.flags]
        libc = ctypes.CDLL(None)
        last_will = None if outlives_us else lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=last_will)
        self.url = self._while_alive(self._logged_url, "telling where its metrics are")
        self._while_alive(lambda: self.get("/-/ready")[0] == 200, "becoming ready")
        return self

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _while_alive(self, condition, what):
        def look():
            if self.process.poll() is not None:
                raise RuntimeError(f"the agent ended with {self.process.returncode} before {what}:\n{self.log()}")
            return condition()
        return wait_until(look, lambda: f"the agent {what}:\n{self.log()}", READY_WITHIN_S)

    def _logged_url(self):
        found = re.search(r"metrics on (https?://\S+)/metrics", self.log())
        return found and found[1]

    # --- what it is told ---

    def write_policy(self, text):
        """By rename, as an editor or a package does it."""
        fresh = self.policy_file.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(0o644)  # whatever the mask is that this runs with: run takes nothing that others may write
        fresh.rename(self.policy_file)

    def hang_up(self):
        """SIGHUP; returns when the policy was taken, or refused."""
        before = self._reloads_logged()
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self._reloads_logged() > before, lambda: f"an answer to SIGHUP:\n{self.log()}", 30)

    def _reloads_logged(self):
        return len(re.findall(r"is in force|stays in force", self.log()))

    # --- what it tells ---

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def get(self, path, method="GET"):
        """(status, text) of a page."""
        request = urllib.request.Request(self.url + path, method=method)
        if self.authorization:
            request.add_header("Authorization", self.authorization)
        context = ssl.create_default_context(cafile=self.trust) if self.trust else None
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self):
        """[(name, labels, value)] of a scrape."""
        text = self.get("/metrics")[1]
        return [(series["name"], dict(LABEL.findall(series["labels"] or "")), float(series["value"]))
                for series in SERIES.finditer(text)]

    def total(self, name, **labels):
        """Sum of the series of purposewatch_<name> that carry these labels."""
        return sum(value for series, has, value in self.metrics()
                   if series == "purposewatch_" + name and labels.items() <= has.items())

    def new_findings(self):
        """Those that were written since the last call."""
        return [json.loads(line) for line in self._read.new_lines()]

    def findings_until(self, enough, what, within_s=10):
        """Gathers findings until `enough(findings)`."""
        gathered = []

        def look():
            gathered.extend(self.new_findings())
            return enough(gathered)
        wait_until(look, lambda: f"{what}; so far: {[brief(finding) for finding in gathered]}", within_s)
        return gathered

    def command(self, *arguments, **options):
        """Runs another command of the same program; the finished process."""
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, timeout=60, **options)


class _LineReader:
    """Whole lines of a file that grows."""

    def __init__(self, path):
        self._path, self._at = path, 0

    def new_lines(self):
        if not self._path.exists():
            return []
        with open(self._path, "rb") as file:
            file.seek(self._at)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        return whole.split(b"\n")[:-1]


def brief(finding):
    own = finding["purposewatch"]
    where = finding.get("file", {}).get("path", own.get("disclosure", finding.get("destination")))
    return f"{finding['process'].get('name')} {finding['event']['action']} {where!s:.200}: {own['verdict']} {own.get('reason')}"


class Place:
    """A temporary directory that any user may pass through; gone at the end, whatever is in it."""

    def __init__(self, purpose):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"purposewatch-{purpose}-"))
        self.path.chmod(0o711)

    def remove(self):
        shutil.rmtree(self.path)

    def copy_program(self, program, name):
        """A program under a path of our own: an executable of its own for the agent."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.parent.chmod(0o711)
        shutil.copyfile(program, target)
        target.chmod(0o755)
        return target

    def mailbox(self, client, text, owner=0, mode=0o600):
        """One client's mailbox with one mail in it; the mail's path."""
        mail = self.path / "vmail" / "example.org" / client / "cur" / "1"
        mail.parent.mkdir(parents=True)
        mail.write_text(text)
        mail.chmod(mode)
        for path in (mail, mail.parent, mail.parent.parent):
            os.chown(path, owner, owner)
        return mail
