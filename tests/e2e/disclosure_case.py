"""What the tests of disclosures share: a receiver, a policy with a service that may send, and what they expect of findings."""

import socket
import subprocess
import threading

from e2e_case import AgentCase

NOBODY = 65534
POLICY = """\
policy: {{name: e2e, version: "1"}}
classes: {{communications: {{clause: P2, description: mail}}}}
purposes: {{requested-service: {{clause: P4, classes: [communications]}}}}
stores: {{client-mail: {{class: communications, paths: ["{place}/vmail/{{domain}}/{{client}}"]}}}}
services:
  imap: {{exe: "{place}/lib/imap"}}
  relay: {{exe: "{place}/lib/relay"}}
permits:
  - {{service: imap, store: client-mail, access: read, purpose: requested-service}}
  - {{service: relay, store: client-mail, access: read, purpose: requested-service, egress: ["{egress}"]}}
"""


class Receiver:
    """Takes what is sent to it over TCP and UDP, at one port of the loopback, and answers as a web server would."""

    def __init__(self):
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection = self.tcp.accept()[0]
            except OSError:  # stop()
                return
            with connection:
                connection.settimeout(20)
                connection.recv(65536)
                connection.sendall(b"HTTP/1.0 204 No Content\r\n\r\n")

    def stop(self):
        self.tcp.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.tcp.close()
        self.udp.close()


class DisclosureCase(AgentCase):
    def setUp(self):
        super().setUp()
        self.relay = self.place.copy_program(self.imap, "lib/relay")
        self.receive()

    def receive(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)

    @staticmethod
    def policy(place, egress="192.0.2.1:25"):
        return POLICY.format(place=place, egress=egress)

    def watch(self, **egress):
        self.start_agent(self.policy(self.place.path, **egress))

    @staticmethod
    def run_script(text, *arguments):
        subprocess.run(["python3", "-c", text, *map(str, arguments)], check=True, timeout=60)

    def assert_flagged(self, one, protocol, program, carried="read"):
        self.assertEqual((one["purposewatch"]["verdict"], one["purposewatch"]["reason"], one["purposewatch"]["clause"]),
                         ("flagged", "no-egress", "P7"))
        self.assertEqual((one["purposewatch"]["disclosure"]["protocol"], one["purposewatch"]["disclosure"]["carried"]),
                         (protocol, carried))
        self.assertEqual(one["destination"], {"address": "127.0.0.1", "port": self.receiver.port})
        self.assertIn(program, one["process"]["executable"])
