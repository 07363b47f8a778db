import type {Contract} from '../../src/contract/contract.ts';
import type {StageContext} from '../../src/contract/stage.ts';
import {partSizes} from '../../src/learning/batches/parts.ts';
import type {Model} from '../../src/learning/models/model.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {Replicas} from '../../src/tensor/engines/replicas.ts';
import {idle} from './sharing-faults.ts';

interface Batch {
  readonly model: Model;
  /** The number of images of a batch, as networks see them. */
  readonly images: number;
  /** The most images of a part. */
  readonly partImages?: number | undefined;
}

/**
 * Says into how many parts each batch is divided, if several GPUs are to share them, and warns if some of the GPUs have
 * nothing to do.
 */
export function reportSharing<C extends Contract>(
  context: StageContext<C>,
  engine: Engine,
  {model, images, partImages}: Batch,
): void {
  if (!(engine instanceof Replicas)) return;
  const gpus = engine.engines.length;
  const parts = partSizes(images, model, {partImages}).length;
  const line = `${gpus} GPUs share batches of ${images} images, which have ${parts} ${parts === 1 ? 'part' : 'parts'}.`;
  if (parts >= gpus) context.log(line);
  else context.warn(`${line} ${idle(gpus - parts)}`);
}
