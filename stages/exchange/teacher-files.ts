import type {ImportedFile} from '../../src/contract/offers.ts';
import {SafetensorsFile} from '../../src/formats/safetensors/safetensors-file.ts';
import {MetadataFields} from '../../src/learning/codecs/metadata-fields.ts';
import {parseExpertKind} from '../../src/learning/codecs/expert-metadata.ts';

/** The experts of a teacher, as far as their files tell without their parameters. */
export type TeacherFiles =
  | {
      readonly kind: 'own';
      readonly files: readonly ImportedFile[];
      /** Of the images that they were trained on. */
      readonly source: string;
      readonly transformDigest: string | undefined;
    }
  /** Of the official program. */
  | {readonly kind: 'official'; readonly files: readonly ImportedFile[]};

/** @throws FileFault; or the file system's error */
export async function teacherFiles(
  files: readonly ImportedFile[],
): Promise<TeacherFiles | {readonly fault: string}> {
  const official = files.filter(({path}) => /\.pth?$/.test(path));
  if (official.length === files.length) return {kind: 'official', files};
  if (official.length > 0) {
    const names = files.map(({name}) => name).join(', ');
    return {fault: `These are buffers of two programs: ${names}. Name those of one.`};
  }
  const [{path}] = files as readonly [ImportedFile, ...ImportedFile[]];
  await using file = await SafetensorsFile.open(path);
  const {source, transformDigest} = parseExpertKind(new MetadataFields(file.metadata, path));
  return {kind: 'own', files, source, transformDigest};
}
