/** The faults of what a distillation starts from. */
import {
  decoderText,
  imagesPerClass,
  softPatches,
  type DecoderForm,
} from '../../../src/base/decoder-form.ts';
import type {Fault, KnownInput} from '../../../src/contract/facts.ts';
import {factsOf, imagesOf, type ImageFacts, type SetFacts} from '../image-facts.ts';
import {setFaults} from '../image-faults.ts';

/** The parameters that a set to start from must suit. */
interface Wanted {
  readonly ipc: number;
  readonly canvasSize: number;
  readonly decoder?: DecoderForm;
}

/** A set to start from with soft labels, which a method would not see. */
export function softStartFaults(start: KnownInput | undefined): readonly Fault[] {
  const {targets = 'none'} = start === undefined ? {} : factsOf<SetFacts>(start);
  if (targets === 'none') return [];
  const message =
    'The set to start from has soft labels, but this method trains its networks on the classes alone: connect the set as it was before it was labelled.';
  return [{input: 'start', message}];
}

/** The real images of each class at the start; `undefined`: not known. */
export function realPerClass(
  {decoder, ipc}: Pick<Wanted, 'decoder' | 'ipc'>,
  {side}: ImageFacts,
): number | undefined {
  if (decoder?.kind !== 'fred') return imagesPerClass(decoder, ipc, 1).real;
  return side && imagesPerClass(decoder, ipc, side ** 2).real;
}

/** A set to start from that is of other images, or not of the wanted form. */
export function startFaults(
  wanted: Wanted,
  start: KnownInput,
  dataset: KnownInput | undefined,
): readonly Fault[] {
  const known = factsOf<SetFacts>(start);
  const faults = [
    ...setFaults('start', start, dataset),
    ...decoderFaults(wanted, known),
    ...countFaults(wanted, known, imagesOf(dataset)),
    ...labelFaults(wanted, known),
    ...canvasFaults(wanted, known),
  ];
  return faults.slice(0, 1);
}

/** A decoder other than the wanted one. */
function decoderFaults({decoder}: Wanted, known: Partial<SetFacts>): readonly Fault[] {
  if (known.decoder === undefined || known.decoder === 'none') return [];
  const [has, wanted] = [decoderText(known.decoder), decoderText(decoder)];
  if (has === wanted) return [];
  const message = `The set to start from has ${has}, but ${wanted} is wanted.`;
  return [decoder ? {param: 'decoder', message} : {input: 'start', message}];
}

/** Another number of images than those that are wanted, or than the real ones that are encoded in their place. */
function countFaults(wanted: Wanted, known: Partial<SetFacts>, data: ImageFacts): readonly Fault[] {
  const {ipc, decoder} = wanted;
  if (decoder !== undefined && known.decoder === undefined) return [];
  const isEncoded = decoder !== undefined && known.decoder === 'none';
  const needed = isEncoded ? realPerClass(wanted, data) : ipc;
  if (known.ipc === undefined || needed === undefined || known.ipc === needed) return [];
  const message = `The set to start from has ${known.ipc} images per class, but ${needed} are wanted`;
  if (!isEncoded) {
    return [{param: 'ipc', message: `${message}.`, suggestion: `ipc: ${known.ipc}`}];
  }
  const why = `which ${decoderText(decoder)} stores in the room of \`ipc: ${ipc}\``;
  return [{param: 'ipc', message: `${message}, ${why}.`}];
}

function labelFaults({decoder}: Wanted, known: Partial<SetFacts>): readonly Fault[] {
  const isMultiScale = decoder?.kind === 'idc' && decoder.multiScale === true && decoder.factor > 1;
  const {targets = 'none'} = known;
  if (!isMultiScale || known.decoder !== 'none' || targets === 'none') return [];
  return [{input: 'start', message: softPatches}];
}

function canvasFaults({canvasSize}: Wanted, {canvas}: Partial<SetFacts>): readonly Fault[] {
  if (canvas === undefined || canvas === canvasSize) return [];
  const message = `The canvases of the set to start from are ${canvas} times as high and wide as images, but ${canvasSize} times is wanted.`;
  return [{param: 'canvasSize', message, suggestion: `canvasSize: ${canvas}`}];
}
