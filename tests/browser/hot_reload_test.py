#!/usr/bin/env python3
"""TC-014: the hot-reload measurement for real, twice: one to its end, with a result, and one that is told to end in the
middle of it. Neither leaves anything in the page, in the built application or running. How fast it was is not judged."""
import json
import os
import pathlib
import select
import signal
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
TOOL = TOP / "tools/measure-hot-reload"
APP = TOP / "apps/frontend"
PAGE = APP / "app/page.tsx"
PATIENCE_S, ENDING_S = 400, 10
MARK = "PAWS_HOT_RELOAD_TEST"

wrong = []


def expect(condition, what):
    if not condition:
        wrong.append(what)


def state():
    """All that must be as it was: the page, what git knows of the frontend, and the built application."""
    status = subprocess.run(["git", "-C", TOP, "status", "--porcelain", "apps/frontend"], capture_output=True, text=True)
    built = APP / ".next"
    files = sorted((str(each), each.stat().st_mtime_ns) for each in built.rglob("*")) if built.is_dir() else []
    return PAGE.read_bytes(), status.stdout, files


def marked():
    """Process ids that carry the mark of this test in their environment."""
    found = []
    for each in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={os.getpid()}".encode() in each.read_bytes().split(b"\0"):
                found.append(int(each.parent.name))
        except OSError:
            pass
    return [pid for pid in found if pid != os.getpid()]


def left_running():
    """Those of them that do not end within ENDING_S: a browser's helpers end a little after it."""
    for pid in marked():
        try:
            ended = os.pidfd_open(pid)
        except OSError:
            continue
        select.select([ended], [], [], ENDING_S)
        os.close(ended)
    return marked()


def begun(*options):
    return subprocess.Popen([TOOL, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, MARK: str(os.getpid())}, start_new_session=True)


def measured():
    tool = begun("--iterations", "2", "--target-ms", "600000", "--limit", str(PATIENCE_S), "--format", "json")
    out, err = tool.communicate(timeout=PATIENCE_S)
    expect(tool.returncode == 0, f"exit {tool.returncode}:\n{err}")
    if tool.returncode != 0:
        return
    result = json.loads(out)
    expect(result["iterations"] == 2 and len(result["edits"]) == 2, f"not two edits: {out}")
    expect(result["hot"] + result["full_reloads"] == 2, f"edits of no kind: {out}")
    values = sorted(edit["latency_ms"] for edit in result["edits"])
    expect(values[0] > 0 and result["p50_ms"] == values[0], f"p50 is not the first of two: {out}")
    expect(result["p95_ms"] == result["p99_ms"] == values[1], f"p95 and p99 are not the second of two: {out}")


def interrupted():
    tool = begun("--iterations", "1000", "--limit", str(PATIENCE_S))
    for line in tool.stderr: # the first edit has been seen: the next one is in the page, or about to be
        if "edit 1 of 1000" in line:
            break
    tool.send_signal(signal.SIGTERM)
    out, err = tool.communicate(timeout=PATIENCE_S)
    expect(tool.returncode == 143, f"told to end: exit {tool.returncode}:\n{err}")
    expect(out == "", f"told to end, it reported: {out}")


def refused():
    for options in (["--iterations", "0"], ["--iterations", "many"], ["--format", "xml"], ["--no-such"]):
        tool = begun(*options)
        _, err = tool.communicate(timeout=PATIENCE_S)
        expect(tool.returncode == 2, f"{options}: exit {tool.returncode}, not 2")
        expect(" | " in err, f"{options}: no remedy: {err}")
    env = {**os.environ, "CHROMIUM": "/no/such/chromium"}
    tool = subprocess.run([TOOL], capture_output=True, text=True, env=env, timeout=PATIENCE_S)
    expect(tool.returncode == 2 and "/no/such/chromium" in tool.stderr, f"no browser: exit {tool.returncode}: {tool.stderr}")


def main():
    before = state()
    for part in (measured, interrupted, refused):
        part()
        expect(state() == before, f"{part.__name__}: the frontend is not as it was")
        left = left_running()
        expect(not left, f"{part.__name__}: still running: {left}")
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
