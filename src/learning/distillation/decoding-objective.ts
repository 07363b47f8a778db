import type {Engine} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import {program} from '../../tensor/program.ts';
import type {Decoding} from '../decoders/decoding.ts';
import {disposeAll, uploadAll} from './carried.ts';
import type {Objective} from './objective.ts';

/**
 * An objective of what is stored, P, around one of images: the inner one sees X = dec(P), and ∂L/∂P = decᵀ ∂L/∂X. All else that
 * is learned, labels of decoded images included, goes through.
 */
export function decodingObjective(engine: Engine, inner: Objective, decoding: Decoding): Objective {
  const {storedShape, decodedShape, tables} = decoding;
  const [forth, back] = [new Graph(), new Graph()];
  const images = decoding.decode(forth.input('stored', storedShape));
  const decode = engine.compile(program({images}));
  const byStored = decoding.transpose(back.input('cotangent', decodedShape));
  const transpose = engine.compile(program({byStored}));
  const held = uploadAll(engine, tables);
  return {
    async evaluate({images: stored, ...learned}, at, carried) {
      const decoded = decode.run({...held, stored}).images;
      const evaluation = await inner.evaluate({...learned, images: decoded}, at, carried);
      const {gradients} = evaluation;
      const pulledBack = transpose.run({...held, cotangent: gradients.images}).byStored;
      for (const tensor of [decoded, gradients.images]) tensor.dispose();
      return {...evaluation, gradients: {...gradients, images: pulledBack}};
    },
    dispose() {
      inner.dispose?.();
      disposeAll(held);
    },
  };
}
