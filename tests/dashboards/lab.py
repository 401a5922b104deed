"""A day of a lab fleet, as functions of time: what the collector would expose of it, for a test that has no day to wait. Three locations
probe one server every minute. Twenty minutes before `now` nearly everything goes wrong somewhere, so that every alert has its case."""
import math

MINUTE, HOUR, DAY = 60, 3600, 86400
HISTORY = 26 * HOUR
# Histograms are most of the series; none is read further back.
HISTOGRAM_HISTORY = 2 * HOUR

PORTS = ("25", "465", "587", "993")
PROFILES = ("outlook", "outlook-no-auth")
# (location, port, profile or None for all): (verdict before, verdict after the incident); ok where nothing is said.
VERDICTS = {
    ("office", "587", "outlook"): ("ok", "auth_mismatch"),
    ("vpn", "25", None): ("ok", "connect_timeout"),
    ("vpn", "465", None): ("ok", "connect_refused"),
    ("vpn", "587", None): ("ok", "reply_timeout"),
    ("home-isp", "25", None): ("connect_timeout", "connect_timeout"),
    ("home-isp", "465", "outlook-no-auth"): ("relay_denied", "relay_open"),
    ("home-isp", "587", None): ("ok", "starttls_missing"),
}
# (location, port): (kind of what changed in the incident, and the words for it)
CHANGES = {
    ("office", "587"): ("auth_offer", "LOGIN no longer offered after STARTTLS"),
    ("home-isp", "465"): ("relay", "foreign recipients now accepted without login"),
    ("vpn", "25"): ("reachability", "port 25 blocked"),
}
STAGE_SHARES = {"0.0005": 0.0, "0.001": 0.2, "0.01": 0.7, "0.1": 0.9, "1": 0.98, "10": 1.0, "+Inf": 1.0}
COMMIT_SHARES = {"0.01": 0.2, "1": 0.5, "5": 1.0, "+Inf": 1.0}  # a failing disk
STAGES = ("resolve", "connect", "banner", "ehlo", "tls", "rcpt")
RELAY_STATES = ("accepted", "refused", "blocked", "untested")
AGENTS = {"office": (3, 0, 1, 2), "vpn": (4, 1, 0, 0), "home-isp": (5, 0, 0, 0)}
MIB = 1024 * 1024


class Lab:
    def __init__(self, now):
        self.now = now
        self.start = now - HISTORY
        self.incident = now - 20 * MINUTE
        self.confirmed = now - 10 * MINUTE

    def minutes(self, t, since, until):
        """Whole minutes of [since, until) that are over at t: one probe each."""
        return max(0, math.floor((min(t, until) - since) / MINUTE))

    def verdicts(self, location, port, profile):
        return VERDICTS.get((location, port, profile)) or VERDICTS.get((location, port, None)) or ("ok", "ok")

    def samples(self, t, histograms=True):
        """(metric, labels, value) of the collector at t."""
        for location in AGENTS:
            for port in PORTS:
                place = {"location": location, "endpoint": "corp-mail", "port": port}
                yield from self._probes(t, place)
                yield from self._rules(t, place)
                if histograms:
                    yield from self._stages(t, place)
        yield from self._agents(t)
        yield from self._ingest(t)
        yield from self._store(t, histograms)
        for port, days in (("465", 10), ("587", 2)):
            yield ("relaywatch_certificate_expiry_timestamp_seconds", {"endpoint": "corp-mail", "port": port},
                   self.now + days * DAY)

    def _probes(self, t, place):
        before = self.minutes(t, self.start, self.incident)
        after = self.minutes(t, self.incident, math.inf)
        for profile in PROFILES:
            labels = {**place, "profile": profile}
            counts = {"ok": 0}
            for verdict, count in zip(self.verdicts(place["location"], place["port"], profile), (before, after)):
                counts[verdict] = counts.get(verdict, 0) + count
            for verdict, count in counts.items():
                if count or verdict == "ok":
                    yield "relaywatch_probes_total", {**labels, "verdict": verdict}, count
            judged = {verdict: count for verdict, count in counts.items() if verdict in ("ok", "auth_mismatch")}
            yield "relaywatch_auth_judged_total", labels, sum(judged.values())
            yield "relaywatch_auth_mismatches_total", labels, judged.get("auth_mismatch", 0)

    def _rules(self, t, place):
        changed, difference = CHANGES.get((place["location"], place["port"]), ("", ""))
        if changed and t >= self.confirmed:
            labels = {**place, "kinds": changed, "change": place["port"], "difference": difference}
            yield "relaywatch_policy_open_change_timestamp_seconds", labels, self.incident
        for kind in ("auth_offer", "relay", "tls", "reachability", "interception", "certificate"):
            happened = kind == changed and t >= self.confirmed
            yield "relaywatch_policy_changes_total", {**place, "kind": kind}, int(happened)
            yield ("relaywatch_policy_last_change_timestamp_seconds", {**place, "kind": kind},
                   self.confirmed if happened else 0)
        for identity, shown in (("anonymous", "refused"), ("authenticated", "accepted")):
            if place["location"] + place["port"] == "home-isp465" and t >= self.incident:
                shown = "accepted"
            for state in RELAY_STATES:
                yield "relaywatch_relay_state", {**place, "identity": identity, "state": state}, int(state == shown)

    def _stages(self, t, place):
        count = self.minutes(t, self.start, math.inf)
        for position, stage in enumerate(STAGES):
            yield from _histogram("relaywatch_probe_stage_duration_seconds", {**place, "stage": stage}, count,
                                  0.005 * (position + 1), STAGE_SHARES)

    def _agents(self, t):
        for location, counts in AGENTS.items():
            for state, count in zip(("connected", "stale", "lost", "revoked"), counts):
                yield "relaywatch_agents", {"location": location, "state": state}, count
            agent = {"agent": f"{location}-1", "location": location}
            slow = location == "office"
            yield "relaywatch_agent_last_seen_timestamp_seconds", agent, t
            yield "relaywatch_agent_backlog_results", agent, 200 + self.minutes(t, self.start, math.inf) if slow else 3
            yield "relaywatch_agent_clock_offset_seconds", agent, -90 if slow else 0.2
            yield "relaywatch_agent_certificate_expiry_timestamp_seconds", agent, self.now + 5 * DAY
            for reason in ("overflow", "age", "damage", "disk"):
                yield ("relaywatch_agent_dropped_results_total", {**agent, "reason": reason},
                       250 if slow and reason == "overflow" and t >= self.confirmed else 0)

    def _ingest(self, t):
        results = 12 * self.minutes(t, self.start, math.inf)
        for lane, share in (("live", 1), ("backlog", 0)):
            yield "relaywatch_ingest_results_total", {"lane": lane}, results * share
            yield "relaywatch_ingest_duplicates_total", {"lane": lane}, 0
            yield "relaywatch_ingest_rewinds_total", {"lane": lane}, 0
        for reason in ("overflow", "age", "damage", "disk"):
            yield ("relaywatch_ingest_gap_results_total", {"reason": reason},
                   250 if reason == "overflow" and t >= self.confirmed else 0)
        for reason in ("malformed", "order", "sequence"):
            yield "relaywatch_ingest_rejected_total", {"reason": reason}, 0

    def _store(self, t, histograms):
        yield "relaywatch_store_wal_bytes", {}, 300 * MIB
        yield "relaywatch_store_results", {}, 12 * self.minutes(t, self.start, math.inf)
        yield "relaywatch_store_bytes", {}, 80 * MIB + 600 * self.minutes(t, self.start, math.inf)
        yield "relaywatch_store_queue_bytes", {}, 48 * MIB
        yield "relaywatch_store_damaged", {}, 1
        yield "relaywatch_metrics_series_dropped_total", {}, 0
        yield "relaywatch_config_last_reload_successful", {}, 0
        yield "relaywatch_config_last_reload_success_timestamp_seconds", {}, self.start
        yield "relaywatch_build_info", {"version": "0.1.0"}, 1
        if histograms:
            yield from _histogram("relaywatch_store_commit_duration_seconds", {},
                                  6 * self.minutes(t, self.start, math.inf), 1.8, COMMIT_SHARES)

    def host_samples(self, t):
        """(metric, labels, value) of node_exporter on the collector's host."""
        mount = {"mountpoint": "/var/lib/relaywatch", "fstype": "ext4", "device": "/dev/vda1"}
        yield "node_filesystem_size_bytes", mount, 100 * 1024 * MIB
        yield "node_filesystem_avail_bytes", mount, (80 - 65 * (t - self.start) / HISTORY) * 1024 * MIB


def _histogram(name, labels, count, mean, shares):
    for bound, share in shares.items():
        yield name + "_bucket", {**labels, "le": bound}, math.floor(count * share)
    yield name + "_sum", labels, count * mean
    yield name + "_count", labels, count


def text(samples, timestamp=None):
    """The samples as Prometheus reads them."""
    lines = []
    for name, labels, value in samples:
        inner = ",".join(f'{label}="{content}"' for label, content in labels.items())
        lines.append(f"{name}{{{inner}}} {value}" + (f" {timestamp}" if timestamp else ""))
    return "\n".join(lines) + "\n"
