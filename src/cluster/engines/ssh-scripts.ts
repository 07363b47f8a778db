import {quoteWord} from '../../base/quote-word.ts';
import type {Submission} from '../engine.ts';
import {outputName} from './allocation-words.ts';
import {slotMark, type Slot} from './ssh-slots.ts';

/**
 * A function of a shell that prints a line for each member of a run on a host: the number of its process, and its mark.
 * It is a process of this user's that leads a group, and whose script was started with the mark.
 */
function membersFunction(run: string, host: string): string {
  return `members() {
  ps -U "$(id -u)" -ww -o pid= -o pgid= -o args= | while read -r pid group args; do
    case "$pid $args" in
      "$group "*' '${quoteWord(slotMark(run, `${host}/`))}*) echo "$pid \${args##* }" ;;
    esac
  done
}
`;
}

/** Prints a line for each member of a run on a host. */
export function listScript(run: string, host: string): string {
  return `${membersFunction(run, host)}members\n`;
}

/** The names of the allocations in what `listScript` printed. */
export function readMembers(text: string, run: string): readonly string[] {
  const start = slotMark(run, '');
  return text.split('\n').flatMap((line) => {
    const mark = /^\d+ (\S+)$/.exec(line)?.[1];
    return mark?.startsWith(start) ? [mark.slice(start.length)] : [];
  });
}

/** Ends the members of a run on a host: asks them to, and kills those that are there after 30 s. */
export function cancelScript(run: string, host: string): string {
  return `${membersFunction(run, host)}end() {
  members | while read -r pid mark; do kill -s "$1" -- "-$pid"; done
}
end TERM
tries=0
while [ -n "$(members)" ] && [ "$tries" -lt 150 ]; do
  sleep 0.2
  tries=$((tries + 1))
done
end KILL 2>/dev/null
exit 0
`;
}

/**
 * Starts members on a host, in sessions of their own that outlive the connection. The values of variables are in this
 * text only, which no list of processes shows.
 */
export function startScript(
  {script, logs, variables}: Submission,
  run: string,
  slots: readonly Slot[],
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const file = quoteWord(script);
  const missing = quoteWord(
    `There is no ${script}: the host does not have the folder of the store.`,
  );
  const passed = variables.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [`export ${name}=${quoteWord(value)}`];
  });
  const started = slots.map(({job, gpus}) => {
    const visible = gpus === undefined ? '' : `CUDA_VISIBLE_DEVICES=${quoteWord(gpus.join(','))} `;
    const log = quoteWord(`${logs}/${outputName(job)}`);
    return `${visible}setsid ${file} ${quoteWord(slotMark(run, job))} </dev/null >>${log} 2>&1 &`;
  });
  const lines = [
    `if ! [ -x ${file} ]; then echo ${missing} >&2; exit 1; fi`,
    "if ! command -v setsid >/dev/null; then echo 'There is no setsid.' >&2; exit 1; fi",
    ...passed,
    ...started,
  ];
  return `${lines.join('\n')}\n`;
}
