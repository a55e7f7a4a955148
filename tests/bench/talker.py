#!/usr/bin/env python3
"""Says numbered lines of 150 bytes at an even pace once somebody opens the FIFO: talker.py FIFO LINES_PER_S SECONDS."""
import os
import select
import signal
import sys
import time

LINE_BYTES = 150
STEPS_PER_S = 20

fifo, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(fifo, "rb"):
    pass
begin, step = time.monotonic(), rate // STEPS_PER_S
for number in range(0, rate * seconds, step):
    lines = (f"line {each} request served from cache for client 10.0.0.{each % 251} " for each in
             range(number, number + step))
    data = b"".join(line.ljust(LINE_BYTES - 1, ".").encode() + b"\n" for line in lines)
    while data:
        data = data[os.write(1, data):]
    select.select([], [], [], max(0.0, begin + (number + step) / rate - time.monotonic()))
signal.pause()
