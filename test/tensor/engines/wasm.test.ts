import {startWasmEngine} from '../../../src/tensor/engines/wasm/wasm-engine.ts';
import {engineSuite} from '../../support/engine-suite.ts';

const engine = startWasmEngine({threads: 2});
engineSuite('wasm', () => Promise.resolve(engine));
