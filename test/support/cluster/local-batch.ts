import {execFileSync} from 'node:child_process';
import {chmod, rm} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {Rig} from '../program/rig.ts';

/** A batch system of one machine: `batch submit SCRIPT N NAME`, `batch list NAME`, `batch cancel NAME [SIGNAL]`. */
const program = `#!/bin/sh
dir=$(dirname "$0")/queue
mkdir -p "$dir"
echo "$1" >> "$dir/calls"
if [ "$1" = list ] && [ -e "$dir/down" ]; then echo "batch: error: the controller is away" >&2; exit 1; fi
is_alive() { state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1); [ -n "$state" ] && [ "$state" != Z ]; }
case $1 in
submit)
  while [ -e "$dir/slow" ]; do sleep 0.05; done
  if [ -e "$dir/refuses" ]; then echo "batch: error: no such partition" >&2; exit 1; fi
  mkdir -p "$dir/jobs/$4"
  count=0
  while [ $count -lt "$3" ]; do
    count=$((count + 1))
    if [ -e "$dir/dead" ]; then continue; fi
    setsid "$2" </dev/null >>"$dir/out" 2>&1 &
    touch "$dir/jobs/$4/$!"
  done
  wc -l < "$dir/calls"
  ;;
list)
  for file in "$dir/jobs/$2"/*; do
    pid=$(basename "$file")
    if is_alive "$pid"; then echo "$pid RUNNING"; fi
  done
  ;;
cancel)
  for file in "$dir/jobs/$2"/*; do
    pid=$(basename "$file")
    if is_alive "$pid"; then kill -s "\${3:-TERM}" -- -"$pid"; fi
  done
  ;;
esac
exit 0
`;

/** A rig with the profile `here`, whose members are processes of this machine. */
export class LocalBatch implements AsyncDisposable {
  readonly rig: Rig;

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  /** @param more further lines of the profile */
  static async create(
    environment: Readonly<Record<string, string>> = {},
    pools = 'any: {max: 4, cpus: 2, takes: [cpu, device]}',
    more = '',
  ): Promise<LocalBatch> {
    const rig = await Rig.create({
      PIPELINE_ASK_MS: '300',
      PIPELINE_LOOK_MS: '200',
      PIPELINE_STOP_POLL_MS: '100',
      ...environment,
    });
    const batch = new LocalBatch(rig);
    await rig.write('batch', program);
    await chmod(batch.program, 0o755);
    await rig.write(
      'clusters/here.yaml',
      `kind: command
submit: [${batch.program}, submit, "\${script}", "\${n}", "\${name}"]
list: [${batch.program}, list, "\${name}"]
cancel: [${batch.program}, cancel, "\${name}"]
pools:
  ${pools}
${more}`,
    );
    return batch;
  }

  get program(): string {
    return path.join(this.rig.folder, 'batch');
  }

  /** The commands that the batch system was given, in order. */
  async calls(): Promise<readonly string[]> {
    const text = await this.rig.read('queue/calls').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  /** The number of processes that the batch system was asked to start. */
  async submissions(): Promise<number> {
    return (await this.calls()).filter((word) => word === 'submit').length;
  }

  /** Makes the batch system behave: `down`: it does not say which members there are; `dead`: members die at once; `refuses`: it takes none; `slow`: it takes none yet. */
  async behave(how: 'down' | 'dead' | 'refuses' | 'slow'): Promise<void> {
    await this.rig.write(`queue/${how}`, '');
  }

  /** Lets the batch system submit what it holds back as `slow`. */
  async hurry(): Promise<void> {
    await rm(path.join(this.rig.folder, 'queue/slow'));
  }

  /** Waits until no member of a run lives. */
  async empty(run: string): Promise<void> {
    while (this.members(run).length > 0) await setTimeout(20);
  }

  /** Waits until this many submissions were asked for. */
  async submitting(count: number): Promise<void> {
    while ((await this.submissions()) < count) await setTimeout(20);
  }

  /** Waits until the members have printed a text. */
  async printed(text: string): Promise<void> {
    while (!(await this.rig.read('queue/out').catch(() => '')).includes(text)) await setTimeout(20);
  }

  /** The process groups of the members of a run that live. */
  members(run: string): readonly number[] {
    const text = execFileSync(this.program, ['list', `distillery-${run}`], {encoding: 'utf8'});
    return Array.from(text.matchAll(/^\d+/gm), ([pid]) => Number(pid));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const runs = await this.rig.runs().catch(() => []);
    for (const run of runs) execFileSync(this.program, ['cancel', `distillery-${run}`, 'KILL']);
    await this.rig[Symbol.asyncDispose]();
  }
}
