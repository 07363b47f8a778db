import type {CSSProperties, JSX} from 'preact';
import type {PicturePart} from '../../model/parts.ts';
import {captionRows} from './caption-rows.ts';

/** The style of captions with up to this number of letters in a row: they stand upright in narrower pictures. */
const lengths = [
  [30, 'rows'],
  [60, 'rows long'],
  [100, 'rows longer'],
  [Infinity, 'rows longest'],
] as const;

/** A picture, cut into the rows of its grid, with the captions of the images below each row. */
export function Captioned({
  picture: {url, width, height, grid},
  captions,
  alt,
}: {
  picture: PicturePart;
  captions: readonly string[];
  alt: string;
}): JSX.Element {
  if (grid === undefined) return <img src={url} alt={alt} width={width} height={height} />;
  const {columns, padding} = grid;
  const rows = captionRows(captions, columns);
  const pitch = (height - padding) / rows.length;
  const longest = Math.max(...rows.flat().map(({text, span}) => text.length / span));
  const inset = `${(100 * padding) / width}%`;
  return (
    <span class={lengths.find(([letters]) => longest * columns <= letters)![1]}>
      {rows.map((row, index) => (
        <span key={index}>
          <span class="cut" style={cutStyle(width, pitch + padding)}>
            <img
              src={url}
              alt={index === 0 ? alt : ''}
              width={width}
              height={height}
              style={{top: `${(-100 * index * pitch) / (pitch + padding)}%`}}
            />
          </span>
          <span
            class="captions"
            aria-hidden="true"
            style={{gridTemplateColumns: `repeat(${columns}, 1fr)`, paddingInline: inset}}
          >
            {row.map(({text, span}, place) => (
              <span key={place} title={text} style={{gridColumn: `span ${span}`}}>
                {text}
              </span>
            ))}
          </span>
        </span>
      ))}
    </span>
  );
}

function cutStyle(width: number, height: number): CSSProperties {
  return {aspectRatio: `${width} / ${height}`};
}
