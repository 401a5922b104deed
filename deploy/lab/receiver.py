"""Receives Alertmanager's webhooks, and prints what is new: one line for an alert that fires, one when it is resolved.
Usage: receiver.py PORT FILE

POST /RECEIVER is for Alertmanager. GET / lists what has been told and is not resolved. FILE gets the same as JSON, a line an alert,
for programs."""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

PLACE = ("location", "endpoint", "port", "profile", "kind", "agent", "reason", "cause")


def line(status, labels, annotations, receiver):
    place = " ".join(f"{name}={labels[name]}" for name in PLACE if name in labels)
    return f"{status:<8} {labels['alertname']:<19} {place}  [{labels.get('severity', '-')} > {receiver}]  {annotations.get('summary', '')}"


class Told:
    """What has been told. Alertmanager repeats a group as a whole, and each alert here counts once."""

    def __init__(self, file):
        self._file = file
        self._firing = {}

    def take(self, receiver, alert):
        key = (receiver, alert["fingerprint"])
        is_firing = alert["status"] == "firing"
        if is_firing == (key in self._firing):
            return
        text = line(alert["status"], alert["labels"], alert["annotations"], receiver)
        if is_firing:
            self._firing[key] = f"since {time.strftime('%H:%M:%S')}  {text.removeprefix('firing').lstrip()}"
        else:
            del self._firing[key]
        print(time.strftime("%H:%M:%S"), text, flush=True)
        record = {"time": time.time(), "receiver": receiver, **{key: alert[key] for key in ("status", "labels", "annotations")}}
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()

    def list(self):
        return "".join(text + "\n" for text in self._firing.values()) or "none\n"


def handler(told):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                told.take(self.path.strip("/"), alert)
            self._answer("")

        def do_GET(self):
            self._answer(told.list())

        def _answer(self, text):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    return Handler


def main(port, path):
    with open(path, "a", encoding="utf-8") as file, HTTPServer(("0.0.0.0", int(port)), handler(Told(file))) as server:
        server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
