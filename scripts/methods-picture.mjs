// Makes docs/methods.png: the digits of some methods below each other, from the newest run in a store, which must be one of
// pipelines/tables/methods-on-a-cpu.yaml. Usage: node scripts/methods-picture.mjs STORE. Needs Chromium: /usr/bin/chromium,
// or the path in CHROMIUM.
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';

const rows = {
  random: 'coreset,set=random.png',
  herding: 'coreset,set=herding.png',
  DC: 'gradients,set=DC.clipped.png',
  DSA: 'gradients,set=DSA.clipped.png',
  DM: 'distributions.clipped.png',
  MTT: 'trajectories,set=MTT.clipped.png',
  TESLA: 'trajectories,set=TESLA.clipped.png',
  ATT: 'trajectories,set=ATT.clipped.png',
  DATM: 'datm.clipped.png',
};

const runs = path.join(process.argv[2], 'runs');
const results = path.join(runs, readdirSync(runs).sort().at(-1), 'results');
const lines = Object.entries(rows).map(([name, file]) => {
  const data = readFileSync(path.join(results, file)).toString('base64');
  return `<tr><th>${name}</th><td><img src="data:image/png;base64,${data}"></td></tr>`;
});
const style =
  'body {margin: 0} th {font: 16px sans-serif; text-align: left; width: 80px} img {width: 571px; display: block}';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const tab = await browser.newPage({viewport: {width: 700, height: 600}});
  await tab.setContent(`<style>${style}</style><table>${lines.join('')}</table>`);
  const file = fileURLToPath(new URL('../docs/methods.png', import.meta.url));
  await tab.locator('table').screenshot({path: file});
} finally {
  await browser.close();
}
