"""The shipped policy on real services: what they do all day is permitted, and what nobody should do is flagged."""

import imaplib
import shutil
import subprocess
import time

from e2e_case import main
from services import dovecot, free_port, make_databases, mariadb, nginx, php_fpm
from services_case import ALICE, BOB, VMAIL, WWW_DATA, ServicesCase


class Services(ServicesCase):
    NEEDS = ("dovecot", "logrotate", "mariadbd", "nginx", "php-fpm8.2", "rsync", "setpriv")

    def flagged_by(self, act):
        """The accesses that are flagged when something is done."""
        self.settle()
        self.agent.new_findings()
        act()
        self.settle()
        found = self.agent.findings_until(lambda found: found, "what was done")
        return [one for one in found if one["purposewatch"]["verdict"] == "flagged" and "disclosure" not in one["purposewatch"]]

    def test_mail(self):
        self.directory("vmail", VMAIL)
        port = free_port()
        self.watch()
        self.serve(dovecot, VMAIL, port)
        for client in ("alice", "bob"):
            self.deliver(client, f"Dear {client}")
            self.deliver(client, "The second")
        with imaplib.IMAP4("127.0.0.1", port) as imap:
            imap.login("alice@example.org", "secret")
            imap.select()
            self.assertIn(b"Dear alice", imap.fetch("1", "(BODY[])")[1][0][1])
            imap.search(None, "SUBJECT", "second")
            imap.create("Archive")
            imap.copy("1", "Archive")
            imap.store("2", "+FLAGS", r"(\Deleted)")
            imap.expunge()
        self.assert_nothing_flagged()

        mail = self.place.path / "vmail"
        found = self.flagged_by(lambda: subprocess.run(["grep", "-r", "Dear", str(mail)], check=True, stdout=subprocess.DEVNULL))
        self.assertEqual({one["purposewatch"]["client"] for one in found}, {"alice", "bob"})
        self.assertEqual({(one["purposewatch"]["reason"], one["purposewatch"]["clause"]) for one in found}, {("unknown-service", "P7")})
        found = self.flagged_by(lambda: subprocess.run(["tar", "-cf", "/dev/null", str(mail / "example.org" / "bob")], check=True,
                                                       stderr=subprocess.DEVNULL))
        self.assertEqual({(one["purposewatch"]["client"], one["purposewatch"]["clause"]) for one in found}, {("bob", "P7")})

        def back_up():
            self.units.run("backup@nightly.service", "/usr/bin/rsync", "-a", f"{mail}/", str(self.place.path / "backup"))
        back_up()
        self.assert_nothing_flagged()
        now = time.time()
        hours = [time.strftime("%H:%M", time.gmtime(now + offset)) for offset in (7200, 10800)]
        self.agent.write_policy(self.shipped("-".join(hours) + " UTC"))
        self.agent.hang_up()
        found = self.flagged_by(back_up)
        self.assertEqual({one["purposewatch"]["client"] for one in found if "client" in one["purposewatch"]}, {"alice", "bob"})
        self.assertEqual({(one["purposewatch"]["reason"], one["purposewatch"]["service"], one["purposewatch"]["clause"]) for one in found},
                         {("outside-window", "backup", "P7")})

    def test_sites_and_their_logs(self):
        place, ports = self.place.path, {"alice": free_port(), "bob": free_port()}
        self.directory("nginx-temporary", WWW_DATA)
        self.directory("php")
        for client, uid in (("alice", ALICE), ("bob", BOB)):
            self.directory(f"log/nginx/{client}")
            self.page(client, uid, "page.html", "a page")
            self.page(client, uid, "own.php", "<?php file_put_contents('note', 'x'); echo file_get_contents('note');")
            self.page(client, uid, "other.php", f"<?php echo file_get_contents('{place}/www/bob/page.html');")
        self.watch()
        self.serve(php_fpm, {"alice": ALICE, "bob": BOB})
        self.serve(nginx, ports)
        for port in ports.values():
            self.assertEqual(self.get(port, "page.html"), "a page")
            self.assertEqual(self.get(port, "own.php"), "x")
        config = place / "logrotate.conf"
        config.write_text(f"{place}/log/nginx/*/access.log {{\n  rotate 2\n  compress\n  create\n}}\n")
        config.chmod(0o644)
        self.units.run("logrotate.service", "/usr/sbin/logrotate", "-f", "-s", str(place / "logrotate.state"), str(config))
        self.assertTrue((place / "log/nginx/alice/access.log.1.gz").exists())
        self.assert_nothing_flagged()

        found = self.flagged_by(lambda: self.assertEqual(self.get(ports["alice"], "other.php"), "a page"))
        self.assertEqual({(one["purposewatch"]["client"], one["purposewatch"]["reason"], one["purposewatch"]["clause"]) for one in found},
                         {("bob", "not-owner", "P7")})

    def test_databases(self):
        place = self.place.path
        for name in ("mysqld", "mysql"):
            shutil.chown(self.directory(name), "mysql", "mysql")
        for name in ("php", "log/nginx/alice"):
            self.directory(name)
        self.directory("nginx-temporary", WWW_DATA)
        sockets = f"['unix://{place}/mysqld/mysqld.sock', 'tcp://127.0.0.1:{self.database_port}']"
        self.page("alice", ALICE, "greeting.php", f"<?php foreach ({sockets} as $at) {{ $c = stream_socket_client($at); fread($c, 5); }} echo 'both';")
        make_databases(place)
        self.watch()
        self.serve(mariadb, self.database_port)
        self.serve(php_fpm, {"alice": ALICE})
        port = free_port()
        self.serve(nginx, {"alice": port})
        self.assertEqual(self.get(port, "greeting.php"), "both")
        socket = f"--socket={place}/mysqld/mysqld.sock"
        tables = "CREATE DATABASE billing; CREATE TABLE billing.cards (number INT); INSERT INTO billing.cards VALUES (1); CREATE DATABASE blog"
        self.units.run("mariadb.service", "/usr/bin/mariadb", "--no-defaults", socket, "-e", tables)
        self.units.run("mariadb.service", "/usr/bin/mariadb-check", "--no-defaults", socket, "billing")
        self.assert_nothing_flagged()

        found = self.flagged_by(lambda: subprocess.run(["/usr/bin/mariadb-dump", "--no-defaults", socket, "billing"], check=True,
                                                       stdout=subprocess.DEVNULL))
        self.assertEqual({(one["purposewatch"]["store"], one["event"]["action"], one["purposewatch"]["reason"], one["purposewatch"]["clause"])
                          for one in found}, {("database-servers", "connect", "unit-mismatch", "P7")})


if __name__ == "__main__":
    main()
