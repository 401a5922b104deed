"""deploy/lab/lab as somebody meets it who types: up, up again, status, wrong words, down; and an up that fails."""
import pathlib
import subprocess
import unittest

from lab import Lab, build_directory

STORIES = {path.stem for path in (pathlib.Path(__file__).resolve().parents[2] / "deploy/lab/stories").glob("*.sh")}


def traces(lab):
    """Whatever is left of a lab: processes, namespaces, files, links, rules."""
    names = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    processes = subprocess.run(["ps", "-e", "-o", "args"], capture_output=True, text=True, check=True).stdout
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    return [lab.prefix in names, str(lab.directory) in processes, lab.directory.exists(), "relaywatch-lab" in links]


def network():
    """This machine's own, which a lab leaves alone."""
    commands = (["ip", "-br", "address"], ["ip", "route"], ["nft", "list", "ruleset"], ["cat", "/proc/sys/net/ipv4/ip_forward"])
    return [subprocess.run(command, capture_output=True, text=True, check=True).stdout for command in commands]


class Life(unittest.TestCase):
    build = None

    def setUp(self):
        self.lab = Lab(self.build)
        self.addCleanup(lambda: self.lab.try_to("down"))

    def fails(self, code, words, *arguments, **environment):
        done = self.lab.try_to(*arguments, **environment)
        self.assertEqual(done.returncode, code, done.stdout)
        self.assertIn(words, done.stdout)
        return done.stdout

    def test_up_and_down(self):
        before = network()
        shown = self.lab.run("up")
        self.assertEqual(network(), before, "with a lab up")
        for part in ("postfix dovecot", "office-1 office-2", "home-isp  corp-mail:25", "Alerts", "Look"):
            self.assertIn(part, shown)
        self.assertNotIn("DOWN", shown)
        self.fails(1, "a lab is up in", "up")
        self.the_stories()
        self.lab.run("down")
        self.assertEqual(traces(self.lab), [False] * 4)
        self.assertEqual(network(), before, "after it")
        self.assertIn("no lab", self.lab.run("down"))

    def the_stories(self):
        listed = {line.split()[0] for line in self.lab.run("flip").splitlines()}
        self.assertEqual(listed, STORIES)
        self.fails(1, "no story 'gremlins'", "flip", "gremlins")
        self.fails(1, "no story '../lib/mail'", "flip", "../lib/mail")
        self.fails(1, "packet-loss is not on", "flip", "packet-loss", "off")
        self.fails(2, "not 'maybe'", "flip", "packet-loss", "maybe")
        self.lab.run("flip", "packet-loss")
        self.fails(1, "packet-loss is on already", "flip", "packet-loss", "on")
        self.lab.run("flip", "agent-killed", "on")
        status = self.lab.run("status")
        self.assertIn("vpn-6(DOWN)", status)
        self.assertIn("packet-loss          since", status)
        self.lab.run("flip", "packet-loss")
        self.lab.run("flip", "greylisting")
        self.assertIn("postfix dovecot greylist", self.lab.run("status"))
        self.fails(1, "mail-restart is over by itself", "flip", "mail-restart", "off")

    def test_an_up_that_fails_says_why_and_cleans_up(self):
        broken = self.lab.directory.with_name(self.lab.directory.name + "-build")
        for program in ("collector/relaywatch-collector", "agent/relaywatch-agent", "cli/relaywatch"):
            (broken / program).parent.mkdir(parents=True)
            (broken / program).symlink_to(self.build / program)
        self.addCleanup(lambda: subprocess.run(["rm", "-r", broken], check=True))
        (broken / "collector/relaywatch-collector").unlink()
        (broken / "collector/relaywatch-collector").symlink_to("/bin/false")
        shown = self.fails(1, "collector has stopped", "up", RELAYWATCH_BUILD_DIR=str(broken))
        self.assertIn("cleaning up", shown)
        self.assertEqual(traces(self.lab), [False] * 4)

    def test_says_what_is_wrong_without_a_lab(self):
        self.fails(1, "no lab in", "status")
        self.fails(2, "usage", "sideways")
        self.fails(2, "usage", "up", "and", "away")
        self.fails(1, "is missing", "up", RELAYWATCH_BUILD_DIR="/nonexistent")
        self.assertEqual(traces(self.lab), [False] * 4)

    def test_does_not_remove_what_is_no_lab(self):
        self.lab.directory.mkdir()
        self.addCleanup(lambda: subprocess.run(["rm", "-r", self.lab.directory], check=True))
        (self.lab.directory / "precious").touch()
        self.fails(1, "no lab's directory", "down")
        self.fails(1, "is there already", "up")
        self.assertTrue((self.lab.directory / "precious").exists())


if __name__ == "__main__":
    Life.build = build_directory()
    unittest.main(verbosity=2)
