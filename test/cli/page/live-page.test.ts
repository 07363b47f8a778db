import assert from 'node:assert/strict';
import {EventEmitter} from 'node:events';
import type {ServerResponse} from 'node:http';
import path from 'node:path';
import {test} from 'node:test';
import {LivePage} from '../../../src/cli/page/live-page.ts';
import {runSource} from '../../../src/cli/page/live-source.ts';
import {offers} from '../../../stages/offers.ts';
import {Rig} from '../../support/program/rig.ts';

test('a page is left when nobody opens it, when its last viewer left before, and when the last one leaves', async () => {
  await using rig = await Rig.ran('stages: {only: {uses: say, with: {text: a}}}\n');
  const [run] = await rig.runs();
  const pageWith = (waits: {readonly reloadMs: number; readonly firstMs: number}) =>
    new LivePage(runSource({root: path.join(rig.folder, 'artifacts')}, run!, offers.drawings), {
      waits,
    });
  const never = 1 << 30;
  // The timers of a page keep no process alive.
  const awake = setInterval(() => undefined, never);
  await pageWith({reloadMs: never, firstMs: 1}).left();

  const page = pageWith({reloadMs: 1, firstMs: never});
  assert.equal(page.wasViewed, false);
  const closed = viewer();
  page.send(closed);
  closed.emit('close');
  assert.equal(page.wasViewed, true);
  await page.left();

  const last = viewer();
  page.send(last);
  const left = page.left();
  last.emit('close');
  await left;
  await page.end();
  clearInterval(awake);
});

/** What a page sends to, without a connection. */
function viewer(): ServerResponse {
  const nothing = (): void => undefined;
  const response = {flushHeaders: nothing, write: nothing, end: nothing, writableLength: 0};
  return Object.assign(new EventEmitter(), response) as unknown as ServerResponse;
}
