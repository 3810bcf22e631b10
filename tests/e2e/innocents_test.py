"""What a host does all day with client data, under the shipped policy: nothing of it may look like a disclosure."""

import imaplib
import os
import smtplib
import subprocess

from disclosure_case import NOBODY
from e2e_case import main
from other_host import mail_server, mirror_server, remote_shell, shell_server
from private_host import NEIGHBOUR
from services import dovecot, free_port, make_queues, nginx, php_fpm, postfix
from services_case import VMAIL, WWW_DATA, ServicesCase

PAGE = """\
<?php
openlog('site', 0, LOG_USER);
syslog(LOG_INFO, 'visited by ' . file_get_contents('visitor'));
echo mail('carol@example.net', 'Hello', 'Dear customer') ? 'sent' : 'not sent';
"""
ROTATION = """\
{place}/log/nginx/*/access.log {{
  rotate 2
  compress
  create
  postrotate
    /usr/bin/logger -t rotated $1
  endscript
}}
"""
CONTROL = """\
Package: tool
Version: {version}
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: a tool
"""


class Innocents(ServicesCase):
    NEEDS = ("borg", "dovecot", "dpkg-deb", "logrotate", "nginx", "php-fpm8.2", "postmap", "rsync")
    MOVED = (("postfix", "/var/spool/postfix"), ("postfix-config", "/etc/postfix"))
    HAS_NETWORK = True

    def assert_innocent(self):
        self.assert_nothing_flagged()
        self.assertEqual(self.agent.total("disclosures_total", verdict="flagged"), 0)
        self.assertEqual([labels for name, labels, value in self.agent.metrics() if name == "purposewatch_open_threats" and value > 0], [])

    def start_postfix(self, port):
        """The server to which it sends everything that is not for here."""
        server = mail_server(self.host)
        self.addCleanup(server.stop)
        self.serve(postfix, port, NEIGHBOUR)
        return server

    def test_mail_that_comes_is_read_and_goes_out(self):
        self.directory("vmail", VMAIL)
        make_queues(self.place.path)
        smtp_port, imap_port = free_port(), free_port()
        self.watch()
        self.serve(dovecot, VMAIL, imap_port)
        elsewhere = self.start_postfix(smtp_port)
        with self.host.network(), smtplib.SMTP("127.0.0.1", smtp_port) as server:
            server.sendmail("alice@example.org", ["alice@example.org", "carol@example.net"], "Subject: Hello\r\n\r\nDear client\r\n")
        self.host.await_log("to=<alice@example.org>, relay=host.example.org[/run/dovecot/lmtp]", "to=<carol@example.net>", "saved mail to INBOX",
                            ": removed")
        self.assertIn(b"Dear client", elsewhere.taken)
        with self.host.network(), imaplib.IMAP4("127.0.0.1", imap_port) as imap:
            imap.login("alice@example.org", "secret")
            imap.select()
            self.assertIn(b"Dear client", imap.fetch("1", "(BODY[])")[1][0][1])
            imap.search(None, "TEXT", "client")
        self.assert_innocent()

    def test_a_site_that_logs_and_sends_mail(self):
        port = free_port()
        self.directory("nginx-temporary", WWW_DATA)
        self.directory("php")
        self.directory("log/nginx/alice")
        self.page("alice", NOBODY, "visitor", "somebody")  # a user with a name, for sendmail asks for it
        self.page("alice", NOBODY, "page.php", PAGE)
        make_queues(self.place.path)
        self.watch()
        elsewhere = self.start_postfix(free_port())
        self.serve(php_fpm, {"alice": NOBODY})
        self.serve(nginx, {"alice": port})
        self.assertEqual(self.get(port, "page.php"), "sent")
        self.host.await_log("visited by somebody", "to=<carol@example.net>", ": removed")
        self.assertIn(b"Dear customer", elsewhere.taken)
        self.assert_innocent()

    def back_up(self):
        shell, mail, mirror = remote_shell(self.place.path), self.place.path / "vmail", self.directory("mirror")
        for server in (shell_server(self.host), mirror_server(self.host, mirror)):
            self.addCleanup(server.stop)
        environment = {"PATH": os.environ["PATH"], "BORG_RSH": str(shell), "BORG_BASE_DIR": str(self.directory("borg")),
                       "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
        repository = f"ssh://{NEIGHBOUR}{self.place.path}/repository"
        for words in (["/usr/bin/borg", "init", "-e", "none", repository], ["/usr/bin/borg", "create", f"{repository}::first", str(mail)],
                      ["/usr/bin/rsync", "-a", "-e", str(shell), f"{mail}/", f"{NEIGHBOUR}:{mirror}/by-shell"],
                      ["/usr/bin/rsync", "-a", f"{mail}/", f"rsync://{NEIGHBOUR}:443/all/by-daemon"]):
            self.units.run("backup@nightly.service", *words, env=environment, timeout=60)
        for name in ("by-shell", "by-daemon"):
            self.assertEqual((mirror / name / "example.org/bob/cur/1").read_text(), "Dear bob\n")

    def rotate(self):
        config = self.place.path / "logrotate.conf"
        config.write_text(ROTATION.format(place=self.place.path))
        config.chmod(0o644)
        self.units.run("logrotate.service", "/usr/sbin/logrotate", "-f", "-s", str(self.place.path / "logrotate.state"), str(config))
        for client in ("alice", "bob"):
            self.assertTrue((self.place.path / f"log/nginx/{client}/access.log.1.gz").exists())
        self.host.await_log("alice/access.log", "bob/access.log")

    def package(self, version):
        tree = self.directory(f"tool-{version}")
        (self.directory(f"tool-{version}/usr/lib/tool") / "data").write_text(f"tool {version}\n" * 1000)
        (self.directory(f"tool-{version}/DEBIAN") / "control").write_text(CONTROL.format(version=version))
        configure = tree / "DEBIAN" / "postinst"
        configure.write_text("#!/bin/sh\nlogger -t upgraded $1\n")
        configure.chmod(0o755)
        package = self.place.path / f"tool-{version}.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, package], check=True, stdout=subprocess.DEVNULL)
        return package

    def upgrade(self, root, packages):
        for package in packages:
            self.units.run("apt-daily-upgrade.service", "/usr/bin/dpkg", f"--root={root}", "--force-script-chrootless", "--log=/dev/null", "-i",
                           str(package))
        self.assertIn("tool 2", (root / "usr/lib/tool/data").read_text())
        self.host.await_log("upgraded")

    def test_the_jobs_of_the_night(self):
        for client in ("alice", "bob"):
            (self.directory(f"vmail/example.org/{client}/cur", VMAIL) / "1").write_text(f"Dear {client}\n")
            (self.directory(f"log/nginx/{client}") / "access.log").write_text("GET /\n" * 100)
        root = self.directory("root")
        for name in ("info", "updates"):
            self.directory(f"root/var/lib/dpkg/{name}")
        (root / "var/lib/dpkg/status").touch()
        packages = [self.package(version) for version in ("1", "2")]
        self.watch()
        self.upgrade(root, packages)
        self.settle()
        self.assertEqual(self.agent.total("events_seen_total"), 0)
        self.rotate()
        self.back_up()
        self.assert_innocent()
        self.assertEqual(self.agent.total("disclosures_total", kind="network", verdict="permitted"), 1, "rsync, to its daemon")


if __name__ == "__main__":
    main()
