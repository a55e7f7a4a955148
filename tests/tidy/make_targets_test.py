#!/usr/bin/env python3
"""Every local-* target is in `make help` and calls its verb, with the flags that its variables mean. Only `make -n`:
nothing is built or started."""
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
ENGINE = "build/bin/paws-engine"

# target -> what it must call
VERBS = {
    "local-start": f"{ENGINE} start",
    "local-stop": f"{ENGINE} ctl stop",
    "local-down": f"{ENGINE} ctl down",
    "local-reset": f"{ENGINE} ctl reset",
    "local-status": f"{ENGINE} ctl status",
    "local-health": f"{ENGINE} ctl health",
    "local-events": f"{ENGINE} ctl events",
    "local-logs": f"{ENGINE} ctl logs",
    "local-inspect-etcd": f"{ENGINE} ctl inspect etcd",
    "local-inspect-patroni": f"{ENGINE} ctl inspect patroni",
    "local-inspect-redis": f"{ENGINE} ctl inspect redis",
    "local-resources": f"{ENGINE} ctl resources",
    "local-drills": f"{ENGINE} ctl drills",
    "local-cleanup": f"{ENGINE} ctl cleanup",
    "local-support-bundle": f"{ENGINE} ctl support-bundle",
    "local-actors": f"{ENGINE} ctl actors",
    "local-pause": f"{ENGINE} ctl pause",
    "local-resume": f"{ENGINE} ctl resume",
    "local-restart": f"{ENGINE} ctl restart",
    "local-resume-after-sleep": f"{ENGINE} ctl resume-after-sleep",
    "local-time-sync": f"{ENGINE} ctl time-sync",
    "local-switchover": f"{ENGINE} ctl switchover",
    "local-failover": f"{ENGINE} ctl failover",
    "local-reinit": f"{ENGINE} ctl reinit",
    "local-rebuild": f"{ENGINE} ctl rebuild",
    "local-reload": f"{ENGINE} ctl reload",
    "local-watch": f"{ENGINE} start --watch",
    "local-migrate": f"{ENGINE} ctl migrate",
    "local-seed": f"{ENGINE} ctl seed",
    "local-doctor": f"{ENGINE} doctor",
    "local-plan": f"{ENGINE} plan",
    "local-validate": f"{ENGINE} validate",
    "local-gen-secrets": f"{ENGINE} secrets generate",
    "local-validate-secrets": f"{ENGINE} secrets validate",
    "local-rotate-secrets": f"{ENGINE} secrets rotate",
    "local-run": f'{ENGINE} run -- bash -c "$PAWS_RUN"',
    "local-measure-start": "tools/measure-start",
    "local-measure-hot-reload": "tools/measure-hot-reload",
}

# target and variables -> each of the lines that must be called
CALLS = [
    ("local-start", "QUIET=1 YES=1", [f"{ENGINE} --yes --quiet start", f"{ENGINE} --yes --quiet ctl health"]),
    ("local-start", "TOPOLOGY=t.yaml RUNTIME=process WAIT_TIMEOUT=9 ENV=e", [
        f"{ENGINE} --env e start t.yaml --runtime process --wait-timeout 9", f"{ENGINE} --env e ctl health --file t.yaml"]),
    ("local-start", 'PROFILE="a b" SERVICE="c d"', [f"{ENGINE} start --profile a --profile b --service c --service d"]),
    ("local-plan", "ENV=e TOPOLOGY=t.yaml FORMAT=json", [f"{ENGINE} --env e --format json plan t.yaml"]),
    ("local-gen-secrets", "TOPOLOGY=t.yaml", [f"{ENGINE} secrets generate --file t.yaml"]),
    ("local-validate-secrets", "TOPOLOGY=t.yaml", [f"{ENGINE} secrets validate --file t.yaml"]),
    ("local-rotate-secrets", 'SECRET="A B" TOPOLOGY=t.yaml', [
        f"{ENGINE} secrets rotate --file t.yaml --secret A --secret B"]),
    ("local-down", "VOLUMES=1 CONFIRM=yes-delete-all-data", [f"{ENGINE} ctl down --volumes --confirm-data-loss"]),
    ("local-down", "VOLUMES=1 CONFIRM=yes", [f"{ENGINE} ctl down --volumes"]),
    ("local-restart", "SERVICE=etcd3 CASCADE=1 WAIT_TIMEOUT=9", [
        f"{ENGINE} ctl restart etcd3 --cascade --wait-timeout 9"]),
    ("local-resume-after-sleep", "WAIT_TIMEOUT=9 FORMAT=json", [
        f"{ENGINE} --format json ctl resume-after-sleep --wait-timeout 9"]),
    ("local-switchover", "CANDIDATE=patroni2", [f"{ENGINE} ctl switchover --candidate patroni2"]),
    ("local-failover", "CANDIDATE=patroni3 FORCE=1 WAIT_TIMEOUT=9", [
        f"{ENGINE} ctl failover --candidate patroni3 --force --wait-timeout 9"]),
    ("local-reinit", "TARGET=etcd3 CONFIRM=yes-delete-all-data", [f"{ENGINE} ctl reinit etcd3 --confirm-data-loss"]),
    ("local-reinit", "TARGET=etcd3 CONFIRM=yes", [f"{ENGINE} ctl reinit etcd3"]),
    ("local-measure-hot-reload", "ITERATIONS=3 FORMAT=json NO_SYMBOLS=1", [
        "tools/measure-hot-reload --iterations 3 --format json --no-symbols"]),
    ("local-run", "CMD='psql -c x' RUNTIME=process JUNIT=r.xml QUIET=1", [
        f'{ENGINE} --quiet run --runtime process --junit r.xml -- bash -c "$PAWS_RUN"']),
    ("local-rebuild", "SERVICE=backend", [f"{ENGINE} ctl rebuild backend"]),
    ("local-reload", "TOPOLOGY=t.yaml DRY_RUN=1", [f"{ENGINE} ctl reload --file t.yaml --dry-run"]),
    ("local-watch", "RUNTIME=process", [f"{ENGINE} start --runtime process --watch"]),
    ("local-migrate", "DIR=d TOPOLOGY=t.yaml WAIT_TIMEOUT=9", [
        f"{ENGINE} ctl migrate --file t.yaml --dir d --wait-timeout 9"]),
    ("local-seed", "DIR=d FORMAT=json", [f"{ENGINE} --format json ctl seed --dir d"]),
    ("local-resume", "PROGRESS=plain NO_SYMBOLS=1", [f"{ENGINE} --progress plain --no-symbols ctl resume"]),
]


def make(words):
    # Nothing of the make or the shell that may have called this test.
    run = subprocess.run(f"make {words}", shell=True, cwd=TOP, env={"PATH": os.environ["PATH"]}, check=False,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return [" ".join(line.split()) for line in (run.stdout + run.stderr).splitlines()]


def main():
    wrong = []

    def expect(condition, what):
        if not condition:
            wrong.append(what)

    written = set(re.findall(r"^(local-[a-z-]+):", (TOP / "Makefile").read_text(), re.M))
    expect(written == set(VERBS), f"targets of the Makefile that are not in this table, or the reverse: "
                                  f"{sorted(written ^ set(VERBS))}")
    helped = {line.split()[0] for line in make("help") if line}
    for target, call in VERBS.items():
        expect(target in helped, f"{target} is not in `make help`")
        lines = make(f"-n {target}")
        expect(call in lines, f"make {target} does not call `{call}` but {lines}")
    for target, variables, calls in CALLS:
        lines = make(f"-n {target} {variables}")
        for call in calls:
            expect(call in lines, f"make {target} {variables} does not call `{call}` but {lines}")
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
