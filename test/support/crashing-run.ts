/** A run that ends itself at a failpoint, as a power cut would. Arguments: the store, the failpoint, the scenario. */
import {runInProcess} from './run-in-process.ts';
import {pipeline, scenarios} from './failpoint-scenarios.ts';

const [root, failpoint, scenario] = process.argv.slice(2);
const meanwhile = scenarios.find(({name}) => name === scenario)?.meanwhile?.({root: root!});

await runInProcess({
  files: {'p.yaml': pipeline},
  store: root!,
  failpoint: (reached) => {
    meanwhile?.(reached);
    if (reached === failpoint) process.kill(process.pid, 'SIGKILL');
  },
});
