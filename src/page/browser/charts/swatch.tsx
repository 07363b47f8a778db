import type {JSX} from 'preact';
import {colourAt} from './palette.ts';

/** The colour of something, next to text that names it. */
export function Swatch({colour}: {colour: number}): JSX.Element {
  return <span class={`swatch c${colourAt(colour)}`} aria-hidden="true" />;
}
