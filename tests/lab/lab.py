"""deploy/lab/lab as a test has it: a lab of its own beside all others, its alerts, its Prometheus, its database."""
import atexit
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("collector/relaywatch-collector", "agent/relaywatch-agent", "cli/relaywatch")
SKIPPED = 77

# As deploy/lab/conf/collector.yaml and deploy/lab/shorten.py have them, in seconds.
PROBE, SCRAPE, EVALUATION = 5, 2, 2


def eventually(condition, seconds):
    """The first true value of `condition`, or its last one when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.2)


def build_directory():
    """The first argument, taken away from unittest. Ends the test as skipped where it cannot run."""
    build = pathlib.Path(sys.argv.pop(1)).resolve()
    missing = [program for program in PROGRAMS if not (build / program).is_file()]
    if missing:
        print(f"skipped: not built in {build}: {', '.join(missing)}")
        sys.exit(SKIPPED)
    if os.geteuid() != 0:
        print("skipped: a lab needs root, for its network namespaces")
        sys.exit(SKIPPED)
    return build


class Lab:
    """`up` it and `down` it. The namespaces and the directory carry the pid, so tests run side by side."""

    def __init__(self, build):
        self.build = build
        self.directory = pathlib.Path(tempfile.gettempdir()) / f"relaywatch-lab-{os.getpid()}"
        self.prefix = f"rwlab{os.getpid()}-"
        self._environment = {**os.environ, "RELAYWATCH_BUILD_DIR": str(build), "RELAYWATCH_LAB_DIR": str(self.directory),
                             "RELAYWATCH_LAB_PREFIX": self.prefix}

    def run(self, *arguments):
        """What `lab ARGUMENTS` prints; an error where it fails."""
        done = self.try_to(*arguments)
        if done.returncode != 0:
            raise RuntimeError(f"lab {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def try_to(self, *arguments, **environment):
        return subprocess.run([ROOT / "deploy/lab/lab", *arguments], env={**self._environment, **environment}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=300, check=False)

    def up(self):
        # Ctrl-C and SIGTERM pass by unittest's own cleaning up.
        atexit.register(lambda: self.try_to("down"))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        started = time.monotonic()
        self.run("up")
        print(f"lab: up in {time.monotonic() - started:.0f} s", flush=True)

    def down(self):
        self.run("down")

    def flip(self, story, wanted):
        self.run("flip", story, wanted)

    def relaywatch(self, *arguments):
        return subprocess.run([self.build / "cli/relaywatch", *arguments, "--collector", f"unix:{self.directory}/noc/collector.sock"],
                              capture_output=True, text=True, timeout=60, check=True).stdout

    def in_place(self, place, *command):
        return subprocess.run(["nsenter", f"--net=/run/netns/{self.prefix}{place}", *command], capture_output=True, text=True,
                              timeout=60, check=True).stdout

    def alerts(self, since=0):
        """What has arrived at the receiver, in order, but for the Watchdog."""
        lines = (self.directory / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        return [record for record in records if record["time"] >= since and record["labels"]["alertname"] != "Watchdog"]

    def query(self, expression, at=None):
        """The samples of an instant query of Prometheus: [(labels, value)]."""
        options = [f"query={expression}"] + ([f"time={at:.3f}"] if at else [])
        encoded = [word for option in options for word in ("--data-urlencode", option)]
        reply = json.loads(self.in_place("noc", "curl", "-s", *encoded, "http://127.0.0.1:9090/api/v1/query"))
        if reply["status"] != "success":
            raise RuntimeError(f"{expression}: {reply['error']}")
        return [(sample["metric"], float(sample["value"][1])) for sample in reply["data"]["result"]]

    def sql(self, query, *parameters):
        with contextlib.closing(sqlite3.connect(f"file:{self.directory}/noc/data/relaywatch.db?mode=ro", uri=True)) as store:
            return store.execute(query, parameters).fetchall()

    def agents(self):
        return sorted(path.name for path in (self.directory / "agents").iterdir())

    def stop(self, *programs):
        """By SIGTERM, as the machine's service manager would; returns when they have ended."""
        pids = [int((self.directory / "run" / program).read_text().split()[0]) for program in programs]
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        if not eventually(lambda: not any(_runs(pid) for pid in pids), 20):
            raise RuntimeError(f"{programs} do not end")

    def restart(self, *programs):
        for program in programs:
            self.run("restart", program)

    def detects_changes(self):
        return "relaywatch_policy_changes_total" in self.in_place("noc", "curl", "-s", "http://127.0.0.1:9587/metrics")


def _runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
