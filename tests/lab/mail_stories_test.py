"""Stories at the mail server and on the way to it: each has its alert, with place and words, and no other. Then the rate of
authentication mismatches, in Prometheus and in SQLite."""
import hashlib
import time

import dashboards
from lab import EVALUATION, PROBE, SCRAPE, eventually
from play import CONFIRMED, WINDOW, Alert, LabTest, main

MISMATCHED = "verdict IN ('auth_mismatch', 'auth_not_offered')"
SERIES = ("location", "endpoint", "port", "profile")
SUBMISSION = ("25", "465", "587")
CONNECT_TIMEOUT = 10 + 2 * PROBE  # and the next probe is three intervals after the last


def at(name, location, port, **rest):
    return Alert(name, location, "corp-mail", port, severity=rest.pop("severity", "warning"), **rest)


def mismatch_new(location, profiles):
    return [at("AuthMismatchNew", location, port, profile=profile,
               words=f"{location}: AUTH at corp-mail:{port} no longer fits {profile}")
            for port in SUBMISSION for profile in profiles]


def mismatch_high(location, profiles, after=0):
    return [at("AuthMismatchHigh", location, port, profile=profile, rule=WINDOW, after=after,
               words=f"{location}: {profile} finds no AUTH it can use at corp-mail:{port}")
            for port in SUBMISSION for profile in profiles]


class MailStories(LabTest):
    def changed(self, kind, location, *ports, difference=""):
        """What change detection has to tell, with programs that have it."""
        if not self.lab.detects_changes():
            print(f"not asserted: these programs do not export relaywatch_policy_changes_total ({kind} at {location})", flush=True)
            return []
        return [at("RelayRuleChanged", location, port, kind=kind, severity="info", after=CONFIRMED,
                   words=f"{location}: corp-mail:{port}: {difference}") for port in ports]

    def the_change_reads(self, location, *words):
        if self.lab.detects_changes():
            told = self.lab.relaywatch("changes", "--location", location, "--since", "3m")
            for each in words:
                self.assertIn(each, told)

    def is_settled(self):
        """What has just been counted is scraped and evaluated first."""
        return self.is_over() and (time.sleep(SCRAPE + 2 * EVALUATION) or self.is_over())

    def is_over(self):
        """No alert fires or is about to, and every change has been seen to go back."""
        is_open = self.lab.detects_changes() and self.lab.sql("SELECT count(*) FROM changes WHERE open")[0][0]
        return not is_open and not self.lab.query('ALERTS{alertname!="Watchdog"}')

    def configuration(self):
        """Everything a story touches."""
        files = [self.lab.directory / "mail/postfix/etc/main.cf", self.lab.directory / "mail/postfix/etc/master.cf"]
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
        return digests + [self.lab.in_place("internet", "nft", "list", "ruleset"), sorted(
            path.name for path in (self.lab.directory / "run").iterdir())]

    is_followed = True  # by another test, which begins where nothing is told or open

    def setUp(self):
        super().setUp()
        self.await_rules()
        self.before = self.configuration()

    def tearDown(self):
        if self.is_followed:
            self.assertTrue(eventually(self.is_settled, 90), "something is still pending or open")
        super().tearDown()
        self.assertEqual(self.configuration(), self.before, "a story left something behind")

    def test_1_at_home_in_the_office_and_at_the_vpn(self):
        """At different places, so all at once."""
        has_history = 'min(max_over_time(relaywatch:auth_judged:increase1h{location="office",port!="993"}[2m] offset 40s)) > 0'
        self.assertTrue(eventually(lambda: self.lab.query(has_history), 90), "nobody was judged an hour ago")
        self.allowed |= set(mismatch_high("office", ("outlook", "thunderbird")))  # when New has ended
        # "Access denied" means that a login is required where AUTH is announced; elsewhere that this client is refused.
        self.allowed |= set(self.changed("relay", "office", "465", "587"))
        self.play({
            # A window that is full of timeouts, and "for".
            "isp-blocks-25": [at("PortBlocked", "home-isp", "25", rule=2 * WINDOW, after=CONNECT_TIMEOUT,
                                 words="home-isp: port 25 of corp-mail cannot be connected to")],
            "starttls-stripped": [at("TlsStripped", "home-isp", "587", rule=WINDOW * 1.5,
                                     words="home-isp: STARTTLS is gone from corp-mail:587")],
            "vpn-relay-withdrawn": self.changed("relay", "vpn", "25",
                                                difference="foreign recipients now refused without login: 554 5.7.1"),
            "office-auth-hidden": mismatch_new("office", ("outlook", "thunderbird")) + self.changed(
                "auth_offer", "office", *SUBMISSION, difference="AUTH no longer offered"),
        }, meanwhile=self.the_changes_read_well)

    def the_changes_read_well(self):
        self.the_change_reads("vpn", "foreign recipients now refused without login: 554 5.7.1")
        self.the_change_reads("office", "AUTH no longer offered after STARTTLS", "AUTH no longer offered inside TLS")

    def test_2_login_removed_everywhere(self):
        new = [alert for location in ("vpn", "home-isp") for alert in mismatch_new(location, ("outlook",))]
        # The office had a mismatch within the "day". Elsewhere it is quiet beside New for an "hour".
        high = mismatch_high("office", ("outlook",)) + [
            alert for location in ("vpn", "home-isp") for alert in mismatch_high(location, ("outlook",), after=40)]
        self.allowed |= set(mismatch_new("office", ("outlook",)))
        self.play({"login-removed": new + high + [change for location in ("office", "vpn", "home-isp")
                                                  for change in self.changed("auth_offer", location, *SUBMISSION,
                                                                             difference="CRAM-MD5 and LOGIN no longer offered")]},
                  meanwhile=lambda: self.the_change_reads("home-isp", "LOGIN no longer offered after STARTTLS"))

    def test_3_certificate_expired(self):
        self.play({"certificate-expired": [
            Alert("CertificateExpiring", endpoint="corp-mail", port=port, severity="critical", rule=35,
                  words=f"The certificate of corp-mail:{port} has expired") for port in (*SUBMISSION, "993")]},
                  meanwhile=self.the_dashboards_have_data)

    def the_dashboards_have_data(self):
        self.assertEqual(list(dashboards.without_data(self.lab)), [])

    def test_4_a_restart_of_the_mail_server_is_not_told(self):
        self.lab.run("flip", "mail-restart")
        self.quiet_for(2 * WINDOW)

    def test_5_prometheus_and_sqlite_count_the_same(self):
        """Between two moments when no agent runs, so that all that was measured has been both counted and stored: exactly the same."""
        self.allowed |= {alert for location in ("office", "vpn", "home-isp") for profile in ("outlook",)
                         for alert in mismatch_new(location, (profile,)) + mismatch_high(location, (profile,))
                         + self.changed("auth_offer", location, *SUBMISSION)}
        self.is_followed = False
        begin = self.agents_at_rest()
        self.lab.restart(*self.lab.agents())
        time.sleep(12)
        self.lab.flip("login-removed", "on")
        time.sleep(12)
        end = self.agents_at_rest()
        self.lab.flip("login-removed", "off")
        self.lab.restart(*self.lab.agents())
        judged, mismatches = (self.counted(metric, begin, end) for metric in ("auth_judged", "auth_mismatches"))
        rows = {tuple(map(str, row[:4])): row[4:] for row in self.lab.sql(
            f"SELECT location, endpoint, port, profile, sum(auth_judged), sum({MISMATCHED}) FROM judged WHERE lane = 'live' AND"
            " NOT moved AND NOT captive_portal AND time_ms BETWEEN ? AND ? GROUP BY 1, 2, 3, 4", begin * 1000, end * 1000)}
        self.assertEqual(len(judged), 3 * 4 * 3, "locations, ports, profiles")
        for series, count in judged.items():
            self.assertEqual((count, mismatches[series]), rows[series], series)
        ratios = {series: mismatches[series] / count for series, count in judged.items() if count}
        self.assertTrue(0 < ratios["vpn", "corp-mail", "587", "outlook"] < 1, "the window has both kinds")
        self.recorded_ratio_agrees(ratios, begin, end)
        print(f"the same in Prometheus and SQLite: {len(judged)} series, {sum(judged.values()):.0f} judged,"
              f" {sum(mismatches.values()):.0f} mismatches", flush=True)

    def agents_at_rest(self):
        """Stops the agents; a moment after the last of their results was scraped."""
        self.lab.stop(*self.lab.agents())
        time.sleep(2 * SCRAPE + 1)
        return time.time()

    def counted(self, metric, begin, end):
        before, after = ({tuple(labels[name] for name in SERIES): value for labels, value in
                          self.lab.query(f"relaywatch_{metric}_total", moment)} for moment in (begin, end))
        return {series: value - before[series] for series, value in after.items()}

    def recorded_ratio_agrees(self, ratios, begin, end):
        """By the expression of the recording rule. rate() extrapolates both counters to the edges of the window, but none below 0:
        they may differ by a scrape at the beginning, and another at the end."""
        window = int(end - begin)
        by = ", ".join(SERIES)
        recorded = self.lab.query(f"sum by ({by}) (rate(relaywatch_auth_mismatches_total[{window}s]))"
                                  f" / (sum by ({by}) (rate(relaywatch_auth_judged_total[{window}s])) > 0)", end)
        self.assertEqual(len(recorded), len(ratios))
        for labels, value in recorded:
            self.assertAlmostEqual(value, ratios[tuple(labels[name] for name in SERIES)], delta=2 * SCRAPE / window, msg=labels)


if __name__ == "__main__":
    main(MailStories)
