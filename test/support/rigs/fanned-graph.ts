import type {DrawnGraph} from '../../../src/journal/event.ts';

/** The graphs of a pipeline whose stages of these sizes all take `data`, and whose `table` takes all of them. */
export function fanned(sizes: Readonly<Record<string, number>>): {
  readonly stages: DrawnGraph;
  readonly instances: DrawnGraph;
} {
  const drawn = (groups: readonly (readonly [string, readonly string[]])[]): DrawnGraph => {
    const middle = groups.flatMap(([, names]) => names);
    const node = (name: string): DrawnGraph['nodes'][number] => [
      name,
      {label: name, type: 'say', count: sizes[name] ?? 1, within: []},
    ];
    return {
      nodes: ['data', ...middle, 'table'].map(node),
      edges: [
        ...middle.map((name) => ['data', name] as const),
        ...middle.map((name) => [name, 'table'] as const),
      ],
    };
  };
  const stages = Object.entries(sizes);
  const idsOf = (name: string, size: number): readonly string[] =>
    Array.from({length: size}, (_, n) => `${name}[n=${n}]`);
  return {
    stages: drawn(stages.map(([name]) => [name, [name]])),
    instances: drawn(stages.map(([name, size]) => [name, idsOf(name, size)])),
  };
}
