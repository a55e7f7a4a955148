#!/usr/bin/env python3
"""A client as the backend wants one: it sends a request again until it is answered, creates with an Idempotency-Key.

Each worker creates students and reads them, at a steady pace, for a given time. A request counts as served when any of its
attempts within --retry-s succeeds. At the end every acknowledged student must be there exactly once. Prints one JSON
object; exit 5 when fewer than 99.9 % were served, a row is missing or doubled, or an answer was neither good nor retryable.
Needs nothing but Python's standard library.
"""
import argparse, collections, http.client, json, sys, threading, time, urllib.parse, uuid

# 503: nobody there now. 0: no answer at all.
RETRYABLE = {0, 503}


class Worker(threading.Thread):
    def __init__(self, base, number, until, pace_s, retry_s):
        super().__init__(daemon=True)
        self.url, self.number, self.until, self.pace_s, self.retry_s = urllib.parse.urlsplit(base), number, until, pace_s, retry_s
        self.connection = None
        self.acknowledged, self.requests, self.answers = {}, [], collections.Counter()

    def attempt(self, method, path, body, headers):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=10)
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read(), answer.headers.get("X-Cache", "")
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return 0, b"", ""

    def request(self, kind, method, path, body=None, headers=None):
        headers = {"Content-Type": "application/json", "X-Trace-ID": str(uuid.uuid4()), **(headers or {})}
        begun, attempts = time.monotonic(), 0
        while True:
            status, answer, cache = self.attempt(method, path, body, headers)
            attempts += 1
            self.answers[f"{kind} {status}"] += 1
            took = time.monotonic() - begun
            if status not in RETRYABLE or took > self.retry_s:
                self.requests.append((kind, status, attempts, begun, took, cache))
                return status, answer
            time.sleep(0.1)

    def run(self):
        last = None
        while time.monotonic() < self.until:
            begun = time.monotonic()
            email = f"{uuid.uuid4()}@client.example"
            body = json.dumps({"email": email, "name": f"Client {self.number}"})
            status, answer = self.request("create", "POST", "/api/students", body, {"Idempotency-Key": str(uuid.uuid4())})
            if status == 201:
                last = json.loads(answer)["id"]
                self.acknowledged[email] = last
            if last:
                self.request("read", "GET", f"/api/students/{last}")
            self.request("list", "GET", "/api/courses?size=5")
            time.sleep(max(0, self.pace_s - (time.monotonic() - begun)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", default="http://127.0.0.1:8080")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--pace-ms", type=float, default=100, help="between the rounds of one worker")
    parser.add_argument("--retry-s", type=float, default=60, help="how long one request is sent again")
    wanted = parser.parse_args()
    until = time.monotonic() + wanted.seconds
    workers = [Worker(wanted.backend, i, until, wanted.pace_ms / 1000, wanted.retry_s) for i in range(wanted.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    requests = sorted((r for w in workers for r in w.requests), key=lambda r: r[3])
    answers = sum((w.answers for w in workers), collections.Counter())
    acknowledged = {email: row for w in workers for email, row in w.acknowledged.items()}
    served = [r for r in requests if 200 <= r[1] < 300]
    unexpected = [r for r in requests if r[1] not in RETRYABLE and not 200 <= r[1] < 300]
    took = sorted(r[4] for r in served) or [0]
    done = sorted(r[3] + r[4] for r in served if r[0] == "create")
    gap = max((b - a for a, b in zip(done, done[1:])), default=0)

    checker = Worker(wanted.backend, 0, 0, 0, wanted.retry_s)
    missing = doubled = 0
    for email, row in acknowledged.items():
        status, answer = checker.request("check", "GET", f"/api/students?q={email}")
        found = json.loads(answer)["items"] if status == 200 else []
        missing += row not in [s["id"] for s in found]
        doubled += len(found) > 1
    report = {
        "requests": len(requests), "served": len(served), "served_percent": round(100 * len(served) / max(1, len(requests)), 3),
        "sent_again": sum(r[2] > 1 for r in served), "unexpected": [list(r[:3]) for r in unexpected[:10]],
        "answers": dict(sorted(answers.items())), "cache": dict(collections.Counter(r[5] for r in served if r[5])),
        "p50_ms": round(1000 * took[len(took) // 2], 1), "p99_ms": round(1000 * took[int(len(took) * 0.99)], 1),
        "slowest_ms": round(1000 * took[-1]), "longest_gap_between_creates_ms": round(1000 * gap),
        "acknowledged_rows": len(acknowledged), "missing_rows": missing, "doubled_rows": doubled,
    }
    print(json.dumps(report, indent=1))
    good = requests and len(served) >= 0.999 * len(requests) and not (missing or doubled or unexpected)
    return 0 if good else 5


if __name__ == "__main__":
    sys.exit(main())
