import type {Contract, InputPort, OutputPort} from '../../contract/contract.ts';
import {choicesOf, describeParam} from '../../contract/describe-param.ts';
import type {Param} from '../../contract/param.ts';

/** The available stage types, one line each. */
export function stageTypesText(contracts: readonly Contract[]): string {
  const width = Math.max(...contracts.map(({type}) => type.length));
  return contracts.map(({type, summary}) => `${type.padEnd(width)}  ${summary}\n`).join('');
}

/** The whole contract of a stage type. */
export function stageTypeText({type, version, summary, params, inputs, outputs}: Contract): string {
  const blocks = [
    `${type}, version ${version}\n${summary}`,
    section('Parameters (with)', Object.entries(params), paramLines),
    section('Inputs', Object.entries(inputs), portLines),
    section('Outputs', Object.entries(outputs), portLines),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function section<T>(
  title: string,
  entries: readonly (readonly [string, T])[],
  linesOf: (item: T) => readonly string[],
): string {
  const lines = entries.flatMap(([name, item]) => {
    const [first, ...others] = linesOf(item);
    return [`  ${name}: ${first}`, ...others.map((line) => `      ${line}`)];
  });
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}

function paramLines(param: Param): readonly string[] {
  const all = param.expected === undefined ? undefined : choicesOf(param);
  return [
    `${describeParam(param)}${presenceOf(param)}`,
    ...(param.description ?? '').split('\n'),
    ...(all === undefined ? [] : inLines(all.map(String))),
  ];
}

/** Names, as many in a line as fit. */
function inLines(names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const name of names) {
    const line = lines.at(-1);
    if (line === undefined || line.length + name.length > 90) lines.push(name);
    else lines[lines.length - 1] = `${line} ${name}`;
  }
  return lines;
}

function presenceOf({default: preset, defaultUnless, optional}: Param): string {
  const unless = defaultUnless === undefined ? 'given' : `it or ${defaultUnless} is given`;
  if (preset !== undefined) return `; ${JSON.stringify(preset)} unless ${unless}`;
  return optional === true ? '; may be left out' : '; must be given';
}

function portLines({media, summary, many, ...port}: InputPort | OutputPort): readonly string[] {
  const amount = many === true ? `any number of ${media}` : media;
  const optional = 'optional' in port ? '; may be left out' : '';
  return [`${amount}${optional}`, summary];
}
