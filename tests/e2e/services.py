"""Real services of a hosting server, each on loopback with a directory of its own, in the systemd unit that the shipped policy expects."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

from waiting import wait_until

UNIFIED = next(path for path in (pathlib.Path("/sys/fs/cgroup/unified"), pathlib.Path("/sys/fs/cgroup")) if path.exists())


class Units:
    """Control groups with the names of systemd units; gone at the end, with all that runs in them. host: where they are started."""

    def __init__(self, host):
        self.host, self.started = host, []
        self.root = UNIFIED / f"purposewatch-e2e-{os.getpid()}.slice"
        self.root.mkdir()

    def run(self, unit, *command, **options):
        """A finished command."""
        return subprocess.run(command, preexec_fn=self._enter(unit), check=True, stdout=subprocess.DEVNULL, **options)

    def start(self, unit, *command, **options):
        process = subprocess.Popen(command, preexec_fn=self._enter(unit), stdin=subprocess.DEVNULL, start_new_session=True, **options)
        self.started.append(process)
        return process

    def _enter(self, unit):
        group = self.root / unit
        group.mkdir(exist_ok=True)

        def enter():
            (group / "cgroup.procs").write_text(str(os.getpid()))
            self.host.enter()
        return enter

    def remove(self):
        for group in self.root.iterdir():
            if not group.is_dir():
                continue
            for pid in (group / "cgroup.procs").read_text().split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass  # it has ended by itself
            wait_until(lambda: not (group / "cgroup.procs").read_text().split(), f"the end of what runs in {group.name}")
            group.rmdir()
        self.root.rmdir()
        for process in self.started:
            process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Service:
    """A daemon that runs in the foreground, until stop(); what it says is in a file of its name."""

    def __init__(self, units, unit, command, log, is_up):
        with open(log, "ab") as file:
            self.process = units.start(unit, *command, stdout=file, stderr=file)

        def up():
            if self.process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {self.process.returncode}:\n{log.read_text(errors='replace')}")
            return is_up()
        wait_until(up, lambda: f"{command[0]} is up:\n{log.read_text(errors='replace')}", 60)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


DOVECOT = """\
state_dir = {place}/dovecot-state
protocols = imap lmtp
listen = 127.0.0.1
mail_location = maildir:{place}/vmail/%d/%n
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={vmail} gid={vmail} home={place}/vmail/%d/%n
}}
first_valid_uid = 1
ssl = no
disable_plaintext_auth = no
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def dovecot(place, units, vmail, port):
    config = place / "dovecot.conf"
    config.write_text(DOVECOT.format(place=place, vmail=vmail, port=port))
    return Service(units, "dovecot.service", ["/usr/sbin/dovecot", "-F", "-c", str(config)], place / "dovecot.out",
                   lambda: answers(port) and (place / "run" / "dovecot" / "lmtp").exists())


# In the places where Debian has them; names are not asked for.
POSTFIX = """\
compatibility_level = 3.6
inet_interfaces = 127.0.0.1
mydestination =
alias_maps =
virtual_mailbox_domains = example.org
virtual_transport = lmtp:unix:/run/dovecot/lmtp
relayhost = [{relay}]
disable_dns_lookups = yes
data_directory = {place}/postfix-data
myhostname = host.example.org
"""
POSTFIX_PROGRAMS = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
POSTFIX_QUEUES = ("active", "corrupt", "defer", "deferred", "hold", "incoming", "maildrop", "saved")  # which hold mail


def make_queues(place):
    for name in (*POSTFIX_QUEUES, "bounce", "flush", "trace", "private", "public", "../postfix-data"):
        directory = place / "postfix" / name
        directory.mkdir()
        directory.chmod(0o730 if name == "maildrop" else 0o710 if name == "public" else 0o700)
        shutil.chown(directory, "postfix", "postdrop" if name in ("maildrop", "public") else "root")
    (place / "postfix" / "pid").mkdir()


def postfix(place, units, port, relay):
    """The host has {place}/postfix at /var/spool/postfix, and {place}/postfix-config at /etc/postfix."""
    (place / "postfix-config" / "main.cf").write_text(POSTFIX.format(place=place, relay=relay))
    (place / "postfix-config" / "master.cf").write_text(POSTFIX_PROGRAMS.format(port=port))
    return Service(units, "postfix@-.service", ["/usr/lib/postfix/sbin/master", "-d"], place / "postfix.out",
                   (place / "postfix" / "public" / "qmgr").exists)


NGINX = """\
user www-data;
daemon off;
worker_processes 1;
pid {place}/nginx.pid;
error_log {place}/nginx.log;
events {{}}
http {{
  client_body_temp_path {place}/nginx-temporary;
  fastcgi_temp_path {place}/nginx-temporary;
  proxy_temp_path {place}/nginx-temporary;
  scgi_temp_path {place}/nginx-temporary;
  uwsgi_temp_path {place}/nginx-temporary;
{servers}
}}
"""
SITE = """\
  server {{
    listen 127.0.0.1:{port};
    root {place}/www/{client};
    access_log {place}/log/nginx/{client}/access.log;
    location ~ \\.php$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_pass unix:{place}/php/{client}.sock;
    }}
  }}
"""


def nginx(place, units, ports):
    """ports: by client."""
    config = place / "nginx.conf"
    sites = "".join(SITE.format(place=place, client=client, port=port) for client, port in ports.items())
    config.write_text(NGINX.format(place=place, servers=sites))
    return Service(units, "nginx.service", ["/usr/sbin/nginx", "-c", str(config)], place / "nginx.out",
                   lambda: all(answers(port) for port in ports.values()))


POOL = """\
[{client}]
user = {uid}
group = {uid}
listen = {place}/php/{client}.sock
listen.owner = www-data
pm = static
pm.max_children = 1
"""


def php_fpm(place, units, uids):
    """uids: by client; each has a pool of its own."""
    config = place / "php-fpm.conf"
    pools = "".join(POOL.format(place=place, client=client, uid=uid) for client, uid in uids.items())
    config.write_text(f"[global]\nerror_log = {place}/php-fpm.log\ndaemonize = no\n" + pools)
    return Service(units, "php8.2-fpm.service", ["/usr/sbin/php-fpm8.2", "-F", "-y", str(config)], place / "php-fpm.out",
                   lambda: all((place / "php" / f"{client}.sock").exists() for client in uids))


def make_databases(place):
    subprocess.run(["mariadb-install-db", "--no-defaults", "--user=mysql", f"--datadir={place}/mysql", "--skip-test-db"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def mariadb(place, units, port):
    return Service(units, "mariadb.service",
                   ["setpriv", "--reuid=mysql", "--regid=mysql", "--init-groups",  # as systemd does
                    "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={place}/mysql",
                    f"--socket={place}/mysqld/mysqld.sock", f"--port={port}", "--bind-address=127.0.0.1",
                    f"--pid-file={place}/mysqld/mysqld.pid"],
                   place / "mariadb.out", lambda: (place / "mysqld" / "mysqld.sock").exists())
