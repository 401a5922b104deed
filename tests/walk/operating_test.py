"""docs/operating.md, word by word: its commands, as they stand there, from nothing to the dashboard's data and on to operators and
backups. They run in network, mount and process namespaces of their own, with /etc, /usr, /var and /run written to memory. What cannot
be had here is in bin/: systemd, another host, an editor with somebody before it. Grafana is not: its files are looked at."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ("collector/relaywatch-collector", "agent/relaywatch-agent", "cli/relaywatch", "tests/support/relaywatch-demo-mail")
MEMORY = pathlib.Path("/mnt")         # a tmpfs in the namespace
CLONE = MEMORY / "clone"
AGENT_HOST = MEMORY / "office-1"
MAIL = "10.20.0.25"
SKIPPED = 77

MAIL_CONFIG = f"""
name: smtp.example.com
identity: smtp.pem
own_domains: [example.com]
listeners:
  - {{address: {MAIL}, port: 25, security: starttls}}
  - {{address: {MAIL}, port: 465, security: tls}}
  - {{address: {MAIL}, port: 587, security: starttls}}
rules: [{{client: 0.0.0.0/0, auth: {{tls: [LOGIN, PLAIN]}}}}]
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def enter_namespaces():
    """This program again, as the first process of namespaces of its own; whatever it starts ends with it."""
    if os.geteuid() != 0:
        skip("it needs root, for its namespaces")
    if "RELAYWATCH_WALK" not in os.environ:
        os.execvpe("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, *sys.argv],
                   {**os.environ, "RELAYWATCH_WALK": str(MEMORY)})


def run(command, cwd=CLONE):
    """What a shell says to the command; an error where it fails."""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    if done.returncode != 0:
        logs = "".join(f"\n== {log.name}\n{log.read_text()[-2000:]}" for log in MEMORY.glob("*.log"))
        raise AssertionError(f"{command}\nended with {done.returncode}:\n{done.stdout}{logs}")
    return done.stdout


def prepare_machine(build):
    run("mount -t tmpfs walk /mnt", cwd="/")
    for name in ("etc", "usr", "var", "run"):
        upper, work = MEMORY / "over" / name, MEMORY / "work" / name
        upper.mkdir(parents=True)
        work.mkdir(parents=True)
        if subprocess.run(["mount", "-t", "overlay", "walk", "-o", f"lowerdir=/{name},upperdir={upper},workdir={work}", f"/{name}"],
                          check=False).returncode != 0:
            skip("there is no overlay file system here")
    run("ip link set lo up && mkdir /mnt/office-1", cwd="/")
    run(f"ip address add {MAIL}/32 dev lo && echo '127.0.0.1 collector.example.com' >> /etc/hosts && "
        f"echo '{MAIL} smtp.example.com' >> /etc/hosts", cwd="/")
    for name in ("deploy", "dashboards"):
        shutil.copytree(ROOT / name, CLONE / name)
    (CLONE / "build").mkdir()
    (CLONE / "build/release").symlink_to(build)


def start_mail(build):
    """A mail server whose CA this machine trusts."""
    run("deploy/ca.sh init /mnt/mail mail && deploy/ca.sh server /mnt/mail smtp smtp.example.com && "
        "cp /mnt/mail/ca.pem /usr/local/share/ca-certificates/walk.crt && update-ca-certificates")
    (MEMORY / "mail/mail.yaml").write_text(MAIL_CONFIG, encoding="utf-8")
    with open(MEMORY / "mail.log", "w", encoding="utf-8") as log:
        subprocess.Popen([build / "tests/support/relaywatch-demo-mail", "--config", MEMORY / "mail/mail.yaml"], stdout=log, stderr=log)


def section(heading):
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    start = text.index(f"\n{heading}\n")
    end = re.compile(r"^#{2,3} ", re.MULTILINE).search(text, start + len(heading) + 2).start()
    return text[start:end]


def blocks(heading, language="sh"):
    return re.findall(rf"^```{language}\n(.*?)^```", section(heading), re.DOTALL | re.MULTILINE)


def packages_of(program):
    """Debian's packages of the libraries that a program names, without those that apt itself loads."""
    names = set(re.findall(r"NEEDED +(\S+)", run(f"objdump -p {program}")))
    paths = [path for name, path in re.findall(r"(\S+) => (/\S+)", run(f"ldd {program}")) if name in names]
    either = " ".join(path.removeprefix("/usr") + " /usr" + path.removeprefix("/usr") for path in paths)  # dpkg knows one of them
    owners = run(f"dpkg-query --search {either} 2>/dev/null || true")
    return set(re.findall(r"^([^:]+):", owners, re.MULTILINE)) - {"libc6", "libgcc-s1", "libstdc++6"}


def eventually(condition, seconds):
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return value


def matrix(*options):
    return json.loads(run(f"relaywatch matrix --output json {' '.join(options)}"))


def everything_is_seen():
    rows = matrix("--profile outlook")
    return len(rows) == 3 and all(row["location"] == "office" and row["verdict"] == "ok" for row in rows)


def prometheus(path):
    return json.loads(run(f"curl -s --retry 9 --retry-connrefused 'http://127.0.0.1:9090/api/v1/{path}'"))["data"]


def scraped():
    """Whether each of our targets answers; node_exporter need not be there."""
    targets = {target["scrapePool"]: target["health"] for target in prometheus("targets")["activeTargets"]}
    return targets.get("relaywatch") == "up"


def agent_is_connected():
    result = prometheus("query?query=relaywatch_agents%7Bstate%3D%22connected%22%7D")["result"]
    return [sample["value"][1] for sample in result] == ["1"]


def await_collector():
    """After test 2 it wants TLS and the password."""
    run("curl -s -k -u prometheus:secret --retry 9 --retry-connrefused --fail https://127.0.0.1:9587/-/ready")


class Operating(unittest.TestCase):
    """The steps in their order: each needs those before it."""

    def test_0_an_agents_host_gets_what_programs_load(self):
        listed = {line.split()[0] for line in run("deploy/install-deps.sh --programs --list").splitlines()}
        for program in PROGRAMS[:3]:
            owners = packages_of(f"build/release/{program}")
            self.assertIn("libgrpc++1.51", owners)
            self.assertLessEqual(owners, listed)

    def test_1_from_nothing_to_the_dashboard(self):
        programs, collector, agent, ask, watch, grafana = blocks("## From nothing to the dashboard")
        run(programs)
        self.assertIn("ready", run(collector))
        here, there = agent.split("# on the agent's host", 1)
        run(here)
        run("# " + there, cwd=AGENT_HOST)
        self.assertTrue(eventually(everything_is_seen, 60), run("relaywatch matrix"))
        self.assertIn("connected", run(ask))
        run("systemctl reload relaywatch-collector relaywatch-agent")

        self.assertEqual(run(watch).count("FAILED"), 0)
        self.assertTrue(eventually(agent_is_connected, 60), prometheus("targets"))
        rules = json.dumps(prometheus("rules"))
        for example in ("https://relaywatch.example.com", "https://grafana.example.com"):
            self.assertNotIn(example, rules)
        self.assertIn("http://grafana.example.com:3000/d/relaywatch-endpoint", rules)

        run("mkdir -p /etc/grafana/provisioning/dashboards /etc/grafana/provisioning/datasources")
        commands, sep, restart = grafana.partition("systemctl ")
        self.assertEqual(sep + restart, "systemctl enable grafana-server && systemctl restart grafana-server\n")
        run(commands)
        provider, = yaml.safe_load(pathlib.Path("/etc/grafana/provisioning/dashboards/relaywatch.yaml").read_text())["providers"]
        shown = {json.loads(file.read_text())["uid"] for file in pathlib.Path(provider["options"]["path"]).iterdir()}
        self.assertEqual(len(shown), 4)
        self.assertIn(re.search(r"http://HOST:3000/d/([\w-]+)", section("## From nothing to the dashboard"))[1], shown)

    def test_2_prometheus_on_another_host(self):
        commands, = blocks("### Prometheus on another host")
        configuration, = blocks("### Prometheus on another host", "yaml")
        ours, theirs = configuration.split("# prometheus.yaml", 1)
        run(commands)
        keys = yaml.safe_load(ours)
        config = pathlib.Path("/etc/relaywatch/collector.yaml")
        text = config.read_text()
        self.assertIn("  http: 127.0.0.1:9587\n", text)
        config.write_text(text.replace("http: 127.0.0.1:9587", f"http: {keys['listen']['http']}") + f"web_config: {keys['web_config']}\n")
        run("systemctl restart relaywatch-collector")

        file = pathlib.Path("/etc/prometheus/prometheus.yaml")
        document = yaml.safe_load(file.read_text())
        job, = yaml.safe_load("#" + theirs)
        document["scrape_configs"] = [job if other["job_name"] == job["job_name"] else other for other in document["scrape_configs"]]
        file.write_text(yaml.safe_dump(document))
        run("cp web/ca.pem /etc/prometheus/relaywatch-ca.pem && echo secret > /etc/prometheus/relaywatch-password && "
            "sed -i s/127.0.0.1:9587/collector.example.com:9587/ /etc/prometheus/targets/relaywatch.yaml && systemctl restart prometheus")
        self.assertTrue(eventually(scraped, 30), prometheus("targets"))

    def test_3_operators(self):
        create_and_ask, list_and_revoke = blocks("## Operators on other hosts")
        run("sed -i 's/^  # operators:/  operators:/' /etc/relaywatch/collector.yaml && systemctl restart relaywatch-collector")
        run("cp /var/lib/relaywatch/pki/ca.pem .")
        await_collector()
        self.assertIn("corp-mail:587", run(create_and_ask))
        self.assertIn("revoked", run(list_and_revoke))

    def test_4_backup_and_restore(self):
        # The directory stands in the root of the file system, which is the machine's own.
        backup, restore = (block.replace("/backups", "/mnt/backups") for block in blocks("## Backup and restore"))
        run(backup)
        agents = [agent["agent"] for agent in json.loads(run("relaywatch agents --output json"))]
        run(restore)
        await_collector()
        self.assertTrue(eventually(everything_is_seen, 60))
        self.assertEqual([agent["agent"] for agent in json.loads(run("relaywatch agents --output json"))], agents)


if __name__ == "__main__":
    enter_namespaces()
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    if missing := [program for program in PROGRAMS if not (BUILD / program).is_file()]:
        skip(f"not built in {BUILD}: {', '.join(missing)}")
    prepare_machine(BUILD)
    os.environ["PATH"] = f"{HERE / 'bin'}:{os.environ['PATH']}"
    start_mail(BUILD)
    unittest.main(failfast=True)
