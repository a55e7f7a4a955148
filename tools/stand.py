"""An environment of its own for measurements: a directory below /tmp, the default topology with another name, other
addresses and free ports, driven through the engine's binary. Ends whatever it started, by pid."""
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class broken(Exception):
    """A command that had to work did not."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def replaced_once(text, pattern, replacement):
    out, count = re.subn(pattern, replacement, text, flags=re.M)
    if count != 1:
        raise broken(f"config/paws360.yaml: expected one match of {pattern}, found {count}")
    return out


def children_of():
    """Parent pid -> its children, now."""
    out = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            out.setdefault(parent, []).append(int(folder.name))
    return out


def tree_of(pid):
    children, out = children_of(), [pid]
    for each in out:
        out += children.get(each, [])
    return out


def kill_tree(pid):
    """SIGKILL to everything below and including pid."""
    doomed, before = set(), -1
    while before != len(doomed):
        before = len(doomed)
        for each in tree_of(pid):
            doomed.add(each)
            send(each, signal.SIGSTOP)
    for each in doomed:
        send(each, signal.SIGKILL)
    for each in doomed:
        wait_end(each, 10)


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def wait_end(pid, seconds):
    """True when the process has ended within that time."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


class usage:
    """CPU seconds, resident bytes, open files and threads of a process, now."""

    def __init__(self, pid):
        folder = pathlib.Path("/proc") / str(pid)
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        self.cpu_s = (int(fields[11]) + int(fields[12])) / TICKS_PER_S
        self.threads = int(fields[17])
        self.rss_bytes = int((folder / "statm").read_text().split()[1]) * PAGE_BYTES
        self.files = len(list((folder / "fd").iterdir()))


class stand:
    """Use with `with`: the directory and everything that runs from it are gone afterwards."""

    def __init__(self, name, subnet, engine=TOP / "build/bin/paws-engine", runtime="process"):
        self.name, self.engine = name, str(engine)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix=f"paws-{name}-", dir="/tmp"))
        self.root.chmod(0o755)
        text = (TOP / "config/paws360.yaml").read_text()
        text = replaced_once(text, r"^name: \S+", f"name: {name}")
        text = replaced_once(text, r"^root: \S+", "root: .")
        text = replaced_once(text, r"127\.36\.0\.0/24", f"{subnet}.0/24")
        text = replaced_once(text, r"^default_profiles: .*$", "default_profiles: []")
        self.postgres_port = free_port()
        text = replaced_once(text, r"publish: 5432\b", f"publish: {self.postgres_port}")
        text = replaced_once(text, r"publish: 6379\b", f"publish: {free_port()}")
        (self.root / "topology.yaml").write_text(text)
        self.variables = dict(os.environ, PAWS_RUNTIME_DIR=str(self.root / "run"), NO_COLOR="1",
                              PAWS_PROGRESS="quiet", PAWS_RUNTIME=runtime)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.command("ctl", "--env", self.name, "down", check=False)
        for pid in self.processes():
            kill_tree(pid)
        shutil.rmtree(self.root, ignore_errors=True)

    def processes(self):
        """Pids whose command line or working directory lies in this directory."""
        mark = str(self.root)
        for folder in pathlib.Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                try:
                    where = os.readlink(folder / "cwd")
                    command = (folder / "cmdline").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if mark in command or where.startswith(mark):
                    yield int(folder.name)

    def command(self, *words, check=True, seconds=300):
        """Runs `paws-engine words…`; returns (exit code, stdout, milliseconds)."""
        begin = time.monotonic()
        run = subprocess.run([self.engine, *words], cwd=self.root, env=self.variables, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=seconds, check=False)
        spent_ms = (time.monotonic() - begin) * 1000
        if check and run.returncode != 0:
            raise broken(f"paws-engine {' '.join(words)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
        return run.returncode, run.stdout, spent_ms

    def start(self):
        """Milliseconds until `start` returned with success."""
        return self.command("start", str(self.root / "topology.yaml"))[2]

    def ctl(self, *words, **options):
        return self.command("ctl", "--env", self.name, *words, **options)

    def json(self, *words, **options):
        return json.loads(self.ctl(*words, "--format", "json", **options)[1])

    def secret(self, name):
        for line in (self.root / ".local/secrets.env").read_text().splitlines():
            if line.startswith(name + "="):
                return line.split("=", 1)[1].strip("'\"")
        raise broken(f"there is no secret {name}")

    def psql(self):
        """psql as the application, through the route to the leader: its words and its environment."""
        return (["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.postgres_port), "-U",
                 "paws360", "paws360"],
                dict(self.variables, PGPASSWORD=self.secret("POSTGRES_APP_PASSWORD"), PGCONNECT_TIMEOUT="10",
                     PGSSLMODE="verify-full",
                     PGSSLROOTCERT=str(self.root / ".local/env" / self.name / "certificates/ca.crt")))

    def sql(self, text):
        """The rows that psql prints."""
        words, variables = self.psql()
        run = subprocess.run([*words, "-c", text], env=variables, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=60, check=False)
        if run.returncode != 0:
            raise broken(f"{text}: {run.stderr}")
        return run.stdout.split()

    def events(self):
        return [json.loads(line) for line in self.ctl("events")[1].splitlines() if line.startswith("{")]

    def empty(self):
        """Ends the environment and forgets its data and secrets."""
        self.ctl("down")
        left = list(self.processes())
        if left:
            raise broken(f"down left running: {left}")
        shutil.rmtree(self.root / ".local")
