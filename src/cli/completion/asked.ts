import type {Argument, Command, Option} from 'commander';

/** The meaning of the word at the cursor, by commander's tables. */
export type Asked = {
  readonly command: Command;
  /** The arguments before it. */
  readonly args: readonly string[];
  /** The values of options before it, by the names of the options. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** The part of the word to complete: that after `--option=`, where it begins so. */
  readonly word: string;
  /** The text before it in the same word. */
  readonly before: string;
} & Wanted;

type Wanted =
  | {readonly kind: 'command' | 'option' | 'nothing'}
  | {readonly kind: 'value'; readonly of: Option}
  | {readonly kind: 'argument'; readonly of: Argument};

/**
 * Finds what the end of a command line asks for.
 * @param words the words between the program and the cursor
 */
export function whatIsAsked(program: Command, words: readonly string[], word: string): Asked {
  let command = program;
  let open: Option | undefined;
  let areOptionsOver = false;
  const args: string[] = [];
  const options = new Map<string, string[]>();
  const keep = (option: Option, value: string): void => {
    const name = option.attributeName();
    options.set(name, [...(options.get(name) ?? []), value]);
  };
  for (const given of words) {
    if (open !== undefined) {
      keep(open, given);
      open = undefined;
    } else if (!areOptionsOver && given === '--') areOptionsOver = true;
    else if (!areOptionsOver && given.startsWith('-')) {
      const [name = '', value] = splitOption(given);
      const option = optionOf(command, name);
      if (value !== undefined && option !== undefined) keep(option, value);
      else if (option?.required === true) open = option;
      else if (option !== undefined) keep(option, '');
    } else if (command === program && given === 'help') continue;
    else {
      const below =
        args.length === 0 ? command.commands.find((one) => isCalled(one, given)) : undefined;
      if (below === undefined) args.push(given);
      else command = below;
    }
  }
  const at = {command, args, options, word, before: ''};
  if (open !== undefined) return {...at, kind: 'value', of: open};
  if (areOptionsOver || !word.startsWith('-')) return {...at, ...argumentAt(command, args.length)};
  const [name = '', value] = splitOption(word);
  if (value === undefined) return {...at, kind: 'option'};
  const option = optionOf(command, name);
  if (option === undefined) return {...at, kind: 'nothing'};
  return {...at, kind: 'value', of: option, word: value, before: `${name}=`};
}

function argumentAt(command: Command, index: number): Wanted {
  if (command.commands.length > 0) return {kind: index === 0 ? 'command' : 'nothing'};
  const declared = command.registeredArguments;
  const last = declared.at(-1);
  const argument = declared[index] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? {kind: 'nothing'} : {kind: 'argument', of: argument};
}

/** `--name=value` as name and value. */
function splitOption(word: string): readonly string[] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

function optionOf({options}: Command, name: string): Option | undefined {
  return options.find(({long, short}) => name === long || name === short);
}

function isCalled(command: Command, name: string): boolean {
  return command.name() === name || command.aliases().includes(name);
}
