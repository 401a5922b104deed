"""One location: everything from there, against the others."""
from . import frame, panel, promql
from .panel import PROBE_STEP

ELSEWHERE = promql.ANYWHERE + ',location!~"$location"'


def _against(ratio, **where):
    return [panel.query(ratio(**where), "here", PROBE_STEP),
            panel.query(ratio(**where, matchers=ELSEWHERE), "elsewhere", PROBE_STEP)]


def _agents(state):
    return f'sum (relaywatch_agents{{{promql.AGENTS},state="{state}"}})'


def _stage(stage):
    def quantile(matchers=promql.SCOPE):
        return promql.stage_quantile(0.95, "", matchers + f',stage="{stage}"')
    return panel.timeseries(
        f"{stage.capitalize()}, 95th percentile", f"Time in the stage {stage}, here and at the other locations.", "s",
        _against(quantile))


def dashboard():
    changes = panel.table(
        "What changed last", "Confirmed changes as seen from here, the newest first.", "dateTimeFromNow",
        panel.now(promql.last_changes(), table=True),
        (("endpoint", "endpoint"), ("port", "port"), ("kind", "kind"), ("Value", "changed")),
        [frame.link_to("relaywatch-endpoint", "Endpoint", "endpoint")])
    return frame.dashboard(
        "location", "Relaywatch / Location", "One location: what mail clients there run into, against the other locations.",
        [*frame.collector_variables(), frame.location_variable(many=False), *frame.endpoint_variables()],
        [("Now", [(4, [
            (6, panel.stat("Agents connected", "At this location.", "short", [panel.now(_agents("connected"))],
                           ((None, panel.RED), (1, panel.GREEN)))),
            (6, panel.stat("Agents lost", "Silent for more than 5 minutes.", "short", [panel.now(_agents("lost"))],
                           panel.ANY_IS_BAD)),
            (6, panel.stat("Auth mismatches", "Share of the judged probes from here.", "percentunit",
                           [panel.now(promql.mismatch_ratio(), step=PROBE_STEP)], panel.BAD_RATIO)),
            (6, panel.stat("Verdict ok", "Share of all verdicts from here.", "percentunit",
                           [panel.now(promql.ok_ratio(), step=PROBE_STEP)], panel.GOOD_RATIO)),
        ])]), ("Verdicts", [
            (9, [(24, panel.verdict_table(
                "Verdicts here", "The verdict of most probes at the end of the range shown: client profile by endpoint and port.",
                panel.now(promql.verdict_matrix(("profile",), ("endpoint", "port")), step=PROBE_STEP, table=True)))]),
            (9, [(12, panel.timeseries(
                "Verdicts over time", "Verdicts a second, ok left out.", "ops",
                [panel.query(promql.total("relaywatch_probes_total", "port, verdict", promql.SCOPE + ',verdict!="ok"'),
                             "{{port}} {{verdict}}", PROBE_STEP)], stacked=True)),
                 (12, panel.relay_timeline(
                     "Relay state, anonymous", "Whether a foreign recipient is accepted without a login from here.",
                     panel.query(promql.relay_state("endpoint, port", "anonymous"), "{{endpoint}} {{port}}")))]),
        ]), ("Against the others", [
            (8, [(12, panel.timeseries("Auth mismatches", "Share of the judged probes, here and elsewhere. Both up: the server; "
                                       "only here: a rule for this network.", "percentunit",
                                       _against(promql.mismatch_ratio), max=1)),
                 (12, panel.timeseries("Verdict ok", "Share of all verdicts, here and elsewhere.", "percentunit",
                                       _against(promql.ok_ratio), max=1))]),
            (8, [(8, _stage("connect")), (8, _stage("banner")), (8, _stage("tls"))]),
        ]), ("Rules and agents", [(8, [
            (12, changes),
            (12, panel.timeseries("Agents by state", "Connected; stale: silent for a minute; lost: for five; revoked.", "short",
                                  [panel.query(f"sum by (state) (relaywatch_agents{{{promql.AGENTS}}})", "{{state}}")],
                                  stacked=True)),
        ])])])
