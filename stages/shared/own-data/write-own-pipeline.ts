import {FileFault} from '../../../src/formats/file-fault.ts';
import {catalog} from '../../../src/learning/data/catalog.ts';
import {surveyOwnData, type OwnSurvey} from '../../../src/learning/data/own/survey-own-data.ts';
import {ownPipelineText, type OwnPlace} from './own-pipeline-text.ts';
import {ownSettings} from './own-settings.ts';

/**
 * Looks at data of the user's and writes a pipeline with settings that fit it, or says why the data cannot be used: what
 * `pipeline init --images` does.
 * @param path of the folder or file
 * @param name of the pipeline and the data set, if no known data set has it
 */
export async function writeOwnPipeline(
  path: string,
  {name, place}: {readonly name: string; readonly place: OwnPlace},
): Promise<{readonly text: string; readonly notes: string} | {readonly fault: string}> {
  try {
    const survey = await surveyOwnData(path);
    const fault = tooFew(survey, path);
    if (fault !== undefined) return {fault};
    const isKnown = catalog.has(name) || name === 'imagenet';
    const settings = ownSettings(survey);
    const text = ownPipelineText(isKnown ? `own-${name}` : name, {survey, settings, place});
    return {text, notes: notesOf(survey)};
  } catch (error) {
    if (error instanceof FileFault) return {fault: `${error.message}.`};
    throw error;
  }
}

/** Why nothing can be distilled from so little. */
function tooFew({classes, smallestClass, test}: OwnSurvey, path: string): string | undefined {
  if (classes < 2) return `${path} has pictures of one class: there is nothing to tell apart.`;
  if (smallestClass >= (test === undefined ? 2 : 1)) return undefined;
  return `${path} has a class of ${smallestClass} picture, of which none can be taken to test on: add some, or a split called test.`;
}

/** Lines about what was found. */
function notesOf({classes, train, test, shortSide, isSquare, warnings}: OwnSurvey): string {
  const sizes = isSquare ? `${shortSide} × ${shortSide} pixels` : 'several sizes';
  const tested = test === undefined ? 'no test images' : `${test} test images`;
  const found = `${train} images of ${classes} classes, ${sizes}, ${tested}.`;
  return [found, ...warnings].map((line) => `${line}\n`).join('');
}
