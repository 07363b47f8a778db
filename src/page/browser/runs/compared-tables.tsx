import type {JSX} from 'preact';
import type {ComparedLine, ComparedTable} from '../../model/runs/runs-parts.ts';
import {Difference} from './difference.tsx';
import {Mark} from './run-legend.tsx';

/** Tables of several runs: the lines of a row are those of the runs, with the differences from the first. */
export function ComparedTables({tables}: {tables: readonly ComparedTable[]}): JSX.Element {
  return (
    <>
      {tables.map((table, index) => (
        <Table key={`${index} ${table.title}`} table={table} />
      ))}
    </>
  );
}

function Table({table: {title, head, isRight, rows}}: {table: ComparedTable}): JSX.Element {
  const align = (column: number): string => (isRight[column] === true ? 'right' : '');
  const [first = '', ...others] = head;
  return (
    <article class="card">
      <h3>{title}</h3>
      <div class="scroll" tabIndex={0} role="group" aria-label={title}>
        <table class="data compared">
          <thead>
            <tr>
              <th scope="col">{first}</th>
              <th scope="col">run</th>
              {others.map((text, index) => (
                <th key={text} scope="col" class={align(index + 1)}>
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          {rows.map(({name, lines}, index) => (
            <tbody key={`${index} ${name}`}>
              {lines.map((line, place) => (
                <tr key={line.of.label}>
                  {place === 0 && (
                    <th scope="rowgroup" rowSpan={lines.length}>
                      {name}
                    </th>
                  )}
                  <Cells line={line} align={align} />
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </article>
  );
}

function Cells({
  line: {of, cells},
  align,
}: {
  line: ComparedLine;
  align: (column: number) => string;
}): JSX.Element {
  return (
    <>
      <th scope="row">
        <Mark mark={of} />
      </th>
      {cells.map(({text, difference}, index) => (
        <td key={index} class={align(index + 1)}>
          {text}
          {difference !== undefined && <Difference text={difference} />}
        </td>
      ))}
    </>
  );
}
