import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {readPageCode} from '../../../../src/cli/page/page-code.ts';
import {PageServer} from '../../../../src/cli/page/page-server.ts';
import {StoreSite} from '../../../../src/cli/page/store-site.ts';
import {installationOf} from '../../../../src/cli/installation.ts';
import {offers} from '../../../../stages/offers.ts';
import {Chromium, skipWithoutChromium} from '../../../support/rigs/chromium.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';
import {done, over, runStart, shownRun, toldAt} from '../../../support/rigs/told-run.ts';
import {withSet, writeEvents} from '../../../support/rigs/told-runs.ts';

/** A name that harms a page or an address in which it is not escaped. */
const hostile = `<img src=x onerror="document.title='harm'">,&#?%2e`;

describe('runs in a browser', {skip: skipWithoutChromium}, () => {
  let browser: Chromium;
  let folder: TemporaryFolder;
  let server: PageServer;
  before(async () => {
    browser = await Chromium.start();
    folder = await TemporaryFolder.create();
    const store = {root: folder.path};
    const events = await shownRun(store);
    for (const [run, rate] of Object.entries({'2026-a': '2', '2026-b': '30', [hostile]: '4'})) {
      await writeEvents(store, run, [
        ...withSet(events, {rate}),
        ...(rate === '4' ? [] : toldAt([9000, over('ok')])),
      ]);
    }
    const installation = installationOf(
      new URL('../../../../src/cli/main.js', import.meta.url).href,
    );
    const site = new StoreSite(store, offers.drawings);
    server = await PageServer.start(site, readPageCode(installation), 0);
  });
  after(async () => {
    await server.close();
    await browser[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('the keyboard chooses two runs, compares them, looks at one and comes back to the choice', async () => {
    await using watched = await browser.open(server.url);
    const {page} = watched;
    await page.locator('tbody tr').nth(2).waitFor();
    for (const run of ['2026-b', '2026-a']) {
      await page.getByLabel(`Choose ${run}`).focus();
      await page.keyboard.press('Space');
    }
    await page.getByRole('link', {name: 'Compare 2 runs'}).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', {name: '2 runs, side by side'}).waitFor();
    const parameters = page.locator('#parameters tbody tr');
    assert.deepEqual(await parameters.locator('th, td').allTextContents(), ['rate', '30', '2']);
    // Both runs have the same results: each curve and picture is there once, and belongs to both.
    assert.match(
      (await page.locator('#curves .plot').first().getAttribute('aria-label'))!,
      /\. A, B: 1 at iteration 1/,
    );
    assert.match((await page.locator('#images .picture').first().textContent())!, /A, B/);
    await page.locator('#curves canvas').first().waitFor();
    await page.locator('.compared-runs a', {hasText: '2026-a'}).click();
    await page.locator('.outcome-ok').waitFor();
    assert.equal(await page.locator('h1').textContent(), 'told');
    await page.goBack();
    // The page of the run has such a link, too, which leads to the list without a choice.
    await page.getByRole('heading', {name: '2 runs, side by side'}).waitFor();
    await page.getByRole('link', {name: 'All runs'}).click();
    await page.getByRole('link', {name: 'Compare 2 runs'}).waitFor();
    assert.equal(await page.getByLabel('Choose 2026-b').isChecked(), true);
    assert.deepEqual(watched.faults, []);
    const own = new URL(server.url).origin;
    assert.ok(watched.requests.every((url) => url.startsWith(own)));
  });

  test('a column sorts the runs, again the other way round, and tells so', async () => {
    await using watched = await browser.open(server.url);
    const {page} = watched;
    const column = page.getByRole('columnheader', {name: 'Set'});
    const set = (): Promise<string[]> => page.locator('td.set').allTextContents();
    await column.getByRole('button').click();
    assert.deepEqual(await set(), ['rate=2', 'rate=4', 'rate=30']);
    assert.equal(await column.getAttribute('aria-sort'), 'ascending');
    await column.getByRole('button').click();
    assert.deepEqual(await set(), ['rate=30', 'rate=4', 'rate=2']);
    assert.equal(await column.getAttribute('aria-sort'), 'descending');
  });

  test('names of runs are text, in the list, in addresses and beside each other', async () => {
    await using watched = await browser.open(server.url);
    const {page} = watched;
    await page.getByLabel(`Choose ${hostile}`).check();
    await page.getByLabel('Choose 2026-a').check();
    await page.getByRole('link', {name: 'Compare 2 runs'}).click();
    await page.locator('.compared-runs a').first().waitFor();
    assert.equal(await page.locator('.compared-runs a').first().textContent(), hostile);
    await page.locator('.compared-runs a').first().click();
    await page.locator('.outcome-killed').waitFor();
    assert.equal(await page.title(), '✗ told');
    assert.deepEqual(watched.faults, []);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds no barrier, and nothing is wider than a window (${colorScheme})`, async () => {
      for (const width of [360, 800, 1400]) {
        const options = {colorScheme, viewport: {width, height: 800}};
        await using list = await browser.open(`${server.url}#2026-a,2026-b`, options);
        await list.page.locator('.primary').waitFor();
        assert.deepEqual(await list.barriers(), [], String(width));
        await list.assertFits();
        const address = `${server.url}compare/2026-a,2026-b,${encodeURIComponent(hostile)}/`;
        await using compared = await browser.open(address, options);
        await compared.page.locator('#curves canvas').first().waitFor();
        assert.deepEqual(await compared.barriers(), [], String(width));
        await compared.assertFits();
      }
    });
  }

  test('runs that arrive before the first frame are shown', async () => {
    await using watched = await browser.open('about:blank');
    const {page} = watched;
    // Frames come late, as in a browser that is busy or hidden.
    await page.addInitScript(`{
      const wait = setTimeout;
      setTimeout = (action, ms) => wait(action, ms + 2000);
      requestAnimationFrame = (action) => wait(action, 2000);
    }`);
    await page.goto(server.url);
    await page.locator('tbody tr').nth(2).waitFor();
  });

  test('a run that begins and ends appears, changes and keeps the choice', async () => {
    await using watched = await browser.open(server.url);
    const {page} = watched;
    await page.getByLabel('Choose 2026-a').check();
    const store = {root: folder.path};
    await writeEvents(store, '2026-new', runStart([{name: 'x'}]));
    const line = page.locator('tr', {hasText: '2026-new'});
    await line.locator('.outcome-killed').waitFor();
    await writeEvents(store, '2026-new', toldAt([1, done('x')], [2, over('ok')]));
    await line.locator('.outcome-ok').waitFor();
    assert.equal(await page.getByLabel('Choose 2026-a').isChecked(), true);
  });
});
