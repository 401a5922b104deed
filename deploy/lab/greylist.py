"""Greylisting for Postfix (check_policy_service, SMTPD_POLICY_README): a client, sender and recipient that have not been seen are
turned away for 5 s; then they are let in, and forgotten after 20 s, which a real one does after weeks. So clients meet it again and
again. Usage: greylist.py PORT"""
import socketserver
import sys
import time

DELAY, MEMORY = 5, 20
ACCEPTED, DEFERRED = "DUNNO", "DEFER_IF_PERMIT 4.2.0 Greylisted, see you in a few seconds"


class Greylist:
    def __init__(self):
        self._first_seen = {}

    def action(self, triplet, now):
        age = now - self._first_seen.setdefault(triplet, now)
        if age > MEMORY:
            self._first_seen[triplet] = now
            age = 0
        return ACCEPTED if age >= DELAY else DEFERRED


GREYLIST = Greylist()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        request = {}
        for line in map(bytes.decode, self.rfile):
            if name := line.strip():
                request.update([name.split("=", 1)])
                continue
            triplet = tuple(request.get(name) for name in ("client_address", "sender", "recipient"))
            self.wfile.write(f"action={GREYLIST.action(triplet, time.monotonic())}\n\n".encode())
            request = {}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
