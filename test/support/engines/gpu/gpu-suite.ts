/** The tests that every engine for GPUs must pass, on software that does what a GPU would. */
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import * as fc from 'fast-check';
import type {Engine} from '../../../../src/tensor/engine.ts';
import type {OpKind} from '../../../../src/tensor/op.ts';
import {agree, engineSuite, opCaseTests} from '../engine-suite.ts';
import {learningSuite} from '../learning-suite.ts';
import {opCases, type OpCase} from '../op-cases.ts';
import {convolutionCases, layerCases, momentCases, twoLayers} from './plane-cases.ts';
import {packedOn, pickedBits} from '../packed-images.ts';
import {randomGradient, randomProgram, type RandomProgram} from '../random-program.ts';
import {unlessUnavailable} from './software-gpu.ts';

export type Tile = 2 | 4;

/** An engine that holds a device. */
export type ClosableEngine = Engine & {close(): void};

/** The part of the suite that an engine runs by default, since software compiles kernels slowly. */
export interface Share {
  /** Of cases that are alike, each runs on one engine: the even or the odd ones. */
  readonly half: 0 | 1;
  /** Whether its software compiles quickly enough for the programs with many kernels; of those, the other engine runs few. */
  readonly isQuick: boolean;
}

/**
 * Both engines have one compiler, so that by default they share the cases. `GPU_SUITE=all` runs all of them on each engine.
 *
 * @param start starts the engine with tiles of a size; throws an `UnavailableError` where the machine has no device for
 *   it, which skips all tests, but not under `CI`
 */
export async function gpuSuite(
  name: string,
  start: (tile: Tile) => Promise<ClosableEngine>,
  share: Share,
): Promise<void> {
  const first = await unlessUnavailable(() => start(4));
  if (typeof first === 'string') {
    test(`${name} does what every engine does`, {skip: first}, () => undefined);
    return;
  }
  const engines = new Engines(start, first);
  after(() => engines.close());
  const quick = (): Promise<Engine> => engines.get(4);
  const precise = (): Promise<Engine> => engines.get(2);
  const isAll = process.env['GPU_SUITE'] === 'all';
  const runsMany = isAll || share.isQuick;
  const mine = <Item>(items: readonly Item[]): readonly Item[] =>
    isAll ? items : items.filter((_, i) => i % 2 === share.half);

  engineSuite(name, quick, isAll ? opCases : ofEachKind(share.half));
  // Tiles matter to convolutions alone.
  opCaseTests(`${name}-precise`, precise, mine(opCases.filter(isTiled)));

  const [plainest, ...more] = convolutionCases;
  const convolutions = [...(isAll || !share.isQuick ? [plainest] : []), ...(runsMany ? more : [])];
  // One of the moments for each engine: they are many kernels.
  const layers = mine([...layerCases, ...(isAll ? momentCases : momentCases.slice(0, 2))]);
  opCaseTests(name, quick, [...convolutions, ...layers], planeTolerance);
  const tiled = [...(runsMany ? [plainest] : []), ...(isAll ? [twoLayers] : [])];
  opCaseTests(`${name}-precise`, precise, tiled, planeTolerance);

  test(`${name}: random programs agree with float64`, async () => {
    const engine = await quick();
    // Always the same programs, whose kernels the drivers' caches keep.
    const sampled = (programs: typeof randomProgram, numRuns: number): readonly RandomProgram[] =>
      mine(fc.sample(programs, {seed: 1, numRuns: isAll ? 4 * numRuns : numRuns}));
    for (const {program, data} of [...sampled(randomProgram, 12), ...sampled(randomGradient, 4)]) {
      await agree(engine, program, data, 1e-4);
    }
  });

  test(`${name}: packed images are the floats that their bytes stand for, bit for bit`, async () => {
    assert.deepEqual(await packedOn(await quick()), pickedBits);
  });

  learningSuite(name, {quick, precise, isAll, isQuick: share.isQuick});
}

/** Every second case of each kind, the first or the second one first; every kind has one. */
function ofEachKind(half: 0 | 1): readonly OpCase[] {
  const kinds = new Map<OpKind, OpCase[]>();
  for (const opCase of opCases) kinds.set(opCase.kind, [...(kinds.get(opCase.kind) ?? []), opCase]);
  return [...kinds.values()].flatMap((cases) =>
    cases.filter((_, i) => cases.length === 1 || i % 2 === half),
  );
}

function isTiled({name}: OpCase): boolean {
  return /^conv2d.* (3×3 stride 1|of two pairs)/.test(name);
}

/** More numbers are summed than in the cases of single operations. */
const planeTolerance = 2e-5;

/** An engine for each size of tiles. Faults of a device stay, so that an engine is replaced once it has failed. */
class Engines {
  readonly #start: (tile: Tile) => Promise<ClosableEngine>;
  readonly #kept: Map<Tile, ClosableEngine>;

  constructor(start: (tile: Tile) => Promise<ClosableEngine>, first: ClosableEngine) {
    this.#start = start;
    this.#kept = new Map([[4, first]]);
  }

  async get(tile: Tile): Promise<ClosableEngine> {
    const kept = this.#kept.get(tile);
    if (kept !== undefined && (await works(kept))) return kept;
    kept?.close();
    const started = await this.#start(tile);
    this.#kept.set(tile, started);
    return started;
  }

  close(): void {
    for (const engine of this.#kept.values()) engine.close();
  }
}

async function works(engine: Engine): Promise<boolean> {
  try {
    const tensor = engine.upload(Float32Array.of(7), [1]);
    const [found] = await engine.read(tensor);
    tensor.dispose();
    return found === 7;
  } catch {
    return false;
  }
}
