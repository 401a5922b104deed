"""Stories and their alerts: what has to arrive at the receiver, how soon, and that nothing else does."""
import dataclasses
import time
import unittest

from lab import EVALUATION, PROBE, SCRAPE, Lab, build_directory, eventually

# deploy/lab/shorten.py: what the rules call 5 minutes, in their windows and in "for".
WINDOW = 20
# The collector asks agents again for that long before it calls something a change.
CONFIRMED = 20
# What a busy machine adds, and what is in none of the times: agents collect results for up to 2 s, Prometheus scrapes and evaluates
# at moments of its own, Alertmanager waits for a second.
SLACK = 12


def within(rule):
    """Two probes, a scrape, an evaluation of what is recorded and one of the alert; and what the rule itself asks for."""
    return 2 * PROBE + SCRAPE + 2 * EVALUATION + rule + SLACK


@dataclasses.dataclass(frozen=True)
class Alert:
    name: str
    location: str = ""
    endpoint: str = ""
    port: str = ""
    profile: str = ""
    kind: str = ""
    severity: str = ""
    words: str = dataclasses.field(default="", compare=False)    # in the summary
    rule: float = dataclasses.field(default=0, compare=False)    # what the rule waits for, in seconds
    after: float = dataclasses.field(default=0, compare=False)   # what it has to wait for besides

    @classmethod
    def of(cls, record):
        labels = record["labels"]
        fields = {name: labels.get(name, "") for name in ("location", "endpoint", "port", "profile", "severity")}
        # Of a change: its first kind. Where AUTH goes, what is said of relaying may go with it.
        return cls(labels["alertname"], **fields, kind=labels.get("kinds", "").split(",")[0], words=record["annotations"]["summary"])

    def __str__(self):
        place = f"{self.location} {self.endpoint}{':' + self.port if self.port else ''} {self.profile}{self.kind}"
        return f"{self.name} {' '.join(place.split())}"


class LabTest(unittest.TestCase):
    """A lab for all tests of a class, which run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(cls.build)
        cls.lab.up()
        cls.addClassCleanup(cls.lab.down)

    def setUp(self):
        self.begun = time.time()
        self.expected, self.allowed = set(), set()

    def tearDown(self):
        """Whatever a test did: nothing else was told, and everything is as it was."""
        told = {Alert.of(record) for record in self.lab.alerts(self.begun) if record["status"] == "firing"}
        self.assertEqual(sorted(map(str, told - self.expected - self.allowed)), [], "told and not expected")

    def told(self, alert, status, since):
        """The record that says so: that it fires, since then; that it is resolved, as the last word, whenever it was said."""
        records = [record for record in self.lab.alerts(self.begun) if Alert.of(record) == alert]
        if status == "resolved":
            return records[-1] if records and records[-1]["status"] == status else None
        return next((record for record in records if record["status"] == status and record["time"] >= since), None)

    def await_alerts(self, story, status, alerts, since):
        """All of them, each in its time after `since`, or before."""
        for alert in sorted(alerts, key=lambda alert: alert.rule + alert.after):
            bound = since + within(alert.rule) + alert.after
            record = eventually(lambda alert=alert: self.told(alert, status, since), bound - time.time())
            with self.subTest(story=story, alert=str(alert), status=status):
                self.assertIsNotNone(record, f"not {status} within {bound - since:.0f} s; told: {self.lab.alerts(self.begun)}")
                self.assertIn(alert.words, record["annotations"]["summary"])
                print(f"{story}: {alert} {status} after {record['time'] - since:.1f} s (at most {bound - since:.0f} s)", flush=True)

    def flip_on(self, stories):
        """{story: its alerts}: all at once. Returns when each began."""
        began = {}
        for story, alerts in stories.items():
            self.expected |= set(alerts)
            began[story] = time.time()
            self.lab.flip(story, "on")
        return began

    def play(self, stories, meanwhile=lambda: None):
        """Flips them on, waits for their alerts, flips them off, and waits until all is resolved. Calls `meanwhile` while they fire."""
        began = self.flip_on(stories)
        for story, alerts in stories.items():
            self.await_alerts(story, "firing", alerts, began[story])
        meanwhile()
        self.flip_off(stories)

    def flip_off(self, stories):
        for story in stories:
            self.lab.flip(story, "off")
        ended = time.time()
        for story, alerts in stories.items():
            self.await_alerts(story, "resolved", [dataclasses.replace(alert, rule=_memory(alert), after=0) for alert in alerts], ended)

    def await_rules(self):
        """Before it knows a rule, the collector cannot notice that it changes."""
        if self.lab.detects_changes():
            known = "SELECT count(*) FROM rule_history WHERE track = 'served' AND valid_to IS NULL"
            self.assertTrue(eventually(lambda: self.lab.sql(known)[0][0] >= 12, 60), "no rules are known")

    def quiet_for(self, seconds):
        """Nothing is told; tearDown looks."""
        time.sleep(seconds)


def _memory(alert):
    """How long a rule looks back, in seconds of the lab: it cannot be resolved before."""
    return {"AuthMismatchNew": 40, "CertificateExpiring": 35, "RelayRuleChanged": 30 + CONFIRMED}.get(alert.name, WINDOW)


def main(test_class):
    test_class.build = build_directory()
    unittest.main(module=test_class.__module__, verbosity=2, failfast=True)
