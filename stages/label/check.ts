import type {Given} from '../../src/contract/contract.ts';
import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {bufferFaults, countFaults, epochFaults, statisticsFaults} from '../shared/buffer-faults.ts';
import {factsOf, imagesOf, type SetFacts} from '../shared/image-facts.ts';
import {expertFaults} from '../shared/image-faults.ts';

type Asked = Given<
  {readonly epoch?: number; readonly experts: number | 'all'},
  'synthetic' | 'buffers'
>;

export function facts({inputs: {synthetic}}: Asked): SetFacts {
  const [set] = synthetic;
  return {...factsOf<SetFacts>(set), data: imagesOf(set), targets: 'logits'};
}

export function check({params, inputs: {synthetic, buffers}}: Asked): readonly Fault[] {
  const [set] = synthetic;
  return [
    ...canvasFaults(set),
    ...expertFaults(set, buffers, set && `the set of \`${set.instance}\` was made from`),
    ...bufferFaults(buffers),
    ...statisticsFaults(buffers),
    ...epochFaults('epoch', params.epoch, buffers[0]),
    ...countFaults('experts', params.experts, buffers),
  ];
}

function canvasFaults(set: KnownInput | undefined): readonly Fault[] {
  const {canvas = 1} = factsOf<SetFacts>(set);
  if (canvas === 1) return [];
  const message = `The images of \`${set!.instance}\` are canvases ${canvas} times as high and wide as what experts see: they cannot classify them.`;
  return [{input: 'synthetic', message}];
}
