import type {Layer} from './layer.ts';

/** What a network is made for; the size of its images comes later, when its layers are fitted to them. */
export interface Purpose {
  readonly channels: number;
  readonly classes: number;
}

/** A kind of network. */
export type Architecture = (purpose: Purpose) => Layer;

/** What a file in `architectures/` exports as `architectures`: networks by their names. */
export type Architectures = Readonly<Record<string, Architecture>>;
