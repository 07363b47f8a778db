/** Transparent stage types for tests: they work on short texts, and stop where the test wants them to. */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {digestOf} from '../../../src/base/digest.ts';
import {defineContract} from '../../../src/contract/contract.ts';
import type {Registry, StageType} from '../../../src/contract/registry.ts';
import {StageError, type StageContext} from '../../../src/contract/stage.ts';
import {
  CapacityError,
  DeviceLostError,
  ShaderError,
} from '../../../src/tensor/engines/gpu/errors.ts';
import {media} from '../../../stages/shared/media.ts';
import {passGate} from '../program/gate.ts';
import {waits} from '../rigs/waits.ts';

const text = {media: 'text', summary: 'a text'} as const;
const gate = {type: 'string', default: '', description: 'socket of the gate to wait at'} as const;

/** Writes its text after it has passed the gate. */
const say = defineContract({
  type: 'say',
  version: 1,
  summary: 'writes a text',
  params: {text: {type: 'string', description: 'the text'}, gate},
  inputs: {},
  outputs: {out: text},
  facts: ({params}) => ({length: params.text.length}),
});

async function runSay(context: StageContext<typeof say>): Promise<void> {
  const {params} = context;
  context.log(`saying ${params.text}`);
  if (params.text === 'careful') context.warn('That was a warning.');
  const command = await passGate(params.gate, params.text, process.pid);
  if (command === 'fail') throw new StageError('The stage was told to fail.');
  if (command === 'crash') throw new TypeError('crashed as told');
  if (command === 'lose-device') throw new DeviceLostError('The GPU was lost: as told');
  if (command === 'fill-device') throw new CapacityError('The GPU has no room for 8 GB.');
  if (command === 'puzzle-device') throw new ShaderError('The GPU refuses the kernel "sum"');
  await writeFile(context.output('out'), params.text);
}

/** Joins texts. */
const join = defineContract({
  type: 'join',
  version: 1,
  summary: 'joins texts',
  params: {between: {type: 'string', default: '+', description: 'what goes between'}},
  inputs: {parts: {...text, many: true}},
  outputs: {out: text},
  facts: ({inputs}) => {
    const lengths = inputs.parts.map(({facts}) => Number(facts['length']));
    return {length: lengths.reduce((sum, length) => sum + length, 0)};
  },
});

/** Joins the texts that exist. */
const gather = defineContract({
  ...join,
  type: 'gather',
  inputs: {parts: {...text, many: true, partial: true}},
});

async function runJoin(context: StageContext<typeof join>): Promise<void> {
  const parts = await Promise.all(context.inputs.parts.map((file) => readFile(file, 'utf8')));
  await writeFile(context.output('out'), parts.join(context.params.between));
}

/** Splits a text into pieces, one per artifact, which count as large. */
const split = defineContract({
  type: 'split',
  version: 1,
  summary: 'takes a text apart',
  params: {pieces: {type: 'integer', default: 2, description: 'how many pieces'}},
  inputs: {of: text},
  outputs: {out: {...text, many: true, bulky: true}},
});

async function runSplit(context: StageContext<typeof split>): Promise<void> {
  const {pieces} = context.params;
  const whole = await readFile(context.inputs.of[0]!, 'utf8');
  for (let index = 0; index < pieces; index++) {
    const [from, to] = [index, index + 1].map((n) => Math.floor((n * whole.length) / pieces));
    await writeFile(context.output('out', index), whole.slice(from, to));
  }
}

/** Gives only the length of a text: texts of the same length give the same bytes. */
const measure = defineContract({
  type: 'measure',
  version: 1,
  summary: 'measures a text',
  params: {},
  inputs: {of: text},
  outputs: {out: text, table: {media: 'markdown', summary: 'the length, for people'}},
});

async function runMeasure(context: StageContext<typeof measure>): Promise<void> {
  const {length} = await readFile(context.inputs.of[0]!, 'utf8');
  await writeFile(context.output('out'), String(length));
  await writeFile(context.output('table'), `| length |\n| ---: |\n| ${length} |\n`);
}

/** Reverses a text: has the same input as `measure`, and another output. */
const reverse = defineContract({
  type: 'reverse',
  version: 1,
  summary: 'turns a text round',
  params: {},
  inputs: {of: text},
  outputs: {out: text},
});

async function runReverse(context: StageContext<typeof reverse>): Promise<void> {
  const whole = await readFile(context.inputs.of[0]!, 'utf8');
  await writeFile(context.output('out'), Array.from(whole).toReversed().join(''));
}

/**
 * Hashes a text repeatedly, saves a checkpoint at every step, and stops at the gate at one of them. A file with the
 * text, finished at the start, belongs to every checkpoint.
 */
const churn = defineContract({
  type: 'churn',
  version: 1,
  summary: 'hashes a text many times',
  params: {
    text: {type: 'string', description: 'the text'},
    steps: {type: 'integer', description: 'how often'},
    stopAt: {type: 'integer', default: -1, description: 'the step to stop at the gate before'},
    gate,
  },
  inputs: {},
  outputs: {out: text},
});

async function runChurn(context: StageContext<typeof churn>): Promise<void> {
  const {params} = context;
  const saved = await context.checkpoint.latest();
  const {step: first, value: start} =
    saved === undefined
      ? {step: 0, value: params.text}
      : (JSON.parse(Buffer.from(saved.get('state')!).toString()) as {step: number; value: string});
  let value = start;
  context.log(`from step ${first}`);
  const finished = `${context.output('out')}.text`;
  if (saved === undefined) await writeFile(finished, params.text);
  else await context.checkpoint.takeFile('text', finished);
  const files = new Map([['text', finished]]);
  for (let step = first; step < params.steps; step++) {
    const state = Buffer.from(JSON.stringify({step, value}));
    await context.checkpoint.offer(() => new Map([['state', state]]), files);
    if (step === params.stopAt) await passGate(params.gate, `step ${step}`, process.pid);
    value = digestOf(value);
    context.progress({done: step + 1, total: params.steps, unit: 'steps', note: value.slice(0, 6)});
  }
  if ((await readFile(finished, 'utf8')) !== params.text) throw new Error('the file was lost');
  await writeFile(context.output('out'), value);
}

/** Writes something else each time, as a stage that is not deterministic does. */
const drift = defineContract({
  type: 'drift',
  version: 1,
  summary: 'writes its process id',
  params: {gate},
  inputs: {},
  outputs: {out: text},
});

async function runDrift(context: StageContext<typeof drift>): Promise<void> {
  await passGate(context.params.gate, 'drift', process.pid);
  await writeFile(context.output('out'), String(process.pid));
}

/** Reports at the gate, and writes, the GPUs that it sees. */
const look = defineContract({
  type: 'look',
  version: 1,
  summary: 'looks at its GPUs',
  params: {text: {type: 'string', description: 'whatever tells it from others'}, gate},
  inputs: {},
  outputs: {out: text},
});

async function runLook(context: StageContext<typeof look>): Promise<void> {
  const {CUDA_VISIBLE_DEVICES: visible, CUDA_DEVICE_ORDER: order} = process.env;
  await passGate(context.params.gate, `${context.params.text} sees ${visible}`, process.pid);
  await writeFile(context.output('out'), `${visible} ${order}`);
}

/** Fills the heap, unless it has a checkpoint. */
const hog = defineContract({
  type: 'hog',
  version: 1,
  summary: 'runs out of memory once',
  params: {},
  inputs: {},
  outputs: {out: text},
});

async function runHog(context: StageContext<typeof hog>): Promise<void> {
  if ((await context.checkpoint.latest()) === undefined) {
    await context.checkpoint.offer(() => new Map([['seen', Buffer.from('once')]]));
    for (const kept: string[][] = []; ;) kept.push('filling the heap '.repeat(99).split(''));
  }
  await writeFile(context.output('out'), 'had enough');
}

/** Stands for a stage with tensor programs: writes the engine that it was told to start. */
const reckon = defineContract({
  type: 'reckon',
  version: 1,
  summary: 'says what it would compute on',
  params: {text: {type: 'string', description: 'whatever tells it from others'}},
  inputs: {of: {...text, optional: true}},
  outputs: {out: text},
  engine: true,
});

async function runReckon(context: StageContext<typeof reckon>): Promise<void> {
  const {name, numerics, software} = context.engine;
  context.provenance({engine: name});
  const where = software === true ? ' in software' : '';
  await writeFile(context.output('out'), `${numerics} on ${name}${where}`);
}

/** Waits for events of many kinds, one after the other, and optionally for one that never comes. */
const linger = defineContract({
  type: 'linger',
  version: 1,
  summary: 'waits',
  params: {forever: {type: 'boolean', default: false, description: 'whether it never ends'}},
  inputs: {},
  outputs: {out: text},
});

async function runLinger(context: StageContext<typeof linger>): Promise<void> {
  await writeFile(context.output('out'), 'waited');
  if (context.params.forever) await new Promise(() => undefined);
  for (const wait of waits) await wait();
}

/** Starts a program in a session of its own, and leaves it running after the gate. */
const litter = defineContract({
  type: 'litter',
  version: 1,
  summary: 'leaves a process running',
  params: {gate, crash: {type: 'boolean', default: false, description: 'whether it then crashes'}},
  inputs: {},
  outputs: {out: text},
});

async function runLitter(context: StageContext<typeof litter>): Promise<void> {
  const {params} = context;
  const program = fileURLToPath(new URL('../program/gate-program.js', import.meta.url));
  spawn(process.execPath, [program, params.gate, 'left'], {
    detached: true,
    stdio: 'ignore',
  }).unref();
  await passGate(params.gate, 'stage', process.pid);
  if (params.crash) setImmediate(() => assert.fail('crashed as told'));
  await setTimeout(10);
  await writeFile(context.output('out'), 'littered');
}

/** Declares a picture and writes half of one. */
const torn = defineContract({
  type: 'torn',
  version: 1,
  summary: 'breaks its contract',
  params: {},
  inputs: {},
  outputs: {picture: {media: 'image', summary: 'a picture'}},
});

/** Versions other than 1, as if the code had changed: `…/scripted-registry.js?say=2`. */
const versions = new URL(import.meta.url).searchParams;

function stageType(contract: StageType['contract'], run: unknown): [string, StageType] {
  const version = Number(versions.get(contract.type) ?? contract.version);
  const load = (): unknown => Promise.resolve(run);
  return [contract.type, {contract: {...contract, version, media}, load} as StageType];
}

export const registry: Registry = new Map([
  stageType(say, runSay),
  stageType(join, runJoin),
  stageType(gather, runJoin),
  stageType(split, runSplit),
  stageType(measure, runMeasure),
  stageType(reverse, runReverse),
  stageType(churn, runChurn),
  stageType(drift, runDrift),
  stageType(hog, runHog),
  stageType(look, runLook),
  stageType(reckon, runReckon),
  stageType(linger, runLinger),
  stageType(litter, runLitter),
  stageType(torn, (context: StageContext<typeof torn>) =>
    writeFile(context.output('picture'), Buffer.from([0x89, 0x50, 0x4e, 0x47])),
  ),
]);
