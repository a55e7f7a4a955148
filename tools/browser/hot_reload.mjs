// Measures what a developer waits for between saving a page and seeing the change: tools/measure-hot-reload.
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Refusal, openBrowser } from './chromium.mjs';
import { DevServer } from './dev_server.mjs';
import { PageEdit } from './page_edit.mjs';
import { summary, text } from './latency.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '../..');
const buildDirectory = '.next-hot-reload';
const overTarget = 5;
const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

function number(name, given, least, most) {
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < least || value > most)
    throw new Refusal(`--${name} ${given}: a number from ${least} to ${most} is wanted`, 'run: tools/measure-hot-reload --help');
  return value;
}

const usage = `tools/measure-hot-reload [--iterations N] [--target-ms N] [--limit S] [--format text|json] [--no-symbols]
Edits a page of apps/frontend in development mode, N times (10), and measures how long each edit takes until a browser
shows it. The page is always restored. Exit 0: p50, p95 and p99 within the target (3000 ms); 5: over it, or it could
not be measured within --limit seconds (300); 2: wrong use, or something is not installed.`;

function options() {
  let values;
  try {
    ({ values } = parseArgs({ options: {
      iterations: { type: 'string', default: '10' }, 'target-ms': { type: 'string', default: '3000' },
      limit: { type: 'string', default: '300' }, format: { type: 'string', default: 'text' },
      'no-symbols': { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    } }));
  } catch (error) {
    throw new Refusal(error.message, 'run: tools/measure-hot-reload --help');
  }
  if (!['text', 'json'].includes(values.format)) throw new Refusal(`--format ${values.format}: text or json is wanted`, 'run: tools/measure-hot-reload --help');
  return {
    help: values.help, json: values.format === 'json',
    symbols: !values['no-symbols'] && !process.env.PAWS_NO_SYMBOLS && /utf-?8/i.test(process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || ''),
    iterations: number('iterations', values.iterations, 1, 1000),
    targetMs: number('target-ms', values['target-ms'], 1, 600_000),
    limitMs: 1000 * number('limit', values.limit, 1, 86_400),
  };
}

// What has been begun. Taken back from the last on: the page first, then the server, the browser at the end.
const undo = [];
async function takeBack() {
  for (let step; (step = undo.pop());) await step().catch((error) => console.error(`measure-hot-reload: ${error.message}`));
}

/** One edit, until the browser shows it. A page that was loaded anew has lost what was set in its window. */
async function measure(page, edit, number, signal) {
  await page.evaluate((mark) => { window.hotReloadMark = mark; }, number);
  signal.throwIfAborted();
  const begun = performance.now();
  edit.apply(number);
  await page.getByRole('heading', { level: 1, name: edit.wording(number) }).waitFor({ state: 'visible', timeout: 0 });
  const latency = Math.round(performance.now() - begun);
  signal.throwIfAborted();
  const kept = await page.evaluate(() => window.hotReloadMark);
  return { latency_ms: latency, kind: kept === number ? 'hot' : 'full' };
}

async function run({ iterations }, signal) {
  const app = join(top, 'apps/frontend');
  const edit = new PageEdit(join(app, 'app/page.tsx'), randomBytes(4).toString('hex'));
  if (edit.wasLeft) console.error('measure-hot-reload: took out of the page what a killed run had left in it');
  undo.push(async () => edit.restore());
  process.on('exit', () => edit.restore());
  console.error('measure-hot-reload: starting the development server');
  const server = await DevServer.start(app, buildDirectory);
  undo.unshift(() => server.end());
  const browser = await openBrowser();
  undo.unshift(() => browser.close());
  await server.ready(signal);
  const page = await browser.newPage();
  await page.goto(server.url);
  // It shows "checking" until its scripts run.
  await page.locator('.badge.UP, .badge.DOWN').waitFor({ timeout: 0 });
  const edits = [];
  for (let i = 1; i <= iterations; ++i) {
    edits.push(await measure(page, edit, i, signal));
    console.error(`measure-hot-reload: edit ${i} of ${iterations}: ${edits.at(-1).latency_ms} ms, ${edits.at(-1).kind}`);
  }
  return edits;
}

function failed(error, json) {
  const code = error.code === 2 ? 2 : overTarget;
  const said = { component: 'HOT_RELOAD', message: error.message.trim(), remedy: error.remedy ?? 'correct what it says and run it again' };
  console.error(`[${said.component}] ${said.message} | ${said.remedy}`);
  if (json) console.log(JSON.stringify({ error: said }));
  return code;
}

async function main() {
  let given;
  try {
    given = options();
  } catch (error) {
    return failed(error, false);
  }
  if (given.help) {
    console.log(usage);
    return 0;
  }
  const stop = new AbortController();
  const stopped = new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason)));
  stopped.catch(() => {});
  let interrupted = 0;
  for (const [name, code] of Object.entries(signalCodes))
    process.on(name, () => {
      interrupted ||= code;
      stop.abort(new Refusal('interrupted', 'run it again'));
    });
  const limit = setTimeout(() => stop.abort(new Refusal(`not measured within ${given.limitMs / 1000} s`,
    'give it more with --limit, or see whether the page works: (cd apps/frontend && npm run dev)', overTarget)), given.limitMs);
  try {
    const result = summary(await Promise.race([run(given, stop.signal), stopped]), given.targetMs);
    console.log(given.json ? JSON.stringify(result) : text(result, given.symbols));
    return result.within_target ? 0 : overTarget;
  } catch (error) {
    if (interrupted) {
      console.error('measure-hot-reload: interrupted; the page is as it was');
      return interrupted;
    }
    return failed(error, given.json);
  } finally {
    clearTimeout(limit);
    await takeBack();
  }
}

process.exitCode = await main();
process.exit();
