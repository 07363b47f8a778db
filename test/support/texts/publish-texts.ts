import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {JsonObject} from '../../../src/base/json.ts';
import {commonMedia} from '../../../src/contract/media.ts';
import {stageKey} from '../../../src/store/records/stage-key.ts';
import type {Fingerprint} from '../../../src/store/records/fingerprint.ts';
import {publish, type Published} from '../../../src/store/artifacts/publish.ts';
import type {StageRecord} from '../../../src/store/records/record.ts';

/** The fingerprint of texts that were made with these parameters. */
export function fingerprintOfTexts(params: JsonObject = {}): Fingerprint {
  return {type: 'say', version: 1, params, inputs: {}, environment: {}};
}

/** Publishes texts as one attempt's outputs. */
export async function publishTexts(
  root: string,
  attempt: string,
  texts: Readonly<Record<string, string>>,
  fingerprint = fingerprintOfTexts(),
): Promise<Published & {readonly kind: 'published'}> {
  const folder = path.join(root, 'work', attempt);
  await mkdir(folder, {recursive: true});
  const drafts = Object.entries(texts).map(async ([name, text]) => {
    const file = path.join(folder, `${name}.txt`);
    await writeFile(file, text);
    return [name, {media: commonMedia.get('text')!, files: [file]}] as const;
  });
  const published = await publish({
    store: {root},
    fingerprint,
    drafts: Object.fromEntries(await Promise.all(drafts)),
    provenance: {
      key: stageKey(fingerprint),
      type: 'say',
      attempt,
      startedAt: '',
      finishedAt: '',
      durationMs: 1,
      host: 'here',
      node: 'v20',
      provenance: {},
    },
    failpoint: () => undefined,
  });
  if (published.kind !== 'published') throw new Error(published.message);
  return published;
}

/** Publishes this many results of two artifacts each. */
export async function publishMany(root: string, count: number): Promise<readonly StageRecord[]> {
  const published = Array.from({length: count}, async (_, n) => {
    const texts = {a: `a${n}`, b: `b${n}`};
    return (await publishTexts(root, `attempt-${n}`, texts, fingerprintOfTexts({n}))).record;
  });
  return await Promise.all(published);
}
