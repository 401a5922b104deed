"""The lab's own small programs, without a lab."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lab"))

import greylist  # noqa: E402
import receiver  # noqa: E402
import shorten  # noqa: E402
import strip_starttls  # noqa: E402

UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(duration):
    return int(duration[:-1]) * UNITS[duration[-1]]


def rest(rule):
    """What shortening leaves as it is."""
    return {key: value for key, value in rule.items() if key not in ("expr", "for", "keep_firing_for")}


class Shorten(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        shorten.main(self.directory, "http://127.0.0.1:9099")

    def read(self, name):
        return yaml.safe_load((self.directory / name).read_text(encoding="utf-8"))

    def test_writes_what_prometheus_and_alertmanager_accept(self):
        for command in (["promtool", "check", "config", "prometheus.yaml"], ["amtool", "check-config", "alertmanager.yaml"]):
            done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_is_sooner_stays_sooner(self):
        pairs = sorted((seconds(usual), seconds(short)) for usual, short in shorten.RULES.items())
        self.assertEqual([short for _, short in pairs], sorted({short for _, short in pairs}))
        self.assertTrue(all(short < usual for usual, short in pairs))

    def test_changes_durations_and_nothing_else_of_a_rule(self):
        number = re.compile(r"\d+[smhd]\b")
        for path in (ROOT / "dashboards/rules").glob("*.rules.yaml"):
            usual = yaml.safe_load(path.read_text(encoding="utf-8"))
            for before, after in zip(usual["groups"], self.read(f"rules/{path.name}")["groups"]):
                for rule, short in zip(before["rules"], after["rules"]):
                    self.assertEqual(number.sub("", rule["expr"]), number.sub("", short["expr"]))
                    self.assertEqual(rest(rule), rest(short))

    def test_leaves_no_usual_duration_in_an_expression(self):
        for path in self.directory.glob("rules/*.yaml"):
            durations = set(re.findall(r"\[(\w+)\]", path.read_text(encoding="utf-8")))
            self.assertLessEqual(durations, set(shorten.RULES.values()), path.name)

    def test_routes_and_inhibits_as_the_example_does(self):
        usual = yaml.safe_load((ROOT / "deploy/prometheus/alertmanager.yaml").read_text(encoding="utf-8"))
        lab = self.read("alertmanager.yaml")
        self.assertEqual(lab["inhibit_rules"], usual["inhibit_rules"])
        self.assertEqual([route["matchers"] for route in lab["route"]["routes"]],
                         [route["matchers"] for route in usual["route"]["routes"]])
        self.assertEqual([each["name"] for each in lab["receivers"]], [each["name"] for each in usual["receivers"]])

    def test_refuses_a_duration_that_it_does_not_know(self):
        with self.assertRaisesRegex(SystemExit, "7m"):
            shorten.shorter("7m")


class StripStarttls(unittest.TestCase):
    CASES = (
        ([b"250-a\r\n", b"250-STARTTLS\r\n", b"250 HELP\r\n"], b"250-a\r\n250 HELP\r\n"),
        ([b"250-a\r\n", b"250 STARTTLS\r\n"], b"250 a\r\n"),
        ([b"250-a\r\n", b"250-SIZE\r\n", b"250 starttls\r\n"], b"250-a\r\n250 SIZE\r\n"),
        ([b"250-a\r\n", b"250 SIZE\r\n"], b"250-a\r\n250 SIZE\r\n"),
        ([b"554-no STARTTLS\r\n", b"554 here\r\n"], b"554-no STARTTLS\r\n554 here\r\n"),
    )

    def test_wherever_the_keyword_stands(self):
        for lines, expected in self.CASES:
            self.assertEqual(strip_starttls.without_starttls(lines), expected)


class Greylist(unittest.TestCase):
    def test_turns_away_lets_in_and_forgets(self):
        known = greylist.Greylist()
        actions = [known.action("triplet", now) for now in (0, 4, 6, 20, 21, 24, 27)]
        self.assertEqual([action == greylist.ACCEPTED for action in actions], [False, False, True, True, False, False, True])

    def test_knows_each_by_itself(self):
        known = greylist.Greylist()
        known.action("one", 0)
        self.assertEqual(known.action("two", 6), greylist.DEFERRED)


class Receiver(unittest.TestCase):
    ALERT = {"fingerprint": "1", "labels": {"alertname": "PortBlocked", "location": "office", "port": "25", "severity": "warning"},
             "annotations": {"summary": "office: port 25"}}

    def test_tells_each_alert_once_and_lists_what_is_left(self):
        with tempfile.TemporaryFile("w+") as file:
            told = receiver.Told(file)
            for status in ("resolved", "firing", "firing"):
                told.take("team", {**self.ALERT, "status": status})
            self.assertIn("PortBlocked", told.list())
            told.take("team", {**self.ALERT, "status": "resolved"})
            self.assertEqual(told.list(), "none\n")
            file.seek(0)
            self.assertEqual(len(file.readlines()), 2)


if __name__ == "__main__":
    unittest.main()
