"""A server in a test, and one that takes what is posted to it."""

import http.server
import json
import threading


def serve(case, server):
    """Another thread answers until the test is over."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    case.addCleanup(thread.join)
    case.addCleanup(server.server_close)
    case.addCleanup(server.shutdown)
    return server


class HttpInbox(http.server.ThreadingHTTPServer):
    """Takes what is posted: (path, headers, JSON), in the order in which it came."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _TakesPosts)
        self.received = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def posts(self, path):
        return [json for at, _, json in list(self.received) if at == path]


class _TakesPosts(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
