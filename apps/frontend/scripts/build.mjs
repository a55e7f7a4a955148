// next build, and what the standalone server needs beside it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';

process.env.NEXT_TELEMETRY_DISABLED = '1';
const built = spawnSync(process.execPath, ['node_modules/next/dist/bin/next', 'build'], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
cpSync('.next/static', '.next/standalone/.next/static', { recursive: true });
if (existsSync('public')) cpSync('public', '.next/standalone/public', { recursive: true });
