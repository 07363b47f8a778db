/**
 * A run that ends itself at a failpoint, as a power cut would. Arguments: the store, the failpoint, the scenario, and
 * optionally the occurrence of the failpoint (the first by default).
 */
import {runInProcess} from './run-in-process.ts';
import {files, scenarios} from '../laws/failpoint-scenarios.ts';

const [root, failpoint, scenario, times = '1'] = process.argv.slice(2);
let left = Number(times);
const meanwhile = scenarios.find(({name}) => name === scenario)?.meanwhile?.({root: root!});

await runInProcess({
  files,
  store: root!,
  failpoint: (reached) => {
    meanwhile?.(reached);
    if (reached === failpoint && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
