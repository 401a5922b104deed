"""One endpoint: how it treats each location, how long it takes, and its certificate."""
from . import frame, panel, promql
from .panel import PROBE_STEP

CERTIFICATE = f"relaywatch_certificate_expiry_timestamp_seconds{{{promql.ANYWHERE}}}"
DAYS = 86400


def _relay(identity, what):
    return panel.relay_timeline(
        f"Relay state, {identity}", f"Whether a foreign recipient is accepted {what}. Blocked: the dialogue broke off before the "
        "question. Refused is green: what most networks should see.",
        panel.query(promql.relay_state("location, port", identity), "{{location}} {{port}}"))


def dashboard():
    changes = panel.table(
        "What changed last", "Confirmed changes of this endpoint, the newest first.", "dateTimeFromNow",
        panel.now(promql.last_changes(), table=True),
        (("location", "location"), ("port", "port"), ("kind", "kind"), ("Value", "changed")),
        [frame.link_to("relaywatch-location", "Location", "location")])
    return frame.dashboard(
        "endpoint", "Relaywatch / Endpoint", "One mail server: verdicts by location, stage latencies, relay state, certificate.",
        [*frame.collector_variables(), *frame.endpoint_variables(many=False), frame.location_variable()],
        [("Now", [(4, [
            (6, panel.stat("Auth mismatches", "Share of the judged probes.", "percentunit",
                           [panel.now(promql.mismatch_ratio(), step=PROBE_STEP)], panel.BAD_RATIO)),
            (6, panel.stat("Verdict ok", "Share of all verdicts.", "percentunit",
                           [panel.now(promql.ok_ratio(), step=PROBE_STEP)], panel.GOOD_RATIO)),
            (12, panel.stat("Certificate expires in", "By port, as seen last from anywhere.", "s",
                            [panel.now(f"min by (port) ({CERTIFICATE}) - time()", "{{port}}")],
                            ((None, panel.RED), (3 * DAYS, panel.ORANGE), (14 * DAYS, panel.GREEN)), "value_and_name")),
        ])]), ("Verdicts", [
            (10, [(24, panel.verdict_table(
                "Verdicts by location", "The verdict of most probes at the end of the range shown: location and client profile by port.",
                panel.now(promql.verdict_matrix(("location", "profile"), ("port",)), step=PROBE_STEP, table=True)))]),
            (9, [(12, panel.timeseries(
                "Verdicts by location", "Verdicts a second, ok left out: what goes wrong, and from where.", "ops",
                [panel.query(promql.total("relaywatch_probes_total", "location, verdict", promql.SCOPE + ',verdict!="ok"'),
                             "{{location}} {{verdict}}", PROBE_STEP)], stacked=True)),
                 (12, panel.timeseries(
                     "Auth mismatches by location and profile", "Share of the judged probes.", "percentunit",
                     [panel.query(promql.mismatch_ratio("location, profile"), "{{location}} {{profile}}", PROBE_STEP)],
                     max=1))]),
        ]), ("Rules", [
            (8, [(12, _relay("anonymous", "without a login")), (12, _relay("authenticated", "after a login"))]),
            (8, [(24, changes)]),
        ]), ("Latency", [
            (9, [(12, panel.timeseries("Stages, 95th percentile", "Time in each stage that ran, over the selected locations.",
                                       "s", [panel.query(promql.stage_quantile(0.95), "{{stage}}", PROBE_STEP)])),
                 (12, panel.timeseries(
                     "Stages, mean", "Stacked: the whole dialogue as it is on average.", "s",
                     [panel.query(promql.ratio(promql.total("relaywatch_probe_stage_duration_seconds_sum", "stage"),
                                               promql.total("relaywatch_probe_stage_duration_seconds_count", "stage")),
                                  "{{stage}}", PROBE_STEP)], stacked=True))]),
            (9, [(12, panel.timeseries(
                "Connect by location, 95th percentile", "Mostly the network's round trip.", "s",
                [panel.query(promql.stage_quantile(0.95, "location", promql.SCOPE + ',stage="connect"'), "{{location}}",
                             PROBE_STEP)])),
                 (12, panel.timeseries(
                     "Banner by location, 95th percentile", "How long the server lets one wait: greet delays, reverse DNS, "
                     "block lists.", "s",
                     [panel.query(promql.stage_quantile(0.95, "location", promql.SCOPE + ',stage="banner"'), "{{location}}",
                                  PROBE_STEP)]))]),
        ])])
