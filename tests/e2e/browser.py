"""A headless Chromium, told what to do over its debugging pipe: how a page looks and behaves to whoever opens it."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

ANSWER_WITHIN_S = 30
FLAGS = ["--headless=new", "--disable-gpu", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe"]


def chromium():
    return shutil.which("chromium")


class Browser:
    """One page, a file's or a server's. `complaints` are what its console said, and whatever it asked others for."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="purposewatch-chromium-", ignore_cleanup_errors=True)
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # It reads commands at 3 and answers at 4.
        script = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(["bash", "-c", script, "bash", chromium(), *FLAGS, f"--user-data-dir={self._profile.name}"],
                                         pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self._buffer, self._number, self._session, self._events = b"", 0, None, []
        self.complaints, self._own = [], ()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)
        self._profile.cleanup()

    def call(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = self._until(lambda message: message.get("id") == self._number, method)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, page):
        """A path, or the URL of a page on a server, which may then be asked for more."""
        url = page if isinstance(page, str) else page.as_uri()
        self.complaints.clear()
        self._own = (url[:url.index("/", len("https://")) + 1],) if url.startswith("http") else ()
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise RuntimeError(f"loading {page}: {failed}")
        self._until(lambda message: message.get("method") == "Page.loadEventFired", f"loading {page}")

    def scripts(self, are_on):
        """Whether pages may run scripts of their own; evaluate() may, whatever is said here."""
        self.call("Emulation.setScriptExecutionDisabled", value=not are_on)

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def look(self, width, scheme="light", media="screen"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme},
                                                                              {"name": "prefers-reduced-motion", "value": "reduce"}])

    def press(self, key):
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9, "Enter": 13}[key])

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def print(self):
        """The bytes of a PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def _until(self, is_it, what):
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while True:
            message = self._next(deadline, what)
            self._note(message)
            if is_it(message):
                return message

    def _next(self, deadline, what):
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"chromium did not answer: {what}")
            piece = os.read(self._read, 1 << 16)
            if not piece:
                raise RuntimeError(f"chromium ended: {what}")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, message):
        method, said = message.get("method"), message.get("params", {})
        if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(json.dumps(said))
        elif method == "Network.requestWillBeSent" and not said["request"]["url"].startswith(("file:", "data:", "about:", *self._own)):
            self.complaints.append("asked for " + said["request"]["url"])
