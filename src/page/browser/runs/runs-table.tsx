import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {RunRow} from '../../model/runs/runs-parts.ts';
import {Choice, Search} from '../filters.tsx';
import {outcomeNames} from '../overview.tsx';
import {useSome} from '../some.tsx';
import {RunLine} from './run-line.tsx';
import {firstOrder, metricOf, setText, sortRows, type Column, type Order} from './sort-rows.ts';

/** Number of runs that are drawn at first. */
const shownAtFirst = 100;

/** Up to this number, nobody needs a filter. */
const unfiltered = 5;

/** The list of runs: it can be filtered and sorted, and runs can be chosen. */
export function RunsTable({
  rows,
  chosen,
  metric: usual,
  onChoose,
}: {
  rows: readonly RunRow[];
  chosen: readonly string[];
  /** The metric that is shown at first. */
  metric: string | undefined;
  onChoose: (runs: readonly string[]) => void;
}): JSX.Element {
  const [text, setText] = useState('');
  const [state, setState] = useState('');
  const [named, setNamed] = useState<string>();
  const [order, setOrder] = useState<Order>({column: 'run', isUp: false});
  const metrics = [...new Set(rows.flatMap((row) => row.metrics.map(({name}) => name)))];
  const metric = named ?? usual ?? metrics[0];
  const found = rows.filter((row) => (state === '' || row.state === state) && mentions(row, text));
  const [shown, more] = useSome(sortRows(found, order, metric), shownAtFirst);
  const columns = all.filter(
    (column) =>
      (column !== 'metric' || metric !== undefined) &&
      (column !== 'set' || rows.some(({set}) => set.length > 0)),
  );
  const sort = (column: Column): void => {
    const best = rows.map((row) => metricOf(row, metric)?.best).find((one) => one !== undefined);
    setOrder(nextOrder(order, firstOrder(column, best)));
  };
  return (
    <div class="card runs">
      {(rows.length > unfiltered || metrics.length > 1) && (
        <Filters
          {...{text, state, metric, metrics}}
          onSearch={setText}
          onState={setState}
          onMetric={setNamed}
          count={`${found.length} of ${rows.length}`}
        />
      )}
      <div class="scroll" tabIndex={0} role="group" aria-label="Runs">
        <table class="data">
          <Head {...{columns, metric, order}} onSort={sort} />
          <tbody>
            {shown.map((row) => (
              <RunLine key={row.run} {...{row, columns, metric, chosen, onChoose}} />
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </div>
  );
}

const all: readonly Column[] = ['run', 'state', 'metric', 'set', 'started', 'took'];

function mentions(row: RunRow, text: string): boolean {
  return [row.run, row.pipeline, setText(row)].some((one) => one.includes(text));
}

/** The order after a click on a column: its own, and the reverse after another click. */
function nextOrder(order: Order, first: Order): Order {
  return order.column === first.column ? {...order, isUp: !order.isUp} : first;
}

function Head({
  columns,
  metric,
  order,
  onSort,
}: {
  columns: readonly Column[];
  metric: string | undefined;
  order: Order;
  onSort: (column: Column) => void;
}): JSX.Element {
  return (
    <thead>
      <tr>
        <td>
          <span class="hidden">Chosen</span>
        </td>
        {columns.map((column) => {
          const [sort, arrow] = order.column === column ? shownOrder(order) : [undefined, '↕'];
          return (
            <th key={column} scope="col" class={classOf(column)} {...(sort && {'aria-sort': sort})}>
              <button type="button" class="sort" onClick={() => onSort(column)}>
                {column === 'metric' ? metric : titles[column]}{' '}
                <span aria-hidden="true">{arrow}</span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

const titles = {run: 'Run', state: 'State', set: 'Set', started: 'Started', took: 'Took'} as const;

function classOf(column: Column): string {
  return column === 'metric' || column === 'took' ? 'right' : '';
}

function shownOrder({isUp}: Order): readonly ['ascending' | 'descending', arrow: string] {
  return isUp ? ['ascending', '↑'] : ['descending', '↓'];
}

function Filters({
  text,
  state,
  metric,
  metrics,
  count,
  onSearch,
  onState,
  onMetric,
}: {
  text: string;
  state: string;
  metric: string | undefined;
  metrics: readonly string[];
  /** Number of runs that are left, as text. */
  count: string;
  onSearch: (text: string) => void;
  onState: (state: string) => void;
  onMetric: (metric: string) => void;
}): JSX.Element {
  return (
    <div class="filters">
      <Search
        label="Only runs whose name, pipeline or settings contain"
        text={text}
        onSearch={onSearch}
      />
      <Choice
        label="Only runs that are"
        value={state}
        options={[['', 'any state'], ...Object.entries(outcomeNames)]}
        onChoose={onState}
      />
      {metrics.length > 1 && (
        <Choice
          label="The number to show"
          value={metric ?? ''}
          options={metrics.map((name) => [name, name])}
          onChoose={onMetric}
        />
      )}
      <span class="hint" role="status">
        {count}
      </span>
    </div>
  );
}
