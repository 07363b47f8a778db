import type {JSX} from 'preact';
import type {Pair} from '../model/parts.ts';

/** Names and their values. */
export function Pairs({pairs}: {pairs: readonly Pair[]}): JSX.Element {
  return (
    <dl class="pairs">
      {pairs.map(([name, value], index) => (
        <div key={`${index} ${name}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
