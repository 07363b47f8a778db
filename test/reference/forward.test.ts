import {referenceTests} from '../support/reference-tests.ts';

await referenceTests('forward.json');
