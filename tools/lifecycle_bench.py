"""What living with the stack takes: pause and resume, a whole stop, and questions while it starts."""
import http.client
import os
import socket
import statistics
import subprocess
import time

from stand import broken

RESUME_MS = 1000    # resume asked for -> proven healthy, median
STOP_MS = 10_000    # a whole stop, with a client in a session, median
ASK_MS = 50         # an answer while the stack starts, 95th percentile
TIMES = 5
LONG_PAUSE_S = 35   # longer than Patroni's ttl


class unix_connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def took_ms(place, verb):
    """Of the last command `verb`, in the journal's own times."""
    begun = ended = None
    for event in place.events():
        if event["subject"] == verb and event["kind"] == "command_begun":
            begun, ended = event["at_us"], None
        elif event["subject"] == verb and event["kind"] == "command_ended":
            ended = event["at_us"]
    if begun is None or ended is None:
        raise broken(f"the journal has no {verb} that began and ended")
    return (ended - begun) / 1000


def resume_ms(place, pause_s):
    place.ctl("pause")
    time.sleep(pause_s)
    place.ctl("resume")
    return took_ms(place, "resume")


def stop_ms(place):
    """A whole stop while a client is in a session with the leader, through the route."""
    words, variables = place.psql()
    with subprocess.Popen(words, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as client:
        client.stdin.write("select 'connected';\n")
        client.stdin.flush()
        if client.stdout.readline().strip() != "connected":
            raise broken("no session through the route")
        spent = place.ctl("stop")[2]
        client.stdin.close()
    return spent


def answers_ms(place):
    """Answers while the stack starts: GET /v1/status on the socket, and `ctl status` as a program."""
    path = os.path.join(place.variables["PAWS_RUNTIME_DIR"], f"{place.name}.sock")
    starting = subprocess.Popen([place.engine, "start", str(place.root / "topology.yaml")], cwd=place.root,
                                env=place.variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    asked, programs = [], []
    while starting.poll() is None:
        begin = time.monotonic()
        try:
            connection = unix_connection(path)
            connection.request("GET", "/v1/status")
            connection.getresponse().read()
            connection.close()
        except OSError: # it does not serve yet
            time.sleep(0.02)
            continue
        asked.append((time.monotonic() - begin) * 1000)
        programs.append(place.ctl("status", "--format", "json")[2])
        time.sleep(0.05)
    if starting.returncode != 0:
        raise broken(f"the start ended with {starting.returncode}")
    return asked, programs


def measure(place):
    """With an environment that is ready; leaves it so."""
    out = {"resume_ms": [resume_ms(place, 1) for _ in range(TIMES)], "stop_ms": [], "asked_ms": [], "programs_ms": []}
    out["resume_after_long_pause_ms"] = resume_ms(place, LONG_PAUSE_S)
    for _ in range(TIMES):
        out["stop_ms"].append(stop_ms(place))
        asked, programs = answers_ms(place)
        out["asked_ms"] += asked
        out["programs_ms"] += programs
    return out


def p95(values):
    return sorted(values)[int(0.95 * (len(values) - 1))]


def judge(results):
    """Rows of (what, measured, bound, holds)."""
    for what, value, bound in (
            ("resume to proven healthy", statistics.median(results["resume_ms"]), RESUME_MS),
            (f"resume after a pause of {LONG_PAUSE_S} s", results["resume_after_long_pause_ms"], RESUME_MS),
            ("stop of everything, a client in a session", statistics.median(results["stop_ms"]), STOP_MS),
            (f"GET /v1/status while it starts, p95 of {len(results['asked_ms'])}", p95(results["asked_ms"]), ASK_MS),
            (f"ctl status while it starts, p95 of {len(results['programs_ms'])}", p95(results["programs_ms"]),
             ASK_MS)):
        yield what, f"{value:.0f} ms", f"<= {bound} ms", value <= bound
