import {readFile, writeFile} from 'node:fs/promises';
import {defineContract} from '../../../src/contract/contract.ts';
import type {CostModels} from '../../../src/contract/cost.ts';
import {defineStageType, registryOf, type Registry} from '../../../src/contract/registry.ts';
import type {StageContext} from '../../../src/contract/stage.ts';
import {media} from '../../../stages/shared/media.ts';

const text = {media: 'text', summary: 'a text'} as const;

/** A stage type that counts, line by line, and says which lines it has made by itself. */
export function counting(onLine: (line: number) => void | Promise<void>): Registry {
  const contract = defineContract({
    type: 'count',
    version: 1,
    summary: 'counts',
    params: {
      to: {type: 'integer', description: 'the last number', minimum: 1},
      word: {type: 'string', description: 'the word in each line', default: 'line'},
    },
    inputs: {
      begun: {...text, optional: true},
      of: {...text, optional: true},
    },
    outputs: {out: text},
    media,
    goesOn: {by: 'to', output: 'out', input: 'begun'},
    facts: ({params}) => ({last: params.to, word: params.word}),
    check: ({inputs: {begun}}) =>
      begun[0]?.facts['word'] === 'once'
        ? [{input: 'begun', message: 'What is said once cannot be gone on from.'}]
        : [],
  });
  const run = async (context: StageContext<typeof contract>): Promise<void> => {
    const {params, inputs, checkpoint} = context;
    context.provenance({engine: context.engine.name});
    const saved = await checkpoint.latest();
    const [begun] = saved === undefined ? inputs.begun : [];
    let text = Buffer.from(saved?.get('text') ?? '').toString();
    if (begun !== undefined) text = await readFile(begun, 'utf8');
    for (let line = text.split('\n').length; line <= params.to; line++) {
      await onLine(line);
      text += `${params.word} ${line}\n`;
      await checkpoint.offer(() => new Map([['text', Buffer.from(text)]]));
    }
    await writeFile(context.output('out'), text);
  };
  return registryOf([defineStageType(contract, run)]);
}

/** A line costs ten seconds, of which a GPU does one in one. */
export const models: CostModels = {
  of: new Map([
    [
      'count',
      ({to}, {begun = []}) => {
        const lines = Number(to) - Number(begun[0]?.facts['last'] ?? 0);
        return {gpuSeconds: 10 * lines, work: {lines}, bytes: 10};
      },
    ],
  ]),
  source: 'hand',
  caveat: '',
  gpu: 'a slate',
  usualSpeeds: {lines: 0.1},
  shared: [],
};
