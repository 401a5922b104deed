"""The Alertmanager example in a real Alertmanager: who is told of what, what stays quiet beside what, and how the text reads."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from service import Service, eventually, free_port  # noqa: E402

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "deploy/prometheus"
CONFIG = EXAMPLE / "alertmanager.yaml"


def receiver(**labels):
    matchers = [f"{name}={value}" for name, value in labels.items()]
    routed = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={CONFIG}", "service=relaywatch", *matchers],
                            capture_output=True, text=True, check=True)
    return routed.stdout.strip()


class Routes(unittest.TestCase):
    def test_severity_decides_who_is_told(self):
        self.assertEqual(receiver(alertname="RelayOpened", severity="critical"), "pager")
        self.assertEqual(receiver(alertname="PortBlocked", severity="warning"), "team")
        self.assertEqual(receiver(alertname="RelayRuleChanged", severity="info"), "digest")

    def test_the_watchdog_reaches_nobody_but_the_switch(self):
        self.assertEqual(receiver(alertname="Watchdog", severity="none"), "dead-mans-switch")


class Text(unittest.TestCase):
    ALERT = {"labels": {"alertname": "PortBlocked", "location": "home-isp"}, "startsAt": "2026-01-02T03:04:05Z",
             "endsAt": "2026-01-02T05:06:07Z",
             "annotations": {"summary": "home-isp: port 25 is blocked", "description": "Ask the ISP.",
                             "runbook_url": "https://x/runbook", "dashboard_url": "https://x/dashboard"}}

    def render(self, template, *states):
        data = {"status": "firing" if "firing" in states else "resolved", "receiver": "team", "externalURL": "http://am",
                "groupLabels": {"alertname": "PortBlocked", "location": "home-isp"}, "commonLabels": {"severity": "warning"},
                "alerts": [{**self.ALERT, "status": state} for state in states], "commonAnnotations": {}}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(json.dumps(data))
            file.flush()
            return subprocess.run(["amtool", "template", "render", f"--template.glob={EXAMPLE / 'relaywatch.tmpl'}",
                                   f"--template.data={file.name}", "--template.text", f'{{{{ template "{template}" . }}}}'],
                                  capture_output=True, text=True, check=True).stdout

    def test_the_subject_says_how_bad_what_and_where(self):
        self.assertEqual(self.render("relaywatch.subject", "firing").strip(), "[WARNING] PortBlocked at home-isp")
        self.assertEqual(self.render("relaywatch.subject", "firing", "firing").strip(), "[WARNING] PortBlocked at home-isp (2)")
        self.assertEqual(self.render("relaywatch.subject", "resolved").strip(), "[RESOLVED] PortBlocked at home-isp")

    def test_the_text_says_what_since_when_and_what_to_do(self):
        text = self.render("relaywatch.text", "firing")
        for part in ("home-isp: port 25 is blocked", "2026-01-02 03:04 UTC", "Ask the ISP.", "https://x/runbook",
                     "https://x/dashboard"):
            self.assertIn(part, text)
        self.assertNotIn("until", text)

    def test_what_is_over_says_until_when(self):
        self.assertIn("until     2026-01-02 05:06 UTC", self.render("relaywatch.text", "resolved"))


def labels(alertname, **rest):
    return {"alertname": alertname, "service": "relaywatch", **rest}


def texts(alerts):
    return sorted(str(sorted(alert.items())) for alert in alerts)


AT_VPN = {"location": "vpn", "endpoint": "corp-mail"}
# name: (alerts that fire together, those that stay quiet)
SITUATIONS = {
    "a dark location": (
        [labels("LocationDark", location="vpn"), labels("AgentLost", location="vpn"), labels("AgentLost", location="office")],
        [labels("AgentLost", location="vpn")]),
    "no submission": (
        [labels("SubmissionUnreachable", **AT_VPN), labels("PortBlocked", **AT_VPN, port="25"), labels("ReceiveOnly", **AT_VPN),
         labels("PortBlocked", location="vpn", endpoint="other", port="25"), labels("RelayOpened", **AT_VPN, port="25")],
        [labels("PortBlocked", **AT_VPN, port="25"), labels("ReceiveOnly", **AT_VPN)]),
    "a mismatch that is high and new": (
        [labels("AuthMismatchHigh", **AT_VPN, port="587", profile="outlook"),
         labels("AuthMismatchNew", **AT_VPN, port="587", profile="outlook"),
         labels("AuthMismatchNew", **AT_VPN, port="587", profile="k9")],
        [labels("AuthMismatchHigh", **AT_VPN, port="587", profile="outlook")]),
    "a slow store": (
        [labels("IngestLag", cause="commit"), labels("SpoolAging", agent="office-1", location="office")],
        [labels("SpoolAging", agent="office-1", location="office")]),
    "certificates": (
        [labels("CertificateExpiring", severity="critical", endpoint="corp-mail", port="465"),
         labels("CertificateExpiring", severity="warning", endpoint="corp-mail", port="465"),
         labels("CertificateExpiring", severity="warning", endpoint="corp-mail", port="587")],
        [labels("CertificateExpiring", severity="warning", endpoint="corp-mail", port="465")]),
    "no collector": (
        [labels("CollectorDown", job="relaywatch"), labels("LocationDark", location="vpn"), labels("Watchdog"),
         {"alertname": "AgentLost", "service": "another", "location": "vpn"}],
        [labels("LocationDark", location="vpn")]),
}


class Inhibition(unittest.TestCase):
    def test_what_is_bigger_keeps_the_rest_quiet_and_nothing_else(self):
        for name, (together, quiet) in SITUATIONS.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as scratch:
                port = free_port()
                with Service(["prometheus-alertmanager", f"--config.file={self._without_receivers(scratch)}",
                              "--cluster.listen-address=", f"--storage.path={scratch}/data",
                              f"--web.listen-address=127.0.0.1:{port}"], port, f"{scratch}/log") as alertmanager:
                    alertmanager.post("/api/v2/alerts", [{"labels": alert} for alert in together])
                    expected = {False: texts(alert for alert in together if alert not in quiet), True: texts(quiet)}
                    # Inhibition follows alerts a moment later: right is what stays right.
                    eventually(lambda: all(self._by_inhibition(alertmanager) == expected for _ in range(10)), 30)
                    self.assertEqual(self._by_inhibition(alertmanager), expected)

    @staticmethod
    def _by_inhibition(alertmanager):
        alerts = alertmanager.get("/api/v2/alerts")
        return {inhibited: texts(alert["labels"] for alert in alerts if bool(alert["status"]["inhibitedBy"]) == inhibited)
                for inhibited in (False, True)}

    @staticmethod
    def _without_receivers(scratch):
        """The example as it is, but nobody is told: a test sends no mail."""
        routes = CONFIG.read_text(encoding="utf-8").split("\nreceivers:")[0]
        routes = routes.replace("templates: [relaywatch.tmpl]", "").replace("group_wait: 30s ", "group_wait: 0s ")
        names = ("pager", "team", "digest", "dead-mans-switch")
        path = pathlib.Path(scratch) / "alertmanager.yaml"
        path.write_text(routes.replace("group_wait: 10m ", "group_wait: 0s ")
                        + "\nreceivers: [" + ", ".join(f"{{name: {name}}}" for name in names) + "]\n", encoding="utf-8")
        return path


if __name__ == "__main__":
    unittest.main()
