"""What promtool and amtool cannot know: that the examples in deploy/ fit each other, and that what they name exists."""
import pathlib
import posixpath
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def read(path):
    return yaml.safe_load((DEPLOY / path).read_text(encoding="utf-8"))


PROMETHEUS = read("prometheus/prometheus.yaml")
SERVICES = read("compose.yaml")["services"]


def mounts(service):
    """Path in the container -> path here, of what is mounted from this repository."""
    for volume in SERVICES[service].get("volumes", []):
        source, target = volume.split(":")[:2]
        if source.startswith("."):
            yield target, (DEPLOY / source).resolve()


def here(service, path):
    """What a path in a service's container is in this repository, or None."""
    for target, source in mounts(service):
        if path == target or path.startswith(target + "/"):
            return source / posixpath.relpath(path, target)
    return None


def option(service, name):
    return next(argument.split("=", 1)[1] for argument in SERVICES[service]["command"] if argument.startswith(name + "="))


class Prometheus(unittest.TestCase):
    def test_scrapes_the_job_that_the_alerts_look_for(self):
        jobs = {scrape["job_name"] for scrape in PROMETHEUS["scrape_configs"]}
        rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboards/rules").glob("*.rules.yaml"))
        self.assertLessEqual(set(re.findall(r'job="([\w-]+)"', rules)), jobs)

    def test_finds_its_rules_and_targets_beside_it_and_in_the_container(self):
        pattern, = PROMETHEUS["rule_files"]
        self.assertEqual(len(list((DEPLOY / "prometheus").glob(pattern))), 4)
        config = posixpath.dirname(option("prometheus", "--config.file"))
        rules = here("prometheus", posixpath.normpath(posixpath.join(config, posixpath.dirname(pattern))))
        self.assertEqual(rules, ROOT / "dashboards/rules")
        for scrape in PROMETHEUS["scrape_configs"]:
            for discovery in scrape.get("file_sd_configs", []):
                for file in discovery["files"]:
                    self.assertTrue(read(f"prometheus/{file}")[0]["targets"], file)


class Grafana(unittest.TestCase):
    def test_asks_that_prometheus_at_its_pace(self):
        source, = read("grafana/provisioning/datasources/relaywatch.yaml")["datasources"]
        self.assertEqual(source["url"], "http://127.0.0.1:9090")
        self.assertEqual(source["jsonData"]["timeInterval"], PROMETHEUS["global"]["scrape_interval"])

    def test_finds_the_dashboards_in_the_container(self):
        provider, = read("grafana/provisioning/dashboards/relaywatch.yaml")["providers"]
        self.assertEqual(here("grafana", provider["options"]["path"]).resolve(), ROOT / "dashboards/grafana")
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        self.assertTrue(here("grafana", home).is_file())


class Compose(unittest.TestCase):
    def test_mounts_what_exists(self):
        for service in SERVICES:
            for target, source in mounts(service):
                with self.subTest(service=service, target=target):
                    self.assertTrue(source.exists())
        self.assertTrue(here("alertmanager", option("alertmanager", "--config.file")).is_file())

    def test_builds_from_files_that_exist(self):
        build = SERVICES["relaywatch"]["build"]
        context = (DEPLOY / build["context"]).resolve()
        containerfile = (context / build["dockerfile"]).read_text(encoding="utf-8")
        for source in re.findall(r"^COPY (?!--from)(\S+) ", containerfile, re.MULTILINE):
            self.assertTrue((context / source).exists(), source)

    def test_names_services_and_volumes_that_exist_and_images_by_version(self):
        volumes = read("compose.yaml")["volumes"]
        for name, service in SERVICES.items():
            with self.subTest(service=name):
                self.assertLessEqual(set(service.get("depends_on", [])), set(SERVICES))
                self.assertIn(service.get("network_mode", "service:relaywatch").removeprefix("service:"), SERVICES)
                self.assertRegex(service.get("image", "x:1.0"), r"^[\w/-]+:v?\d+\.\d+")
                named = {volume.split(":")[0] for volume in service.get("volumes", []) if volume[0] not in "./"}
                self.assertLessEqual(named, set(volumes))

    def test_listens_on_this_host_only(self):
        for service in SERVICES.values():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), port)


if __name__ == "__main__":
    unittest.main()
