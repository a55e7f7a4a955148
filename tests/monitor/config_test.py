#!/usr/bin/env python3
"""Prometheus accepts the configuration that images/prometheus/run writes, whatever of the environment runs."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parents[2] / "images/prometheus/run"
EVERYTHING = {
    "ENGINE": "127.0.0.1:7360",
    "BACKEND": "127.0.0.1:8080",
    "FRONTEND": "127.0.0.1:3000",
    "PATRONI": "127.0.0.1:8008,127.0.0.2:8008",
    "ETCD": "127.0.0.1:2379,127.0.0.2:2379",
}


def configuration(**targets):
    return subprocess.run([RUN, "--config"], env={"PATH": os.environ["PATH"], **targets}, check=True,
                          capture_output=True, text=True).stdout


class Config(unittest.TestCase):
    def accepted(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            told = subprocess.run(["promtool", "check", "config", file.name], capture_output=True, text=True)
        self.assertEqual(told.returncode, 0, text + told.stdout + told.stderr)

    def test_everything(self):
        text = configuration(**EVERYTHING)
        self.accepted(text)
        self.assertIn("scrape_interval: 15s", text)
        for job in EVERYTHING:
            self.assertIn(f"job_name: {job.lower()}\n", text)
        self.assertIn('"127.0.0.1:8008","127.0.0.2:8008"', text)

    def test_what_is_not_there_is_not_asked(self):
        text = configuration(ETCD="127.0.0.1:2379", ENGINE="")
        self.accepted(text)
        self.assertEqual(text.count("job_name"), 1)

    def test_nothing(self):
        self.accepted(configuration())

    def test_it_keeps_seven_days(self):
        self.assertIn("--storage.tsdb.retention.time=7d", RUN.read_text())

    def test_in_a_container_its_data_lies_in_its_volume(self):
        root = RUN.parents[2]
        image = (RUN.parent / "Dockerfile").read_text()
        place = re.search(r"^ENV .*DATA=(\S+)$", image, re.MULTILINE).group(1)
        self.assertIn(f"install -d -o 2005 -g 2005 {place}\n", image)
        self.assertIn(f"{{ volume: prometheus, target: {place}, mode: rw }}", (root / "config/paws360.yaml").read_text())


if __name__ == "__main__":
    unittest.main()
