"""A run in which nothing is wrong, but every twentieth packet is lost and the server greylists: no alert but the Watchdog.
Usage: quiet_test.py BUILD [--minutes N]"""
import re
import sys

from play import LabTest, main

MINUTES = 10


class QuietRun(LabTest):
    minutes = MINUTES

    def test_loss_and_greylisting_are_no_alert(self):
        for story in ("packet-loss", "greylisting"):
            self.lab.flip(story, "on")
        self.quiet_for(60 * self.minutes)
        greylisted = self.lab.query('sum(relaywatch_probes_total{verdict="greylisted"})')
        self.assertGreater(greylisted[0][1], 0, "nobody was greylisted")
        lost = int(re.search(r"counter packets (\d+)", self.lab.in_place("internet", "nft", "list", "ruleset")).group(1))
        self.assertGreater(lost, 100 * self.minutes, "hardly a packet was lost")
        results = self.lab.sql("SELECT count(*) FROM results")[0][0]
        print(f"quiet for {self.minutes} minutes: {results} results, {lost} packets lost, {greylisted[0][1]:.0f} greylisted,"
              " no alert but the Watchdog", flush=True)


if __name__ == "__main__":
    if "--minutes" in sys.argv:
        position = sys.argv.index("--minutes")
        QuietRun.minutes = float(sys.argv[position + 1])
        del sys.argv[position:position + 2]
    main(QuietRun)
