"""A restart is no gap: the sensor stays in the kernel while no agent runs, and the next agent goes on where the last one was killed."""

import json
import os
import re
import signal
import subprocess

from e2e_case import AgentCase, main
from waiting import wait_until

KILLS = int(os.environ.get("E2E_KILLS", "10"))
UPGRADES = int(os.environ.get("E2E_UPGRADES", "4"))
FILES = 5


class Restart(AgentCase):
    def setUp(self):
        super().setUp()
        self.pins = self.place.path / "pins"
        self.addCleanup(subprocess.run, ["umount", "-l", self.pins], stderr=subprocess.DEVNULL)
        for number in range(2, FILES + 1):
            (self.mail.parent / str(number)).write_text("Dear Alice\n")

    def start_pinned(self, policy=None):
        self.start_agent(policy, ["--pin-dir", str(self.pins)])

    def kill_agent(self):
        self.agent.process.send_signal(signal.SIGKILL)
        self.agent.process.wait()

    def recorded(self, **wanted):
        """The reads in the evidence, oldest first."""
        told = self.agent.command("events", "--state-dir", self.agent.state, "--recorded", "--verdict", "flagged", "-o", "json")
        self.assertEqual(told.returncode, 0, told.stderr)
        events = [json.loads(line) for line in told.stdout.splitlines()]
        return [one for one in events if one["event"]["action"] == "read"]

    def reads(self):
        return sum(one["purposewatch"]["count"] for one in self.recorded())

    def read_each(self):
        self.act(self.stranger, *[word for path in sorted(self.mail.parent.iterdir()) for word in ("read", str(path))])

    def await_reads(self, count):
        wait_until(lambda: self.reads() >= count, lambda: f"{count} reads in the evidence, not {self.reads()}: {self.agent.log()}", 30)
        self.assertEqual(self.reads(), count)
        self.assertEqual(self.agent.total("events_lost_total"), 0)

    def test_what_happened_meanwhile_is_told_in_order_and_once(self):
        self.start_pinned()
        self.read_each()
        self.await_reads(FILES)
        self.kill_agent()
        self.read_each()
        self.act(self.imap, "read", str(self.mail))
        self.agent.start()
        self.assertIn("went on with the sensor", self.agent.log())
        self.await_reads(2 * FILES)
        paths = [one["file"]["path"] for one in self.recorded()]
        self.assertEqual(paths, paths[:FILES] * 2)
        times = [one["@timestamp"] for one in self.recorded()]
        self.assertEqual(times, sorted(times))
        self.assertEqual([one["purposewatch"]["client"] for one in self.recorded()], ["alice"] * 2 * FILES)
        self.assertEqual(self.permitted(), 1, "counted in the kernel meanwhile")

    def test_told_to_stop_it_leaves_nothing_out_either(self):
        self.start_pinned()
        self.agent.stop()
        self.read_each()
        self.agent.start()
        self.await_reads(FILES)

    def test_another_policy_in_force_by_then_judges_what_happened_meanwhile(self):
        self.start_pinned()
        self.kill_agent()
        self.read_each()
        self.agent.write_policy(self.policy().replace("client-mail", "letters"))
        self.agent.start()
        self.await_reads(FILES)
        self.assertEqual({one["purposewatch"]["store"] for one in self.recorded()}, {"letters"})

    def test_killed_again_and_again_while_somebody_reads(self):
        times, actors = 20_000, []
        self.start_pinned()
        for _ in range(KILLS):
            known = self.agent.total("flagged_total")
            actors.append(self.start_actor(self.stranger, "flood", str(self.mail.parent), str(times)))
            wait_until(lambda: self.agent.total("flagged_total") > known, "more is told", 30)
            self.kill_agent()
            self.agent.start()
        for actor in actors:
            self.finish(actor)
        self.await_reads(KILLS * times * FILES)

    def test_who_killed_it_is_recorded_by_the_next_one(self):
        self.start_pinned()
        killer = subprocess.Popen(["/bin/sh", "-c", f"kill -KILL {self.agent.process.pid}"])
        self.assertEqual(killer.wait(), 0)
        self.agent.process.wait()
        self.agent.start()
        wait_until(lambda: self.agent.total("tampering_total", what="signal") == 1, "the signal is counted", 10)
        def recorded():
            told = self.agent.command("events", "--state-dir", self.agent.state, "--recorded", "--kind", "tamper", "-o", "json")
            return [json.loads(line)["purposewatch"]["tamper"] for line in told.stdout.splitlines()]
        wait_until(recorded, "it is recorded", 10)
        [signal_sent] = recorded()
        self.assertEqual((signal_sent["what"], signal_sent["detail"], signal_sent["by"]["pid"]), ("signal", "SIGKILL", killer.pid))
        self.assertEqual(signal_sent["by"]["user"], "root")
        self.assertRegex(signal_sent["by"]["executable"], "/(da)?sh$")

    def larger_policy(self):
        """So many permits that the sensor's counters need more room: another sensor, as that of another build is."""
        names = ", ".join(f"s{i}: {{exe: {self.place.path}/lib/s{i}}}" for i in range(250))
        permits = ", ".join(f"{{service: s{i}, store: client-mail, access: [read], purpose: requested-service}}" for i in range(250))
        return self.policy().replace("services: {", f"services: {{{names}, ").replace("permits: [", f"permits: [{permits}, ")

    def test_the_sensor_of_another_build_takes_its_place_and_loses_nothing(self):
        self.start_pinned()
        self.kill_agent()
        self.read_each()
        self.act(self.imap, "read", str(self.mail))
        self.agent.write_policy(self.larger_policy())
        self.agent.start()
        self.assertIn("took the place of the sensor of another build", self.agent.log())
        self.await_reads(FILES)
        self.read_each()
        self.await_reads(2 * FILES)
        self.assertEqual(self.permitted(), 1)
        self.assertEqual(len([pin for pin in self.pins.iterdir() if pin.is_dir()]), 1, "the other one is gone")

    def test_what_a_sensor_of_another_language_has_left_is_counted_and_never_read(self):
        self.start_pinned()
        self.kill_agent()
        self.read_each()
        names = self.agent.state / "sensor" / "names.json"
        names.write_text(re.sub(r'"interface":"\w+"', '"interface":"0"', names.read_text()))
        self.agent.write_policy(self.larger_policy())
        self.agent.start()
        self.assertIn("speaks another language", self.agent.log())
        self.assertGreaterEqual(self.agent.total("events_lost_total", stage="handover"), FILES)
        self.assertEqual(self.reads(), 0)
        self.read_each()
        self.await_one_reading()

    def test_upgraded_again_and_again_while_somebody_reads(self):
        times, actors = 20_000, []
        policies = [self.larger_policy(), self.policy()]
        self.start_pinned()
        for upgrade in range(UPGRADES):
            known = self.agent.total("flagged_total")
            actors.append(self.start_actor(self.stranger, "flood", str(self.mail.parent), str(times)))
            wait_until(lambda: self.agent.total("flagged_total") > known, "more is told", 30)
            self.agent.stop()
            self.agent.write_policy(policies[upgrade % 2])
            self.agent.start()
        for actor in actors:
            self.finish(actor)
        self.await_reads(UPGRADES * times * FILES)

    def test_what_found_no_room_meanwhile_is_counted_as_lost_once(self):
        lives = 3_000  # the ring has room for descriptions of a few hundred
        self.start_pinned()
        self.kill_agent()
        self.act(self.stranger, "short-lives", str(lives), str(self.mail))
        self.agent.start()
        wait_until(lambda: self.reads() + self.agent.total("events_lost_total") >= lives, lambda: f"{lives} reads, not {self.reads()}", 30)
        lost = self.agent.total("events_lost_total", stage="ring")
        self.assertGreater(lost, 0)
        self.assertEqual(self.reads() + lost, lives)
        def gaps():
            told = self.agent.command("events", "--state-dir", self.agent.state, "--recorded", "--kind", "gap", "-o", "json")
            return [json.loads(line)["purposewatch"]["gap"]["stages"]["ring"] for line in told.stdout.splitlines()]
        wait_until(lambda: sum(gaps()) == lost, lambda: f"{lost} lost in the evidence, not {gaps()}", 10)
        self.agent.stop()
        self.agent.start()
        self.assertEqual(self.agent.total("events_lost_total"), 0, "told before")
        self.settle()

    def test_a_sensor_that_is_gone_is_recorded_with_its_times_and_counted_as_lost(self):
        self.start_pinned()
        self.kill_agent()
        subprocess.run(["umount", "-l", self.pins], check=True)
        self.read_each()
        self.agent.start()
        self.assertEqual(self.agent.total("events_lost_total", stage="absent"), 1)
        told = self.agent.command("events", "--state-dir", self.agent.state, "--recorded", "--kind", "tamper", "-o", "json")
        [gone] = [json.loads(line)["purposewatch"]["tamper"] for line in told.stdout.splitlines()]
        self.assertEqual(gone["what"], "sensor-gone", "who killed the agent went with the sensor")
        self.assertLess(gone["since"], gone["until"])
        self.assertEqual(self.agent.total("tampering_total", what="sensor-gone"), 1)
        self.read_each()
        self.await_one_reading()

    def await_one_reading(self):
        wait_until(lambda: self.reads() == FILES, lambda: f"what was read since, not {self.reads()}", 30)


if __name__ == "__main__":
    main()
