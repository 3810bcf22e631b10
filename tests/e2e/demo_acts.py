"""What happens in the demo: real processes, each doing one thing to clients' mail, and what should be said of it."""

import os
import pwd
import subprocess
from typing import NamedTuple

PERMITTED, FLAGGED, OUTSIDE = "permitted", "flagged", "outside"  # the last: no client data


class Act(NamedTuple):
    who: str
    does: str
    expected: str
    why: str  # the purpose, or the reason
    command: list
    path: str  # the file as the agent should name it
    uid: int = 0


class Done(NamedTuple):
    act: Act
    pid: int
    error: str  # of the process itself; empty when it could do what it wanted


def unused_uids(count):
    """User ids that belong to nobody on this host: nothing has to be added to its user database."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    return [uid for uid in range(64100, 65000) if uid not in taken][:count]


def set_the_stage(place):
    """Mailboxes and programs; the acts that will be played on them, the last of which is flagged."""
    alice_uid, bob_uid = unused_uids(2)
    # Readable by all: a usual mistake, without which the kernel would stop Bob before anyone had to notice.
    alice = place.mailbox("alice", "Dear Alice, ...\n", owner=alice_uid, mode=0o644)
    bob = place.mailbox("bob", "Dear Bob, ...\n", owner=bob_uid)
    carol = place.path / "vmail" / "example.org" / "carol"
    link, notice = place.path / "holiday.txt", place.path / "notice.txt"
    link.symlink_to(alice)
    notice.write_text("Maintenance on Sunday\n")
    imap = place.copy_program("/bin/cat", "lib/imap")
    impostor = place.copy_program("/bin/cat", "tmp/imap")
    reader = place.copy_program("/bin/cat", "bin/mail-reader")
    accounts = place.copy_program("/bin/mkdir", "lib/accounts")
    deliver = place.copy_program("/bin/dd", "lib/deliver")
    backup = place.copy_program("/bin/dd", "lib/backup")

    def act(who, does, expected, why, command, path, **more):
        return Act(who, does, expected, why, [str(word) for word in command], str(path), **more)

    service, loss, unknown = "requested-service", "protect-from-loss", "unknown-service"
    return [
        act("IMAP server", "reads Alice's mail", PERMITTED, service, [imap, alice], alice),
        act("Alice's mail reader", "reads her own mail", PERMITTED, service, [reader, alice], alice, uid=alice_uid),
        act("nightly backup", "reads Bob's mail", PERMITTED, loss, [backup, f"if={bob}", "of=/dev/null", "status=none"], bob),
        act("account service", "makes a new client's mailbox", PERMITTED, service, [accounts, carol], carol),
        act("mail delivery", "brings its first mail", PERMITTED, service,
            [deliver, f"if={notice}", f"of={carol}/1", "status=none"], carol / "1"),
        act("root's cat", "reads a file of no client", OUTSIDE, "", ["/bin/cat", notice], notice),
        act("root's cat", "reads Alice's mail", FLAGGED, unknown, ["/bin/cat", alice], alice),
        act("root's cat", "reads it by a harmless name", FLAGGED, unknown, ["/bin/cat", link], alice),
        act("IMAP server's copy", "reads Alice's mail", FLAGGED, unknown, [impostor, alice], alice),
        act("Bob's mail reader", "reads his neighbour's mail", FLAGGED, "not-owner", [reader, alice], alice, uid=bob_uid),
        act("nightly backup", "writes into Bob's mail", FLAGGED, "access-kind",
            [backup, "if=/dev/null", f"of={bob}", "conv=notrunc,nocreat", "status=none"], bob),
        act("root's ls", "lists the new client's mailbox", FLAGGED, unknown, ["/bin/ls", "-f", carol], carol),
    ]


def play(act):
    process = subprocess.Popen(act.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               user=act.uid, group=act.uid, extra_groups=[], cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"})
    error = process.communicate()[1].decode(errors="replace").strip()
    return Done(act, process.pid, error or ("" if process.returncode == 0 else f"exit {process.returncode}"))
