import {referenceTests} from '../support/engines/reference-tests.ts';

await referenceTests('decoders.json');
