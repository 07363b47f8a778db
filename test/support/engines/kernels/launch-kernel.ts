import {Code} from '../../../../src/tensor/kernels/code.ts';
import {group} from '../../../../src/tensor/kernels/expressions.ts';
import type {MemoryId, Statement} from '../../../../src/tensor/kernels/ir.ts';
import type {Dispatch, Kernel} from '../../../../src/tensor/kernels/kernel.ts';
import type {Launcher} from './launcher.ts';

/**
 * Runs one kernel on a device.
 * @param memories the numbers of each node, by the node's id; those written are of vectors
 * @returns the memories after the run
 */
export async function launchKernel(
  launcher: Launcher,
  print: (dispatch: Dispatch) => string,
  kernel: Kernel,
  memories: ReadonlyMap<MemoryId, Float32Array>,
): Promise<ReadonlyMap<MemoryId, Float32Array>> {
  const ids = [...memories.keys()];
  const threads = kernel.threads ?? 64;
  const code = new Code();
  kernel.write(code, {group, threads});
  const dispatch: Dispatch = {
    labels: [kernel.label],
    threads,
    ...kernel.size(threads),
    bindings: ids.map((id) => ({
      source: {kind: 'arena', arena: 0},
      type: 'vec4f',
      isWritten: kernel.writes.has(id),
    })),
    body: withPlaces(code.statements, ids) as readonly Statement[],
  };
  const found = await launcher.launch(dispatch, print(dispatch), [...memories.values()]);
  return new Map(ids.map((id, place) => [id, found[place]!]));
}

/** Statements with the place of each memory instead of the memory. */
function withPlaces(part: unknown, ids: readonly MemoryId[]): unknown {
  if (Array.isArray(part)) return part.map((inner) => withPlaces(inner, ids));
  if (typeof part !== 'object' || part === null) return part;
  const isBarrier = 'kind' in part && part.kind === 'barrier';
  return Object.fromEntries(
    Object.entries(part).map(([key, inner]: [string, unknown]) => [
      key,
      key === 'memory' && !isBarrier ? ids.indexOf(inner as MemoryId) : withPlaces(inner, ids),
    ]),
  );
}
