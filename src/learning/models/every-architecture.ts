// Written by scripts/networks.mjs: run `npm run schemas`.
import type {Architectures} from './architecture.ts';
import {architectures as from0} from './architectures/conv-net.ts';
import {architectures as from1} from './architectures/res-net.ts';
import {architectures as from2} from './architectures/small-nets.ts';
import {architectures as from3} from './architectures/vgg.ts';

/** All networks by name. */
export const architectures: Architectures = {...from0, ...from1, ...from2, ...from3};
