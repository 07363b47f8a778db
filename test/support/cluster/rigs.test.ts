import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {listProcesses, readProc, readProcess} from '../../../src/store/claims/process-table.ts';
import {skipWithoutSlurm, SlurmRig} from './slurm-rig.ts';
import {skipWithoutSshd, SshdRig} from './sshd-rig.ts';

test(
  'A cluster under Slurm runs jobs, and nothing of it is left at its end',
  {skip: skipWithoutSlurm},
  async () => {
    let conf: string;
    {
      await using rig = await SlurmRig.start();
      conf = rig.environment.SLURM_CONF;
      const submit = ['--parsable', '--output=/dev/null', '--wrap'] as const;
      const short = (await rig.call('sbatch', ...submit, 'true')).trim();
      const isOver = async (): Promise<boolean> =>
        (await rig.jobs()).includes(`${short} COMPLETED`);
      await rig.until(isOver);
      const long = (await rig.call('sbatch', ...submit, 'srun sleep 1000')).trim();
      await rig.until(async () =>
        (await rig.call('squeue', '-h', '-s', '-j', long)).includes('sleep'),
      );
      assert.notDeepEqual(processesOf(conf), []);
    }
    assert.deepEqual(processesOf(conf), []);
  },
);

test('A server of SSH runs commands on each of its hosts', {skip: skipWithoutSshd}, async () => {
  await using rig = await SshdRig.start();
  for (const host of rig.hosts) {
    const words = [...rig.options, host, 'echo it runs'];
    assert.equal(spawnSync('ssh', words, {encoding: 'utf8'}).stdout, 'it runs\n');
  }
});

/** The processes with this configuration of Slurm’s. */
function processesOf(conf: string): readonly number[] {
  return listProcesses()!.filter((pid) => {
    const isOver = readProcess(pid)?.isOver ?? true;
    return !isOver && (readProc(`${pid}/environ`) ?? '').includes(`SLURM_CONF=${conf}`);
  });
}
