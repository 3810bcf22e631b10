"""The evidence of a real agent: what a scrape has told of is on the disk, whatever happens then."""

import json
import os
import shutil
import subprocess
import time

import evidence_log
from e2e_case import AgentCase, main
from waiting import wait_until

KILLS = 1000 if os.environ.get("PURPOSEWATCH_NIGHTLY") else 4


class Evidence(AgentCase):
    def setUp(self):
        super().setUp()
        self.directory = self.place.path / "state" / "evidence"

    def read(self):
        return evidence_log.read(self.directory)

    def texts(self, kind):
        return [record.text() for record in self.read().values() if record.kind == kind]

    def gauge(self, name):
        return self.agent.total("evidence_" + name)

    def scrape(self):
        """{name: value} of the evidence's series without labels, of one scrape."""
        return {name.removeprefix("purposewatch_"): value for name, labels, value in self.agent.metrics() if not labels}

    def command(self, *words):
        return self.agent.command(*words, "--state-dir", self.agent.state)

    def kill(self):
        self.agent.process.kill()
        self.agent.process.wait()

    def test_what_a_scrape_has_told_of_is_on_the_disk(self):
        self.start_agent()
        self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: self.flagged() == 1, "the read is counted")
        seen = self.scrape()
        self.kill()
        records = self.read()
        self.assertEqual(evidence_log.witnessed(records[int(seen["evidence_records_total"])]), seen["evidence_head"])
        findings = [record for record in records.values() if record.kind == "finding"]
        self.assertEqual(len(findings), 1)
        self.assertNotIn(b"alice", findings[0].open)
        self.assertEqual(findings[0].personal_text()["purposewatch"]["client"], "alice")
        self.assertEqual(findings[0].text()["process"]["executable"], str(self.stranger))

    def test_only_root_can_read_it(self):
        self.start_agent()
        self.assertEqual(self.directory.stat().st_mode & 0o777, 0o700)
        for path in self.directory.iterdir():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)

    def test_its_own_doings_are_recorded(self):
        self.start_agent()
        self.act(self.imap, "read", str(self.mail))
        self.settle()
        self.agent.write_policy(self.policy().replace('version: "1"', 'version: "2"'))
        self.agent.hang_up()
        self.agent.write_policy("policy: [")
        self.agent.hang_up()
        self.agent.stop()
        self.assertEqual([start["policy"]["version"] for start in self.texts("start")], ["1"])
        accepted, refused = self.texts("reload")
        self.assertEqual((accepted["outcome"], accepted["policy"]["version"]), ("success", "2"))
        self.assertEqual((refused["outcome"], refused["policy"]["version"]), ("failure", "2"))
        self.assertIn("policy.yaml", refused["error"])
        [permitted] = self.texts("suppressed")
        self.assertEqual([(one["service"], one["access"], one["count"]) for one in permitted["accesses"]], [("imap", "read", 1)])
        kinds = [record.kind for record in self.read().values()]
        self.assertEqual([kind for kind in kinds if kind in ("start", "stop")], ["start", "stop"])
        self.assertEqual(kinds[-1], "checkpoint")

    def test_killed_again_and_again_it_forgets_nothing_and_counts_on(self):
        self.start_agent()
        witnessed, told = {}, 0
        for _ in range(KILLS):
            readers = [self.start_actor(self.stranger, "read", str(self.mail)) for _ in range(5)]
            wait_until(lambda: self.flagged() > 0, "some reads are counted")
            seen = self.scrape()
            self.kill()
            for reader in readers:
                self.finish(reader)
            witnessed[int(seen["evidence_records_total"])] = seen["evidence_head"]
            told += 1
            self.agent.start()
        last = self.scrape()
        self.agent.stop()
        records = self.read()
        self.assertEqual(sorted(records), list(range(1, len(records) + 1)))
        for sequence, head in witnessed.items():
            self.assertEqual(evidence_log.witnessed(records[sequence]), head, f"of record {sequence}")
        self.assertGreaterEqual(last["evidence_records_total"], max(witnessed))
        findings = [record for record in records.values() if record.kind == "finding"]
        self.assertGreaterEqual(len(findings), told)
        self.assertEqual(len([record for record in records.values() if record.kind == "start"]), KILLS + 1)

    def test_removed_under_its_hands_it_says_so_and_goes_on(self):
        self.start_agent()
        self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: self.flagged() == 1, "the read is counted")
        shutil.rmtree(self.directory)
        self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: [gap for gap in self.texts("gap") if gap["why"] == "gone"], "the loss is stated")
        wait_until(lambda: self.flagged() == 2, "the second read is counted")
        self.assertEqual(len([record for record in self.read().values() if record.kind == "finding"]), 1)
        self.assertEqual(self.gauge("writable"), 1)

    def test_on_a_full_disk_it_counts_what_is_lost_and_recovers_by_itself(self):
        self.directory.mkdir(mode=0o700, parents=True)
        self.directory.parent.chmod(0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "evidence", self.directory], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.directory], check=True)
        self.start_agent()
        filler = self.directory / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

        def read_until(condition, what):
            def look():
                self.act(self.stranger, "read", str(self.mail))
                return condition()
            wait_until(look, what, 60)
        read_until(lambda: self.gauge("writable") == 0, "the disk is full")
        read_until(lambda: self.agent.total("events_lost_total", stage="evidence") > 0, "findings are lost")
        self.assertEqual(self.agent.process.poll(), None)
        filler.unlink()
        read_until(lambda: self.gauge("writable") == 1, "there is room again")
        self.agent.stop()
        self.assertEqual([space["stage"] for space in self.texts("space") if space["stage"] in ("full", "recovered")],
                         ["full", "recovered"])
        stated = sum(gap.get("lost", {}).get("flagged", 0) for gap in self.texts("gap"))
        self.assertGreater(stated, 0)

    def test_an_incident_is_open_until_it_is_reviewed_and_again_when_it_recurs(self):
        self.start_agent()

        def open_incidents():
            return self.agent.total("open_incidents", store="client-mail")

        def listed(*flags):
            return json.loads(self.command("review", "-o", "json", *flags).stdout)["incidents"]
        self.assertEqual(open_incidents(), 0)
        self.assertEqual(self.command("review").stdout, b"no open incidents\n")
        self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: open_incidents() == 1, "an incident is open")
        [incident] = listed()
        self.assertEqual((incident["severity"], incident["reason"], incident["count"]), ("critical", "unknown-service", 1))
        name = incident["incident"]
        self.assertEqual(self.command("review", name).returncode, 2)
        self.assertEqual(self.command("review", name, "--disposition", "fine", "--reference", "T-1").returncode, 2)
        self.kill()  # before anything else is kept than the evidence
        self.agent.start()
        self.assertEqual(open_incidents(), 1)
        done = self.command("review", name, "--disposition", "mistake", "--reference", "T-1")
        self.assertEqual((done.returncode, done.stdout.decode()), (0, f"reviewed {name} on client-mail: mistake, T-1\n"))
        self.assertEqual(self.command("review", name, "--disposition", "mistake", "--reference", "T-1").returncode, 1)
        self.assertEqual(open_incidents(), 0)
        self.agent.stop()
        self.agent.start()
        self.assertEqual((open_incidents(), listed(), listed("--all")[0]["reference"]), (0, [], "T-1"))
        self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: open_incidents() == 1, "the incident is open again")
        self.assertIn(b"open again", self.command("review").stdout)
        self.agent.stop()
        self.assertEqual([(one["change"], one.get("disposition")) for one in self.texts("review")],
                         [("opened", None), ("reviewed", "mistake"), ("reopened", None)])

    def everything(self):
        """All bytes that the agent keeps."""
        return b"".join(path.read_bytes() for path in self.agent.state.rglob("*") if path.is_file())

    def test_a_client_who_asks_for_it_is_erased_and_the_others_stay(self):
        bobs = self.place.mailbox("bob", "Dear Bob\n", mode=0o644)
        self.start_agent()
        for mail in (self.mail, bobs):
            self.act(self.stranger, "read", str(mail))
        wait_until(lambda: self.flagged() == 2, "both reads are counted")
        self.assertIn(b"alice", self.command("events", "--recorded").stdout)  # makes an index
        self.assertEqual(self.command("erase", "--client", "alice").returncode, 2)
        done = self.command("erase", "--client", "alice", "--reference", "REQUEST-7")
        self.assertEqual((done.returncode, done.stdout), (0, b"1 records about alice have no name, path or arguments any more\n"))
        self.assertNotIn(b"/alice/", self.everything())
        self.assertIn(b"/bob/", self.everything())
        self.agent.process.kill()
        self.agent.process.wait()
        self.assertNotIn(b"alice", (self.agent.state / "incidents.json").read_bytes(), "forgotten before it says so")
        [erasure] = self.texts("erasure")
        self.assertEqual((erasure["why"], erasure["parts"], erasure["reference"]), ("request", "personal", "REQUEST-7"))
        blank = self.read()[int(erasure["records"])]
        self.assertEqual((blank.kind, set(blank.personal)), ("finding", {0}))

    def test_what_is_older_than_it_may_be_is_blanked_at_the_next_start(self):
        self.start_agent()
        self.act(self.stranger, "read", str(self.mail))
        wait_until(lambda: self.flagged() == 1, "the read is counted")
        self.agent.stop()
        [finding] = [record for record in self.read().values() if record.kind == "finding"]
        wait_until(lambda: time.time_ns() > finding.wall_ns + 1_000_000_000, "the finding is a second old")
        self.agent.flags += ["--evidence.retention", "flagged=1s"]
        self.agent.start()
        wait_until(lambda: b"/alice/" not in self.everything(), "the finding is blank")
        self.agent.stop()
        self.assertEqual([erasure["why"] for erasure in self.texts("erasure")], ["retention"])


if __name__ == "__main__":
    main()
