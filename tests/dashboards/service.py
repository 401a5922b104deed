"""A program of a test's own on a free loopback port: started, waited for, asked over HTTP, stopped with the test."""
import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, seconds):
    """The first true value of `condition`, or its last one when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.2)


class Service:
    """`with Service(argv, port) as service`; `ready` is a path that answers 200 once it serves."""

    def __init__(self, argv, port, log, ready="/-/ready"):
        self.base = f"http://127.0.0.1:{port}"
        self._log = open(log, "w+", encoding="utf-8")
        self._process = subprocess.Popen(argv, stdout=self._log, stderr=subprocess.STDOUT)
        if not eventually(lambda: self._answers(ready), 60):
            output = self.log()
            self.stop()
            raise RuntimeError(f"{argv[0]} does not serve:\n{output}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def log(self):
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def get(self, path, **parameters):
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        with urllib.request.urlopen(self.base + path + query, timeout=30) as reply:
            return json.load(reply)

    def post(self, path, body):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status

    def _answers(self, path):
        if self._process.poll() is not None:
            raise RuntimeError(f"ended at once:\n{self.log()}")
        try:
            with urllib.request.urlopen(self.base + path, timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
