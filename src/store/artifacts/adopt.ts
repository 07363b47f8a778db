import {createWhole} from '../durable.ts';
import {fingerprintPath, recordPath, type Store} from '../layout.ts';
import {recordText, type StageRecord} from '../records/record.ts';

/**
 * Makes a result of another machine one of this store, whose artifacts are there already. A record that is there stays.
 * @param preimage the text of its fingerprint
 */
export async function adoptRecord(
  store: Store,
  record: StageRecord,
  preimage: string,
): Promise<void> {
  await createWhole(store, fingerprintPath(store, record.type, record.key), preimage);
  await createWhole(store, recordPath(store, record.key), recordText(record));
}
