import {StageError, type StageContext} from '../../src/contract/stage.ts';
import {parseMemory, showMemory} from '../../src/base/parse-memory.ts';
import {
  leastBytes,
  partImagesWithin,
} from '../../src/learning/distillation/trajectories/student-memory.ts';
import type {StepOptions} from '../../src/learning/distillation/trajectories/unrolled-steps.ts';
import {storedShapeOf} from '../../src/learning/decoders/decoding.ts';
import {sizeOf} from '../../src/tensor/shape.ts';
import type {PlannedSet} from '../shared/distilling/planned-set.ts';
import type {contract} from './contract.ts';

/**
 * The most images of a part of a batch with which an iteration fits into `memory`. Throws a `StageError` if it cannot
 * fit; `undefined`: there is no such limit.
 */
export function partImagesOf(
  {params}: StageContext<typeof contract>,
  {model, batch}: Pick<StepOptions, 'model' | 'batch'>,
  {labels, canvas, extent, perClass}: PlannedSet,
): number | undefined {
  const {memory, steps, match, decoder} = params;
  if (memory === undefined) return undefined;
  const bytes = parseMemory(memory);
  if (bytes === undefined) throw new StageError(`memory must be above 0, got ${memory}.`);
  if (model.statistics.length > 0) {
    throw new StageError(
      `memory is kept by dividing batches, and those of ${model.name} cannot be divided: batch normalisation makes the result for an image depend on the others.`,
    );
  }
  const {height, width, channels} = extent;
  const count = model.classes * perClass.stored;
  const size = {
    model,
    steps,
    images: [labels.length, height, width, channels],
    seen: batch * canvas.samples,
    stored: decoder && sizeOf(storedShapeOf(decoder, {shape: extent, count})),
    probe: match === 'parameters' ? undefined : params.probe,
  };
  const most = partImagesWithin(bytes, size);
  if (most >= 1) return most;
  const together = size.probe === undefined ? '' : `, but the ${size.probe} of the probe together`;
  throw new StageError(
    `memory must be at least ${showMemory(leastBytes(size))}, even if a step's images are computed one by one${together}, got ${memory}.`,
  );
}
