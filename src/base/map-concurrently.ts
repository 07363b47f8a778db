import PQueue from 'p-queue';

/** Node.js has this many threads for files unless told otherwise: more would only wait for them. */
const concurrency = 4;

/**
 * The results of an asynchronous function for each item, in the order of the items, at most four at a time: for work that
 * waits for files. After a rejection no further item is begun; the call rejects when those that were begun have ended.
 */
export async function mapConcurrently<T, R>(
  items: Iterable<T>,
  use: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const queue = new PQueue({concurrency});
  const results: R[] = [];
  const errors: unknown[] = [];
  let next = 0;
  for (const item of items) {
    const index = next++;
    // At most one waits, so that memory does not grow with the items.
    await queue.onSizeLessThan(1);
    if (errors.length > 0) break;
    void queue.add(async () => {
      try {
        results[index] = await use(item);
      } catch (error) {
        errors.push(error);
      }
    });
  }
  await queue.onIdle();
  if (errors.length > 0) throw errors[0];
  return results;
}
