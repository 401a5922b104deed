"""Stories of the fleet: lost agents, a dark location, and what is none: a backlog, a renamed agent, a collector that restarts. An agent
is lost after five minutes, which the collector has for good; what needs no such time is played meanwhile."""
import csv
import time

from lab import eventually
from play import WINDOW, Alert, LabTest, main

LOST = 300
PLACE = "location", "endpoint", "port"
COUNTERS = '{__name__=~"relaywatch_.+_(total|count|bucket|sum)"}'
# As stories/location-dark.nft, for another place.
CUT = """table inet cut {
  chain way {
    type filter hook forward priority filter
    ip saddr 10.3.0.0/24 ip daddr 198.51.100.10 drop
    ip saddr 198.51.100.10 ip daddr 10.3.0.0/24 drop
  }
}"""


class FleetStories(LabTest):
    LOST_AGENTS = {
        "location-dark": [Alert("LocationDark", "office", severity="critical", rule=25, after=LOST,
                                words="office: 100% of the agents are lost")],
        "agent-killed": [Alert("AgentLost", "vpn", severity="warning", rule=30, after=LOST, words="vpn: 1 lost agent")],
    }

    def setUp(self):
        super().setUp()
        self.begun = self.begun if not self.is_dark else min(self.began.values())
        self.allowed = {alert for alerts in self.LOST_AGENTS.values() for alert in alerts} if self.is_dark else set()

    is_dark = False
    began = None

    def test_1_the_office_goes_dark_and_an_agent_dies(self):
        FleetStories.began = self.flip_on(self.LOST_AGENTS)
        FleetStories.is_dark = True

    def test_2_a_backlog_is_stored_and_not_counted_late(self):
        before = self.count_of("backlog", "home-isp")
        self.cut_home_off(50)
        self.assertTrue(eventually(lambda: self.count_of("backlog", "home-isp") > before + 20, 40), "no backlog came")
        # 2 agents, 4 services, and what is late beyond 30 s: the counters know nothing of it.
        stored = {row[:3]: row[3] for row in self.lab.sql(
            "SELECT location, endpoint, CAST(port AS TEXT), count(*) FROM results WHERE lane = 'live' GROUP BY 1, 2, 3")}
        counted = {tuple(labels[name] for name in PLACE): value for labels, value in
                   self.lab.query(f'sum by ({", ".join(PLACE)}) (relaywatch_probes_total{{profile="outlook",location="home-isp"}})')}
        for place, count in counted.items():
            self.assertLessEqual(count, stored[place])
        self.nothing_went_backwards(0)

    def test_3_an_agent_with_a_new_name(self):
        agent = "home-isp-2"
        known = self.connected("home-isp")
        self.lab.stop(agent)
        state = self.lab.directory / "agents" / agent / "state"
        (state / "identity.pem").unlink()
        token = self.lab.relaywatch("token", "create", "--location", "home-isp")
        (self.lab.directory / "agents" / agent / "token").write_text(token, encoding="utf-8")
        self.lab.restart(agent)
        self.assertTrue(eventually(lambda: self.connected("home-isp") - known, 30), "no agent of a new name")
        old_name, = known - self.connected("home-isp")
        self.lab.relaywatch("agent", "revoke", old_name, "--reason", "has a new name")
        self.quiet_for(2 * WINDOW)
        self.nothing_went_backwards(0)

    def test_4_the_lost_are_told_and_found(self):
        for story, alerts in self.LOST_AGENTS.items():
            self.expected |= set(alerts)
            self.await_alerts(story, "firing", alerts, self.began[story])
        missing = self.count_of("backlog", "office")
        self.flip_off(self.LOST_AGENTS)
        FleetStories.is_dark = False
        waited = 2 * 4 * LOST / 5 * 0.8  # 2 agents, 4 services, every 5 s, most of the time
        self.assertTrue(eventually(lambda: self.count_of("backlog", "office") - missing > waited, 60), "the backlog does not come")
        self.quiet_for(WINDOW)
        self.nothing_went_backwards(0)

    def test_5_the_collector_restarts(self):
        before = self.count_of("live", "vpn")
        self.lab.restart("collector")
        self.assertTrue(eventually(lambda: self.count_of("live", "vpn") > before + 20, 60), "no results after the restart")
        self.quiet_for(2 * WINDOW)
        self.nothing_went_backwards(1)

    def cut_home_off(self, seconds):
        rules = self.lab.directory / "cut.nft"
        rules.write_text(CUT, encoding="utf-8")
        self.lab.in_place("internet", "nft", "--file", str(rules))
        time.sleep(seconds)
        self.lab.in_place("internet", "nft", "delete", "table", "inet", "cut")
        rules.unlink()

    def count_of(self, lane, location):
        return self.lab.sql("SELECT count(*) FROM results WHERE lane = ? AND location = ?", lane, location)[0][0]

    def connected(self, location):
        """The names of agents."""
        table = self.lab.relaywatch("agents", "--location", location, "--output", "csv").splitlines()
        return {agent["agent"] for agent in csv.DictReader(table) if agent["state"] == "connected"}

    def nothing_went_backwards(self, restarts):
        """No counter of the collector began anew more often than the collector."""
        names = [labels["__name__"] for labels, _ in self.lab.query(f"count by (__name__) ({COUNTERS})")]
        self.assertIn("relaywatch_probes_total", names)
        for name in names:
            self.assertEqual(self.lab.query(f"resets({name}[15m]) > {restarts}"), [], name)


if __name__ == "__main__":
    main(FleetStories)
