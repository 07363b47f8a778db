import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Chromium, skipWithoutChromium} from '../support/rigs/chromium.ts';
import {FakeBrowser} from '../support/rigs/fake-browser.ts';
import {Gate} from '../support/program/gate.ts';
import {Rig} from '../support/program/rig.ts';

test(
  'while a run goes on its page changes in place: what is open, focused and scrolled to stays',
  {skip: skipWithoutChromium},
  async () => {
    await using rig = await Rig.create();
    await using gate = await Gate.open(rig.folder);
    await using browser = await Chromium.start();
    await rig.write(
      'p.yaml',
      `stages:
  word: {uses: say, matrix: {n: {count: 3}}, with: {text: "a\${matrix.n}", gate: '${gate.path}'}}
  all: {uses: join, inputs: {parts: "word.out[*]"}}
`,
    );
    const run = rig
      .with({
        DISPLAY: '',
        WAYLAND_DISPLAY: '',
      })
      .start(['run', 'p.yaml', '--open', '--jobs', '3']);
    const printed = await run.line('http://127.0.0.1:');
    const arrivals = [await gate.arrival(), await gate.arrival(), await gate.arrival()];
    await using watched = await browser.open(/http:\S+/.exec(printed)![0], {
      viewport: {width: 900, height: 400},
    });
    const {page} = watched;
    await page.locator('.outcome-running').waitFor();
    // These stages never ran before, so the remaining time is unknown, and must not be shown as 0 s.
    assert.match((await page.locator('.tile').nth(1).textContent())!, /^Left(–|not known)/);
    await page.getByRole('button', {name: 'word', exact: false}).first().click();
    await page.locator('.row .mark.state-running').nth(2).waitFor();
    arrivals[0]!.let('go');
    const settings = page.locator('.panel details');
    await settings.waitFor();
    await settings.locator('summary').click();
    const row = page.locator('.row').nth(1);
    await row.focus();
    await page.evaluate('scrollTo(0, 300)');
    const isOpen = 'document.querySelector(".panel details").open';
    const top = async (): Promise<number> => (await row.boundingBox())!.y;
    const [before, wasOpen] = [await top(), await page.evaluate(isOpen)];
    await page.evaluate('document.activeElement.isTheSame = true');
    for (const arrival of arrivals.slice(1)) arrival.let('go');
    await page.locator('.outcome-ok').waitFor();
    assert.equal(await page.locator('.row .mark.state-finished').count(), 3);
    // The row may move a little: results have appeared above it, and the progress line is gone.
    assert.ok(Math.abs((await top()) - before) < 100, `${await top()}, ${before}`);
    assert.equal(await page.evaluate(isOpen), wasOpen);
    assert.equal(await page.evaluate('document.activeElement.isTheSame'), true);
    await page.locator('.link-state.ended').waitFor();
    assert.equal(await page.locator('.link-state').textContent(), 'Ended');
    assert.equal((await run.finished).code, 0);
    // The page remains when the server has ended.
    assert.equal(await page.locator('h1').textContent(), 'p');
    const own = new URL(page.url()).origin;
    assert.ok(
      watched.requests.every((url) => url.startsWith(own)),
      String(watched.requests),
    );
    assert.deepEqual(watched.faults, []);
  },
);

test('the argument of the browser leads to the page', {skip: skipWithoutChromium}, async () => {
  await using rig = await Rig.ran('stages: {only: {uses: say, with: {text: a}}}\n');
  const called = await FakeBrowser.in(rig);
  await using browser = await Chromium.start();
  const program = rig.with(called.environment).start(['ui', 'latest']);
  const [address] = /http:\S+/.exec(await program.line('http://127.0.0.1:'))!;
  await using watched = await browser.open(await called.opened());
  await watched.page.locator('.outcome-ok').waitFor();
  assert.equal(watched.page.url(), address);
  assert.equal(await watched.page.evaluate('document.referrer'), '');
  assert.deepEqual(watched.faults, []);
});
