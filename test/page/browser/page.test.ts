import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {imageGrid} from '../../../src/learning/pictures/image-grid.ts';
import {writeTable} from '../../../src/learning/codecs/table-arrow.ts';
import type {StageRecord} from '../../../src/store/records/record.ts';
import type {RunEvent} from '../../../src/journal/event.ts';
import {fanned} from '../../support/rigs/fanned-graph.ts';
import {Chromium, skipWithoutChromium, type Watched} from '../../support/rigs/chromium.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';
import {stored, writeSet} from '../../support/texts/shown-results.ts';
import {
  begun,
  done,
  keyOf,
  over,
  runStart,
  shownRun,
  toldAt,
  writePage,
} from '../../support/rigs/told-run.ts';

/** Text that harms a page in which it is not escaped. */
const hostile = `</script><script>document.title='harm'</script><img src=x onerror="document.title='harm'">"'&`;

describe('the page of a run, in Chromium', {skip: skipWithoutChromium}, () => {
  let browser: Chromium;
  let folder: TemporaryFolder;
  before(async () => {
    browser = await Chromium.start();
    folder = await TemporaryFolder.create();
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const opened = async (
    events: readonly RunEvent[],
    options: Parameters<Chromium['open']>[1] = {},
  ): Promise<Watched> => {
    const url = await writePage(events, {root: folder.path}, folder.file('page.html'));
    return await browser.open(url, options);
  };
  /** Publishes an artifact; gives the output that consists of it. */
  const madeOutput = async (
    media: string,
    write: (file: string) => Promise<void>,
  ): Promise<StageRecord['outputs'][string]> => {
    const [, artifact] = await stored({root: folder.path}, write, media);
    return {media, artifacts: [artifact]};
  };
  const shown = async (options: Parameters<Chromium['open']>[1] = {}): Promise<Watched> =>
    await opened(await shownRun({root: folder.path}), options);

  test('a file shows everything, asks for nothing and breaks no rule of its own policy', async () => {
    await using watched = await shown();
    const {page} = watched;
    assert.deepEqual(await page.locator('main h2[id]').allTextContents(), [
      'Results',
      'Images',
      'Curves',
      'Pipeline',
      'Timeline',
      'Histograms',
      'About',
    ]);
    assert.equal(await page.locator('h1').textContent(), 'told');
    await page.locator('.plot canvas').nth(1).waitFor({state: 'attached'});
    assert.deepEqual(watched.requests, [page.url()]);
    assert.deepEqual(watched.faults, []);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds no barrier on a ${colorScheme} page, nor with its dialogs open`, async () => {
      const events = [...(await shownRun({root: folder.path})), ...toldAt([9000, over('ok')])];
      await using watched = await opened(events, {colorScheme});
      const {page} = watched;
      assert.equal(await page.locator('.outcome-ok').count(), 1);
      assert.deepEqual(await watched.barriers(), []);
      await page.locator('.picture').first().click();
      assert.deepEqual(await watched.barriers(), []);
      await page.keyboard.press('Escape');
      await page.locator('.row').first().click();
      assert.deepEqual(await watched.barriers(), []);
    });
  }

  test('nothing is wider than a telephone, with dialogs and everything unfolded', async () => {
    for (const width of [360, 768]) {
      await using watched = await shown({viewport: {width, height: 740}});
      const {page} = watched;
      await watched.assertFits();
      for (const summary of await page.locator('summary').all()) await summary.click();
      await watched.assertFits();
      await page.locator('.row').first().click();
      await watched.assertFits();
    }
  });

  test('the keyboard gets everywhere: past the links, to a stage, into an instance and back', async () => {
    await using watched = await shown();
    const {page} = watched;
    const focused = (): Promise<unknown> => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the content');
    await page.keyboard.press('Enter');
    // Tab moves the focus from the graph to its first box.
    await page.locator('.graph').focus();
    await page.keyboard.press('Tab');
    assert.match(String(await focused()), /distilled.*distill: 1 ran$/);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.panel h3').textContent(), 'distilled distill');
    const row = page.locator('.panel .row').first();
    await row.focus();
    await page.evaluate('document.activeElement.isTheRow = true');
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[open]');
    assert.equal(await dialog.locator('h2').textContent(), 'distilled');
    await page.keyboard.press('Escape');
    await dialog.waitFor({state: 'hidden'});
    assert.equal(await page.evaluate('document.activeElement.isTheRow'), true);
  });

  test('a wide drawing of instances begins at its start and says where there is more', async () => {
    const graphs = fanned({expert: 12, scores: 2});
    const events = runStart([]).map((event) =>
      event.kind === 'planned' ? {...event, ...graphs} : event,
    );
    await using watched = await opened(events, {viewport: {width: 500, height: 800}});
    const {page} = watched;
    await page.getByRole('button', {name: 'Instances', exact: true}).click();
    await page.locator('.node', {hasText: '×12'}).waitFor();
    assert.equal(await page.locator('.node').count(), 5);
    // The experts share one box, which a click opens.
    await page.locator('.node', {hasText: '×12'}).click();
    await page.locator('.node').nth(15).waitFor({state: 'attached'});
    assert.equal(await page.locator('.node').count(), 16);
    await page.locator('.graph[data-more="left right"]').waitFor();
    const [box, view] = [
      await page.locator('.node').first().boundingBox(),
      await page.locator('.graph').boundingBox(),
    ];
    assert.ok(box!.x >= view!.x && box!.x + box!.width <= view!.x + view!.width);
    await page.evaluate("document.querySelector('.graph').scrollLeft = 0");
    await page.locator('.graph[data-more=right]').waitFor();
    assert.deepEqual(watched.faults, []);
  });

  test('a drawing that is a little too wide is drawn smaller', async () => {
    const graphs = fanned({left: 1, right: 1});
    const events = runStart([]).map((event) =>
      event.kind === 'planned' ? {...event, ...graphs} : event,
    );
    await using watched = await opened(events, {viewport: {width: 270, height: 800}});
    const {page} = watched;
    await page.locator('.graph[data-more=""]').waitFor();
    const scale = await page.evaluate(
      "document.querySelector('.canvas').getBoundingClientRect().width / parseFloat(document.querySelector('.canvas').style.width)",
    );
    assert.ok(Number(scale) < 1 && Number(scale) > 0.7, String(scale));
  });

  test('texts are named by output and media; tables and pictures can be saved, and a table copied', async () => {
    const table = await madeOutput('markdown', (file) =>
      writeFile(file, '| a |\n| --- |\n| 1 |\n'),
    );
    const numbers = await madeOutput('json', (file) => writeFile(file, '{"n": 1}\n'));
    const outputs = {markdown: table, a: numbers};
    const events = [
      ...(await shownRun({root: folder.path})),
      ...toldAt([9000, begun('t')], [9001, done('t', {outputs})]),
    ];
    const permissions = ['clipboard-read', 'clipboard-write'];
    await using watched = await opened(events, {permissions});
    const {page} = watched;
    const card = page.locator('#results .card').first();
    const saving = page.waitForEvent('download');
    await card.getByRole('link', {name: /^Save \.md/}).click();
    const saved = await saving;
    const text = await readFile(await saved.path(), 'utf8');
    assert.match(text, /\|/);
    assert.match(saved.suggestedFilename(), /\.md$/);
    assert.deepEqual(await card.locator('summary').allTextContents(), ['markdown', 'a (json)']);
    await card.getByRole('button', {name: /^Copy/}).click();
    await card.getByRole('button', {name: /^Copied/}).waitFor();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), text);
    await page.locator('.picture').first().click();
    const [picture] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.lightbox').getByRole('link', {name: /^Save/}).click(),
    ]);
    assert.match(picture.suggestedFilename(), /^distilled-.*\.png$/);
    assert.equal((await readFile(await picture.path())).toString('latin1', 1, 4), 'PNG');
    assert.deepEqual(watched.faults, []);
  });

  test('images have the names of their classes, and many of them only where they are large', async () => {
    const made = async (id: string, labels: readonly number[], classes?: readonly string[]) => {
      const images = Float32Array.from({length: 4 * labels.length}, (_, index) => index % 3);
      const picture = imageGrid(images, {height: 2, width: 2, channels: 1});
      const outputs = {
        synthetic: await madeOutput('synthetic', (file) => writeSet(file, labels, classes)),
        picture: await madeOutput('image', (file) => writeFile(file, picture)),
      };
      return toldAt([0, begun(id)], [1, done(id, {outputs})]);
    };
    const many = Array.from({length: 200}, (_, n) => n);
    await using watched = await opened(
      [
        ...runStart([{name: 'few'}, {name: 'unnamed'}, {name: 'many'}]),
        ...(await made('few', [0, 0, 1, 2], ['circle', '<b>square', 'triangle é'])),
        ...(await made('unnamed', [7, 7])),
        ...(await made(
          'many',
          many,
          many.map((n) => `class number ${n}`),
        )),
        ...toldAt([2, over('ok')]),
      ],
      {viewport: {width: 360, height: 740}},
    );
    const {page} = watched;
    const galleries = page.locator('#images article');
    const captions = (place: number): Promise<string[]> =>
      galleries.nth(place).locator('.captions > span').allTextContents();
    assert.deepEqual(await captions(0), ['circle', '<b>square', 'triangle é']);
    assert.deepEqual(await captions(1), ['7']);
    assert.deepEqual(await captions(2), []);
    assert.match(
      (await galleries.first().locator('button').textContent())!,
      /: 2 × circle, <b>square, triangle é$/,
    );
    await galleries.last().locator('button').click();
    const large = page.locator('.lightbox');
    await large.locator('.captions').nth(19).waitFor();
    assert.equal(await large.locator('.captions > span').count(), 200);
    assert.equal(
      await large.locator('.captions > span').last().getAttribute('title'),
      'class number 199',
    );
    assert.match((await large.locator('img').first().getAttribute('alt'))!, /class number 199$/);
    assert.deepEqual(await watched.barriers(), []);
    await watched.assertFits();
    assert.deepEqual(watched.faults, []);
  });

  test('a failure is a card with the end of its log and the command to run it again', async () => {
    const id = 'b' as InstanceId;
    await mkdir(folder.file('runs/told/logs'), {recursive: true});
    const lines = Array.from({length: 40}, (_, line) => `line ${line}`);
    await writeFile(path.join(folder.path, 'runs/told/logs/1.log'), `${lines.join('\n')}\n`);
    const events = [
      ...runStart([{name: 'a'}, {name: 'b', description: 'Fails.'}, {name: 'c', count: 2}]),
      ...toldAt(
        [0, {kind: 'hit', instance: 'a' as InstanceId, key: keyOf('a'), savedMs: 5000}],
        [0, begun('b')],
        [1, {kind: 'failed', instance: id, cause: {kind: 'stage-error', message: 'no.'}}],
        [1, {kind: 'skipped', instance: 'c[n=0]' as InstanceId, because: id}],
        [1, over('failed', 5000)],
      ),
    ];
    await using watched = await opened(events);
    // The journal does not mention the second instance of c.
    assert.match(
      (await watched.page.locator('.outcome').textContent())!,
      / 1 result is stored, 1 failed, 1 was skipped, 1 was not started\.$/,
    );
    assert.match(
      (await watched.page.locator('.tiles').textContent())!,
      /1 failed.*1 skipped.*1 not started/,
    );
    const box = watched.page.locator('.node', {hasText: 'say: 1 failed; Fails.'});
    assert.equal(await box.getAttribute('title'), 'b: 1 failed\nFails.');
    assert.equal(await watched.page.locator('.panel .prose').textContent(), 'Fails.');
    assert.match(
      (await watched.page.locator('.node').last().textContent())!,
      /: 1 skipped, 1 not started; takes input from b$/,
    );
    const card = watched.page.locator('.failure');
    assert.equal(await card.locator('> pre').textContent(), 'no.');
    assert.equal(await card.locator('details pre').textContent(), lines.slice(-12).join('\n'));
    assert.equal(await card.locator('code').textContent(), 'pipeline run p.yaml b');
    // The share of the work that was stored is not known.
    assert.match(
      (await watched.page.locator('.tiles').textContent())!,
      /1 result was stored already/,
    );
    assert.doesNotMatch((await watched.page.locator('.tiles').textContent())!, /% of all work/);
  });

  test('accuracies are in percent, and many curves are a mean with a band until the reader asks for each', async () => {
    const events = [...runStart([{name: 'expert', count: 8}])];
    for (let n = 0; n < 8; n++) {
      const id = `expert[n=${n}]`;
      const columns = {
        epoch: Int32Array.of(1, 2),
        testAccuracy: Float64Array.of(0.5, (60 + n) / 100),
      };
      const metrics = await madeOutput('metrics', (file) => writeTable(file, columns));
      events.push(...toldAt([n, begun(id)], [n + 1, done(id, {outputs: {metrics}})]));
    }
    await using watched = await opened(events);
    const chart = watched.page.locator('.chart');
    const values = chart.locator('.u-legend .u-value');
    await values.nth(3).waitFor();
    assert.deepEqual(await values.allTextContents(), ['2', '63.5 %', '60 %', '67 %']);
    await chart.getByRole('button', {name: 'Each curve'}).click();
    await chart.locator('.u-legend .u-series').nth(7).waitFor();
    assert.deepEqual(watched.faults, []);
  });

  test('a chart shows its last values while no pointer is over it', async () => {
    await using watched = await shown();
    const chart = watched.page.locator('.chart', {hasText: 'Step size'}).first();
    const values = chart.locator('.u-legend .u-value');
    await values.nth(1).waitFor();
    assert.deepEqual(await values.allTextContents(), ['3', '0.125']);
  });

  test('a picture is enlarged by a click, replaced by its neighbour with an arrow key, and closed with Escape', async () => {
    await using watched = await shown();
    const {page} = watched;
    const small = page.locator('.picture img').first();
    const before = (await small.boundingBox())!;
    await page.locator('.picture').first().focus();
    await page.keyboard.press('Enter');
    const large = page.locator('.lightbox img');
    await large.waitFor();
    assert.ok((await large.boundingBox())!.width > before.width);
    assert.equal(await large.getAttribute('src'), await small.getAttribute('src'));
    const first = await large.getAttribute('alt');
    const count = await page.locator('.gallery').first().locator('li').count();
    for (const _ of Array(count)) await page.keyboard.press('ArrowRight');
    assert.equal(await large.getAttribute('alt'), first);
    await page.keyboard.press('Escape');
    // The browser closes it after the key.
    await large.waitFor({state: 'hidden'});
    assert.equal(await page.locator('dialog[open]').count(), 0);
  });

  test('screen readers get the accuracies as text', async () => {
    await using watched = await shown();
    const row = watched.page.locator('.score-row[role=img]');
    // For the distilled set, the table has the trial at the last iteration.
    assert.equal(
      await row.getAttribute('aria-label'),
      'ConvNet: ours 25.0 ± 0.0 % (1), real 50.0 ± 0.0 % (1)',
    );
  });

  test('a histogram is shown at the iteration that was chosen', async () => {
    await using watched = await shown();
    const {page} = watched;
    const histogram = page.locator('#histograms figure').first();
    const text = (): Promise<string | null> =>
      histogram.locator('[role=img]').getAttribute('aria-label');
    assert.equal(await text(), 'pixels of distilled: 4 values from -2 to 2');
    await histogram.locator('input').focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await text(), 'pixels of distilled: 4 values from -1 to 1');
  });

  test('light and dark follow the system, and a button that is remembered', async () => {
    await using watched = await shown({colorScheme: 'dark'});
    const {page} = watched;
    const ground = (): Promise<unknown> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    // The button is labelled with the theme that a click selects.
    await page.getByRole('button', {name: 'Light'}).click();
    const light = await ground();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await ground(), light);
    await page.getByRole('button', {name: 'Dark'}).click();
    assert.equal(await ground(), dark);
    await page.emulateMedia({colorScheme: 'light'});
    assert.equal(await ground(), dark);
  });

  test('names, parameters, failures and logs are text, whatever they hold', async () => {
    const id = `say[text=${JSON.stringify(hostile)}]` as InstanceId;
    await mkdir(folder.file('runs/told/logs'), {recursive: true});
    await writeFile(
      path.join(folder.path, 'runs/told/logs', `${id.length}.log`),
      `\u001b[31m${hostile}\u001b[39m`,
    );
    const events = [
      ...runStart([{name: 'say', type: hostile, count: 2}], hostile),
      ...toldAt(
        [0, begun(id)],
        [1, {kind: 'failed', instance: id, cause: {kind: 'stage-error', message: hostile}}],
        [1, begun('say[text=b]')],
        [2, done('say[text=b]', {provenance: {[hostile]: hostile}, host: hostile})],
      ),
    ];
    await using watched = await opened(events, {viewport: {width: 360, height: 740}});
    const {page} = watched;
    await watched.assertFits();
    assert.equal(await page.locator('.failure > pre').textContent(), hostile);
    await page.locator('.failure button.text').click();
    assert.equal(await page.locator('dialog[open] pre').textContent(), hostile);
    await page.keyboard.press('Escape');
    await page.locator('.row').last().click();
    assert.ok((await page.locator('dialog[open] dt').allTextContents()).includes(hostile));
    assert.equal(await page.title(), '✗ told');
    assert.equal(await page.locator('img').count(), 0);
    assert.deepEqual(watched.faults, []);
    assert.deepEqual(watched.requests, [page.url()]);
  });

  test('of ten thousand instances a part is drawn at first, and each is found by its name', async () => {
    const ids = Array.from({length: 10_000}, (_, n) => `expert[seed=${n}]`);
    const events = [
      ...runStart([{name: 'data'}, {name: 'expert', count: 10_000}]),
      ...toldAt([0, begun('data')], [1, done('data')]),
      ...ids.flatMap((id, n) => toldAt([n, begun(id, `cpu:${n % 2}`)], [n + 2, done(id)])),
    ];
    await using watched = await opened(events);
    const {page} = watched;
    assert.equal(await page.locator('.node').count(), 2);
    assert.match((await page.locator('.node').last().textContent())!, /10000 ran/);
    assert.equal(await page.locator('.row').count(), 100);
    // Short bars are joined into one, which shows their number.
    assert.ok((await page.locator('.bar').count()) <= 2002);
    assert.match((await page.locator('.bar').nth(1).getAttribute('title'))!, / and \d+ more: /);
    assert.ok(Number(await page.evaluate('document.querySelectorAll("*").length')) < 6000);
    await page.getByRole('searchbox').fill('seed=7777');
    assert.equal(await page.locator('.row').count(), 1);
    await page.locator('.row').click();
    assert.equal(await page.locator('dialog[open] h2').textContent(), 'expert[seed=7777]');
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', {name: 'Show more'}).click();
    assert.equal(await page.locator('.row').count(), 1000);
    assert.deepEqual(watched.faults, []);
  });
});
