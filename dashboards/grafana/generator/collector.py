"""The collector: ingest, store, agents, backlog."""
from . import frame, panel, promql

ONE = f"{{{promql.COLLECTOR}}}"
AGENT = f"{{{promql.AGENTS}}}"


def _rate(metric, by):
    return promql.total(metric, by, promql.COLLECTOR)


def _commit(quantile):
    return f'histogram_quantile({quantile}, {_rate("relaywatch_store_commit_duration_seconds_bucket", "le, instance")})'


def dashboard():
    agents = panel.table(
        "Agents, heard of last", "The twenty that were silent longest. Not there above 1,000 agents.", "dateTimeFromNow",
        panel.now(f"bottomk(20, max by (agent, location) (relaywatch_agent_last_seen_timestamp_seconds{AGENT}) * 1000)",
                  table=True),
        (("agent", "agent"), ("location", "location"), ("Value", "last seen")),
        [frame.link_to("relaywatch-location", "Location", "location")])
    certificates = panel.table(
        "Agents' certificates", "The twenty that expire next. Agents renew them by themselves.", "dateTimeFromNow",
        panel.now("bottomk(20, max by (agent, location) "
                  f"(relaywatch_agent_certificate_expiry_timestamp_seconds{AGENT}) * 1000)", table=True),
        (("agent", "agent"), ("location", "location"), ("Value", "expires")))
    return frame.dashboard(
        "collector", "Relaywatch / Collector", "The collector itself: ingest, store, agents and what waits in their queues.",
        [*frame.collector_variables(), frame.location_variable()],
        [("Now", [(4, [
            (4, panel.stat("Answers", "Whether Prometheus can scrape it.", "short", [panel.now(f"min (up{ONE})")],
                           ((None, panel.RED), (1, panel.GREEN)),
                           mappings=[{"type": "value", "options": {"0": {"text": "down", "index": 0},
                                                                   "1": {"text": "up", "index": 1}}}])),
            (4, panel.stat("Version", "Of each collector.", "short",
                           [panel.now(f"max by (version) (relaywatch_build_info{ONE})", "{{version}}")], text_mode="name")),
            (4, panel.stat("Configuration", "Whether it was accepted when it was last read.", "short",
                           [panel.now(f"min (relaywatch_config_last_reload_successful{ONE})")],
                           ((None, panel.RED), (1, panel.GREEN)),
                           mappings=[{"type": "value", "options": {"0": {"text": "refused", "index": 0},
                                                                   "1": {"text": "accepted", "index": 1}}}])),
            (4, panel.stat("Since", "When a configuration was last accepted.", "dateTimeFromNow",
                           [panel.now("max (relaywatch_config_last_reload_success_timestamp_seconds"
                                      f"{ONE}) * 1000")])),
            (4, panel.stat("Agents connected", "At the selected locations.", "short",
                           [panel.now(f'sum (relaywatch_agents{{{promql.AGENTS},state="connected"}})')])),
            (4, panel.stat("Series left out", "In the range shown: above 200,000 series detail is dropped.", "short",
                           [panel.now(f"sum (increase(relaywatch_metrics_series_dropped_total{ONE}[$__range]))")],
                           panel.ANY_IS_BAD)),
        ])]), ("Ingest", [
            (8, [(12, panel.timeseries("Results stored", "By lane: live, or backlog after an outage.", "ops",
                                       [panel.query(_rate("relaywatch_ingest_results_total", "lane"), "{{lane}}")],
                                       stacked=True)),
                 (12, panel.timeseries("Given up by agents", "Results that agents reported as lost, by reason: holes in the "
                                       "history.", "ops",
                                       [panel.query(_rate("relaywatch_ingest_gap_results_total", "reason"), "{{reason}}")]))]),
            (8, [(12, panel.timeseries(
                "Sent again", "Duplicates are results that were stored already, rewinds batches that came too early. A few after a "
                "reconnect are normal.", "ops",
                [panel.query(_rate("relaywatch_ingest_duplicates_total", "lane"), "duplicates {{lane}}"),
                 panel.query(_rate("relaywatch_ingest_rewinds_total", "lane"), "rewinds {{lane}}")])),
                 (12, panel.timeseries("Rejected messages", "Messages that made no sense, by reason. The log names the agent.",
                                       "ops", [panel.query(_rate("relaywatch_ingest_rejected_total", "reason"),
                                                           "{{reason}}")]))]),
        ]), ("Store", [
            (8, [(12, panel.timeseries("Commit time", "Of one commit, disk included.", "s",
                                       [panel.query(_commit(0.5), "median {{instance}}"),
                                        panel.query(_commit(0.99), "99th percentile {{instance}}")])),
                 (12, panel.timeseries("Waiting for the store", "Memory of messages in the queue; its bound is 64 MiB.", "bytes",
                                       [panel.query(f"max by (instance) (relaywatch_store_queue_bytes{ONE})",
                                                    "{{instance}}")]))]),
            (8, [(8, panel.timeseries("Size", "Of the store's file, without its log.", "bytes",
                                      [panel.query(f"max by (instance) (relaywatch_store_bytes{ONE})", "{{instance}}")])),
                 (8, panel.timeseries("Log", "Not yet folded into the file; above 256 MiB a reader holds it.", "bytes",
                                      [panel.query(f"max by (instance) (relaywatch_store_wal_bytes{ONE})",
                                                   "{{instance}}")])),
                 (8, panel.timeseries("Results", "In the store.", "short",
                                      [panel.query(f"max by (instance) (relaywatch_store_results{ONE})",
                                                   "{{instance}}")]))]),
        ]), ("Agents and their queues", [
            (8, [(12, panel.timeseries("Agents by state", "Connected; stale: silent for a minute; lost: for five; revoked.",
                                       "short", [panel.query(f"sum by (state) (relaywatch_agents{AGENT})", "{{state}}")],
                                       stacked=True)),
                 (12, panel.timeseries("Backlog", "Results that wait at agents, the ten longest queues.", "short",
                                       [panel.query("topk(10, max by (agent, location) "
                                                    f"(relaywatch_agent_backlog_results{AGENT}))",
                                                    "{{agent}} {{location}}")]))]),
            (8, [(12, panel.timeseries("Clock offset", "How far agents' clocks are from the collector's, the ten worst.", "s",
                                       [panel.query("topk(10, max by (agent, location) "
                                                    f"(abs(relaywatch_agent_clock_offset_seconds{AGENT})))",
                                                    "{{agent}} {{location}}")])),
                 (12, panel.timeseries("Given up, by agent", "Results that agents had to drop since they started.", "ops",
                                       [panel.query("topk(10, "
                                                    + promql.total("relaywatch_agent_dropped_results_total",
                                                                   "agent, reason", promql.AGENTS) + ")",
                                                    "{{agent}} {{reason}}")]))]),
            (9, [(12, agents), (12, certificates)]),
        ])], changes=promql.AGENTS, time="now-24h")
