import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {
  differingParam,
  factsOf,
  imagesOf,
  trainingSettings,
  type ExpertFacts,
} from '../shared/image-facts.ts';
import {differenceOf} from '../shared/image-faults.ts';
import {batchNormalised} from '../shared/network-names.ts';

interface Asked {
  readonly params: {
    readonly model: string;
    readonly epochs: number;
    readonly decay: boolean;
    readonly momentum: number;
  };
  readonly inputs: Readonly<Record<'dataset' | 'start', readonly KnownInput[]>>;
}

/** What keeps training from going on from `start` as if it had not stopped. */
export function startFaults({params, inputs}: Asked): readonly Fault[] {
  const [start] = inputs.start;
  if (start === undefined) return [];
  const missing = missingFault(params);
  if (missing !== undefined) return [missing];
  const {epochs, precision = 'F32', stored, data = {}} = factsOf<ExpertFacts>(start);
  if (precision !== 'F32' || stored !== undefined) {
    const how = stored === undefined ? `rounded to ${precision}` : 'as a line';
    return [
      ofStart(
        `\`${start.instance}\` stores its parameters ${how}, and training goes on from exact ones.`,
      ),
    ];
  }
  if (epochs !== undefined && epochs > params.epochs) {
    const message = `\`${start.instance}\` is trained for ${epochs} epochs already, got ${params.epochs}.`;
    return [{param: 'epochs', message, suggestion: `epochs: ${epochs}`}];
  }
  const images = differenceOf(imagesOf(inputs.dataset[0]), data);
  if (images !== undefined) {
    return [ofStart(`\`${start.instance}\` was trained on other images: ${images}.`)];
  }
  return settingFaults(params, start);
}

/** A state of training that a trajectory does not have. */
function missingFault({model, decay, momentum}: Asked['params']): Fault | undefined {
  const left = 'Leave out `start`, and training begins anew.';
  if (batchNormalised.includes(model)) {
    return ofStart(
      `A trajectory has no running statistics of ${model}'s batch normalisation. ${left}`,
    );
  }
  if (momentum !== 0) return ofStart(`A trajectory has no momentum, which is ${momentum}. ${left}`);
  if (decay)
    return ofStart(`With \`decay\`, the rate of all epochs depends on their number. ${left}`);
  return undefined;
}

/** What decides how an expert goes. A line is only how it is stored. */
const settings = [
  'model',
  'seed',
  'testImages',
  ...trainingSettings.filter((name) => name !== 'line'),
];

/** A setting with which `start` was trained otherwise. */
function settingFaults(params: Asked['params'], start: KnownInput): readonly Fault[] {
  if (start.type !== 'train-expert') return [];
  const differing = differingParam(settings, {...params}, start.params);
  if (differing === undefined) return [];
  const {name, first, other} = differing;
  return [
    ofStart(`\`${start.instance}\` was trained with another ${name}: ${other}, not ${first}.`),
  ];
}

function ofStart(message: string): Fault {
  return {input: 'start', message};
}
