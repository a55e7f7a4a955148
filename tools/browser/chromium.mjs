// Debian's Chromium, headless; ended by whoever opened it.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Thrown for what a person can mend: `remedy` says how. */
export class Refusal extends Error {
  constructor(message, remedy, code = 2) {
    super(message);
    Object.assign(this, { remedy, code });
  }
}

export async function openBrowser() {
  const program = process.env.CHROMIUM || '/usr/bin/chromium';
  if (!existsSync(program)) throw new Refusal(`${program} is not there`, 'run: tools/setup.sh browser   or name another Chromium in CHROMIUM');
  return chromium.launch({
    executablePath: program,
    // Chromium's own sandbox refuses root.
    chromiumSandbox: process.getuid() !== 0,
    args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-proxy-server'],
    // Signals are for the program that opened it: it has something to take back first.
    handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
    timeout: 60_000,
  });
}
