import type {JSX} from 'preact';
import type {Block, ScorePart, TextPart} from '../model/parts.ts';
import {Copy, fileName, Save, textUrl} from './take.tsx';
import {Scores} from './charts/scores.tsx';

/** The readable outputs of instances, tables and texts, and a plot of accuracies. */
export function Results({
  texts,
  scores,
}: {
  texts: readonly TextPart[];
  scores: readonly ScorePart[];
}): JSX.Element {
  return (
    <div class="results">
      {texts.map((text) => (
        <article key={text.title} class="card">
          <div class="card-head">
            <h3>{text.title}</h3>
            <TakeTexts text={text} />
          </div>
          {text.blocks.map((block, index) => (
            <TextBlock key={index} block={block} />
          ))}
          {text.sources.map(({name, media, isWhole, text: source}) => (
            <details key={name} open={text.blocks.length === 0 && isShort(source)}>
              <summary>
                {name === media ? name : `${name} (${media})`}
                {!isWhole && ', its beginning'}
              </summary>
              <pre tabIndex={0}>{source}</pre>
            </details>
          ))}
        </article>
      ))}
      {scores.map((score) => (
        <Scores key={score.title} score={score} />
      ))}
    </div>
  );
}

/** Number of lines up to which a text is open if there is no table above it. */
const shortLines = 12;

function isShort(text: string): boolean {
  return text.trimEnd().split('\n').length <= shortLines;
}

/** Buttons that copy the text, and save it in each of its formats; a text that is too long is only in the store. */
function TakeTexts({text: {title, sources}}: {text: TextPart}): JSX.Element {
  const whole = sources.filter(({isWhole}) => isWhole);
  return (
    <span class="take">
      {whole[0] !== undefined && <Copy text={whole[0].text} of={title} />}
      {whole.map(({name, extension, text}) => (
        <Save
          key={name}
          file={fileName(title === name ? name : `${title}.${name}`, extension)}
          url={textUrl(text)}
          label={`Save .${extension}`}
        />
      ))}
    </span>
  );
}

function TextBlock({block}: {block: Block}): JSX.Element {
  if (block.kind === 'text') return <p class="prose">{block.text}</p>;
  const align = (index: number): string => (block.isRight[index] === true ? 'right' : '');
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Table">
      <table class="data">
        <thead>
          <tr>
            {block.head.map((title, index) => (
              <th key={index} scope="col" class={align(index)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, index) =>
                index === 0 ? (
                  <th key={index} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={index} class={align(index)}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
