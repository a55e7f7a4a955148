// What a person does first, in a real browser: opens the page, sees that the backend is up, makes a student and sees the
// student in the table, also after a reload. Used by tools/check-apps.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Refusal, openBrowser } from './chromium.mjs';

const usage = `tools/check-apps [URL] [--limit S]
Opens the frontend (http://127.0.0.1:3000) in headless Chromium, sees the backend's health, makes a student and sees the
student after a reload. Exit 0: all of it was seen within --limit seconds (60); 5: not; 2: wrong use, or something is not
installed.`;

async function steps(page, url) {
  const said = [];
  page.on('pageerror', (error) => said.push(error.message));
  const step = async (what, act) => {
    try {
      await act();
    } catch (error) {
      throw new Error(`${what}: ${error.message.split('\n')[0]}${said.map((line) => `\n  the page said: ${line}`).join('')}`);
    }
    console.log(what);
  };
  const name = `Browser ${randomBytes(4).toString('hex')}`;
  const form = page.locator('form', { has: page.getByText('New student') });
  const row = page.getByRole('row', { name: new RegExp(name) });
  await step(`the page ${url} is shown`, async () => {
    const answer = await page.goto(url);
    if (!answer.ok()) throw new Error(`HTTP ${answer.status()}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  });
  await step('it says that the backend is up', () => page.locator('.badge.UP').waitFor());
  await step('its form makes a student', async () => {
    await form.getByLabel('Name').fill(name);
    await form.getByLabel('E-mail').fill(`${name.replace(' ', '.').toLowerCase()}@example.org`);
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText(/^Student \d+ is made\.$/).waitFor();
  });
  // The page shows the first fifty; who is beyond them is counted.
  const shown = async () => {
    const caption = await page.getByRole('table').first().locator('caption').innerText();
    if (!caption.startsWith('The first')) await row.waitFor();
  };
  await step('the table shows the student', shown);
  await page.reload();
  await step('and does so after a reload', shown);
  if (said.length > 0) throw new Error(`the page reported errors: ${said.join('; ')}`);
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    limit: { type: 'string', default: '60' }, help: { type: 'boolean', default: false } } });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (positionals.length > 1 || !/^[1-9]\d{0,3}$/.test(values.limit)) throw new Refusal('one URL and whole seconds are wanted', 'run: tools/check-apps --help');
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(1000 * Number(values.limit));
    await steps(page, positionals[0] ?? 'http://127.0.0.1:3000');
    return 0;
  } finally {
    await browser.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const wrongUse = error.code === 2 || String(error.code).startsWith('ERR_PARSE_ARGS');
  console.error(`[BROWSER] ${error.message} | ${error.remedy ?? (wrongUse ? 'run: tools/check-apps --help' : 'see: make local-health')}`);
  process.exitCode = wrongUse ? 2 : 5;
}
