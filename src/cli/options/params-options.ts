import type {Option} from 'commander';
import {repeatable} from './repeatable.ts';

/** The options that set parameters. */
export function paramsOptions(): readonly Option[] {
  return [
    repeatable(
      '--params-file <file>',
      'override parameters by a mapping in YAML or JSON; later files and --set win',
    ),
    repeatable(
      '--set <name=value>',
      'override a parameter of the pipeline, or stage.parameter of a stage',
    ),
  ];
}
