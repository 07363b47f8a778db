/** The real stage types, with the named data sets as small as `official-layouts.ts` writes them. */
import type {Registry, StageType} from '../../../src/contract/registry.ts';
import {registry as stages} from '../../../stages/registry.ts';

const {contract} = stages.get('download')!;

const download: StageType = {
  contract,
  load: async () => {
    const [{downloadWith}, {smallDatasets}] = await Promise.all([
      import('../../../stages/download/run.ts'),
      import('../data/official-layouts.ts'),
    ]);
    return downloadWith({known: smallDatasets}) as unknown as Awaited<
      ReturnType<StageType['load']>
    >;
  },
};

export const registry: Registry = new Map([...stages, [contract.type, download]]);
