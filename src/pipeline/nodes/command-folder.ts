import type {Json} from '../../base/json.ts';
import {showValue} from '../../diagnostics/show-value.ts';
import {isText} from '../../document/located.ts';
import type {StageSource} from '../source/pipeline-source.ts';
import type {Surroundings} from '../surroundings.ts';
import type {Matrix} from '../template/point.ts';
import {eachPoint, originOf, stageTemplate, writtenAt} from '../template/stage-template.ts';
import type {UserFolder} from './local-files.ts';

/** The folder that a stage's program starts in, at each point; `undefined` if there are mistakes, which were reported. */
export function foldersOf(
  stage: StageSource,
  matrix: Matrix,
  around: Surroundings,
): readonly (UserFolder | 'empty')[] | undefined {
  const {folder: written} = stage.run!;
  if (written === undefined) return matrix.points?.map(() => 'empty');
  if (written.kind === 'unknown') return undefined;
  const template = stageTemplate(written, matrix, around);
  return eachPoint(template, matrix, (value, point) => {
    if (template.unknown.has(written)) return undefined;
    if (isPath(value)) {
      const place = isText(written) ? writtenAt(written, around.scope.params) : written.span;
      return around.files.referFolder(value, place);
    }
    const message = `\`folder\` must be the path of a folder, from the pipeline file, got ${showValue(value)}.`;
    const notes = originOf(written, stage.name, point, around.scope);
    around.log.error('bad-value', written.span, message, {notes});
    return undefined;
  });
}

function isPath(value: Json): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}
