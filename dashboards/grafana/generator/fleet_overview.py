"""Fleet overview: who could send from where, and what changed."""
from . import frame, panel, promql
from .panel import PROBE_STEP


def dashboard():
    changes = panel.table(
        "What changed last", "Confirmed rule changes, the newest first: who may relay, AUTH, TLS, reachability, certificates. "
        "What differs, in words: relaywatch changes.", "dateTimeFromNow",
        panel.now(promql.last_changes(), table=True),
        (("location", "location"), ("endpoint", "endpoint"), ("port", "port"), ("kind", "kind"), ("Value", "changed")),
        [frame.link_to("relaywatch-endpoint", "Endpoint", "endpoint", "location")])
    alerts = panel.table(
        "Firing alerts", "What Prometheus alerts on, Watchdog aside. The runbook has a section for each.", "none",
        panel.now('sum by (alertname, severity, location, endpoint, port) '
                  '(ALERTS{alertstate="firing",service="relaywatch",alertname!="Watchdog"})', table=True),
        (("alertname", "alert"), ("severity", "severity"), ("location", "location"), ("endpoint", "endpoint"),
         ("port", "port")))
    return frame.dashboard(
        "fleet-overview", "Relaywatch / Fleet overview",
        "From which network, on which port, could which mail client send now, and what changed.",
        [*frame.collector_variables(), frame.location_variable(), *frame.endpoint_variables()],
        [("Now", [(4, [
            (5, panel.stat("Auth mismatches", "Share of the judged probes in which a client that logs in finds no AUTH that it "
                           "can use.", "percentunit", [panel.now(promql.mismatch_ratio(), step=PROBE_STEP)],
                           panel.BAD_RATIO)),
            (5, panel.stat("Clients that could send or receive", "Share of verdict ok over all locations, ports and profiles.",
                           "percentunit", [panel.now(promql.ok_ratio(), step=PROBE_STEP)], panel.GOOD_RATIO)),
            (4, panel.stat("Probes judged", "Verdicts a second; a probe has one for each profile.", "ops",
                           [panel.now(promql.total("relaywatch_probes_total"), step=PROBE_STEP)])),
            (5, panel.stat("Agents lost", "Agents silent for more than 5 minutes.", "short",
                           [panel.now(f'sum (relaywatch_agents{{{promql.AGENTS},state="lost"}})')], panel.ANY_IS_BAD)),
            (5, panel.stat("Rule changes", "Confirmed in the range shown, of all kinds.", "short",
                           [panel.now(f"sum (increase(relaywatch_policy_changes_total{{{promql.SCOPE}}}[$__range]))")],
                           ((None, panel.GREEN), (0.5, panel.BLUE)))),
        ])]), ("Who could send from where", [
            (11, [(24, panel.verdict_table(
                "Verdicts", "The verdict of most probes at the end of the range shown: location and client profile by endpoint and port. Red "
                "is the network, orange settings and server policy, purple TLS, yellow will pass.",
                panel.now(promql.verdict_matrix(("location", "profile"), ("endpoint", "port")), step=PROBE_STEP,
                          table=True)))]),
            (9, [(12, panel.timeseries(
                "Auth mismatches by location and port", "Share of the judged probes, over all profiles.", "percentunit",
                [panel.query(promql.mismatch_ratio("location, port"), "{{location}} {{port}}", PROBE_STEP)], max=1)),
                 (12, panel.timeseries(
                     "Verdict ok by location", "Share of all verdicts. Profiles that are not meant for a place lower it "
                     "evenly; a step is a change.", "percentunit",
                     [panel.query(promql.ok_ratio("location"), "{{location}}", PROBE_STEP)], max=1))]),
        ]), ("What is going on", [(9, [(12, changes), (12, alerts)])]),
         ("Agents", [(8, [
             (12, panel.timeseries("Agents by state", "Connected; stale: silent for a minute; lost: for five; revoked.", "short",
                                   [panel.query(f"sum by (state) (relaywatch_agents{{{promql.AGENTS}}})", "{{state}}")],
                                   stacked=True)),
             (12, panel.timeseries("Lost agents by location", "Share of the location's agents, revoked ones aside. Above 20 % the "
                                   "location counts as dark.", "percentunit",
                                   [panel.query(promql.ratio(
                                       f'sum by (location) (relaywatch_agents{{{promql.AGENTS},state="lost"}})',
                                       f'sum by (location) (relaywatch_agents{{{promql.AGENTS},state!="revoked"}})'),
                                       "{{location}}")], max=1)),
         ])])])
