// Makes the pictures of docs/ for the README from a real run of the quickstart, which takes about a minute.
// Usage: node scripts/pictures.mjs [STORE]: uses the newest run in a store, which must be one of the quickstart. Needs
// Chromium: /usr/bin/chromium, or the path in CHROMIUM.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'pictures-'));
const store = process.argv[2] ?? path.join(scratch, 'store');
const docs = path.join(root, 'docs');
const page = path.join(scratch, 'report.html');

function pipeline(...args) {
  const program = path.join(root, 'dist/bundle/src/cli/main.js');
  execFileSync(process.execPath, [program, ...args, '--store', store], {
    cwd: root,
    stdio: 'inherit',
  });
}

try {
  if (process.argv[2] === undefined) {
    // In two runs, so that the second finds some results of the first.
    pipeline('run', 'pipelines/quickstart.yaml', '--until', 'buffers');
    pipeline('run', 'pipelines/quickstart.yaml');
  }
  pipeline('report', '-o', page);
  mkdirSync(docs, {recursive: true});
  const run = readdirSync(path.join(store, 'runs')).sort().at(-1);
  const digits = path.join(store, 'runs', run, 'results/distilled.clipped.png');
  writeFileSync(path.join(docs, 'digits.png'), readFileSync(digits));
  await photograph();
} finally {
  rmSync(scratch, {recursive: true, force: true});
}

async function photograph() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    for (const colorScheme of ['light', 'dark']) {
      const tab = await browser.newPage({
        viewport: {width: 1180, height: 900},
        colorScheme,
        reducedMotion: 'reduce',
      });
      await tab.goto(pathToFileURL(page).href);
      await tab.locator('.plot canvas').first().waitFor();
      await tab.screenshot({path: path.join(docs, `report-${colorScheme}.png`)});
      await tab.close();
    }
  } finally {
    await browser.close();
  }
}
