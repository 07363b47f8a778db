import {FileFault} from '../../src/formats/file-fault.ts';
import {surveyOwnData, type OwnSurvey} from '../../src/learning/data/own/survey-own-data.ts';

/** What data of the user's has, or a sentence that says why it cannot be used: what `pipeline init --images` goes by. */
export async function probeData(
  path: string,
): Promise<{readonly survey: OwnSurvey} | {readonly fault: string}> {
  try {
    return {survey: await surveyOwnData(path)};
  } catch (error) {
    if (error instanceof FileFault) return {fault: error.message};
    throw error;
  }
}
