import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {RunEvent} from '../../src/journal/event.ts';
import {startOpenClDevice} from '../../src/tensor/engines/opencl/start-opencl-engine.ts';
import {unlessUnavailable} from '../support/engines/gpu/software-gpu.ts';
import {assertFinished, eventsOf, RealProgram} from '../support/program/real-program.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('one, two and four devices in software distil and evaluate the same bytes', async (t) => {
  const found = await unlessUnavailable(() => startOpenClDevice({software: true}));
  if (typeof found === 'string') {
    t.skip(found);
    return;
  }
  found.device.close();
  await using folder = await TemporaryFolder.create();
  const program = new RealProgram(folder.path, 'test/fixtures/runs/several-devices.yaml');
  const outputs: ReadonlyMap<string, string>[] = [];
  for (const devices of [1, 2, 4]) {
    const tokens = Array.from({length: devices}, (_, i) => `software:${i}`);
    const words = ['--engine', 'opencl', '--devices', tokens.join()];
    const events = await eventsOf(program.start(`on-${devices}`, {devices}, ...words));
    assertFinished(events);
    for (const stage of ['distilled', 'scores']) {
      assert.deepEqual(
        devicesOf(stage, events),
        tokens.map((token) => `gpu:${token}`),
      );
      assert.equal(enginesOf(stage, events) ?? 1, devices);
    }
    outputs.push(await program.outputs(`on-${devices}`));
  }
  const [one, two, four] = outputs;
  assert.deepEqual(two, one);
  assert.deepEqual(four, one);
});

/** The devices that an instance was given. */
function devicesOf(stage: string, events: readonly RunEvent[]): readonly string[] | undefined {
  return events.flatMap((event) =>
    event.kind === 'started' && String(event.instance) === stage ? [event.devices] : [],
  )[0];
}

/** The number of engines that computed an instance, by its record. Absent: one. */
function enginesOf(stage: string, events: readonly RunEvent[]): unknown {
  return events.flatMap((event) =>
    event.kind === 'finished' && String(event.instance) === stage
      ? [event.record.provenance['gpus']]
      : [],
  )[0];
}
