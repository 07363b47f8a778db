import type {JSX} from 'preact';
import {useState} from 'preact/hooks';

/** Buttons that copy a text, and save it as a file. */
export function TakeText({file, text}: {file: string; text: string}): JSX.Element {
  return (
    <span class="take">
      <Copy text={text} of={file} />
      <Save file={file} url={textUrl(text)} />
    </span>
  );
}

/** A text as a `data:` URL. */
export function textUrl(text: string): string {
  return `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
}

/** A link that saves the data of a URL as a file. */
export function Save({
  file,
  url,
  label = 'Save',
}: {
  file: string;
  url: string;
  label?: string;
}): JSX.Element {
  return (
    <a class="quiet" download={file} href={url} aria-label={`${label} as ${file}`}>
      {label}
    </a>
  );
}

/** A button that copies a text. `of` names it for screen readers. */
export function Copy({text, of}: {text: string; of: string}): JSX.Element {
  const [label, setLabel] = useState('Copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setLabel('Copied');
    } catch {
      // The browser did not allow it.
      setLabel('Not allowed');
    }
  };
  return (
    <button type="button" class="quiet" aria-label={`${label} ${of}`} onClick={() => void copy()}>
      {label}
    </button>
  );
}

/** A name for a file: the characters of `name` that every system allows. */
export function fileName(name: string, extension: string): string {
  return `${name.replaceAll(/[^\w.=-]+/g, '_').replaceAll(/^_+|_+$/g, '')}.${extension}`;
}
