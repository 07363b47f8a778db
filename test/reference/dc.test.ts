import {referenceTests} from '../support/engines/reference-tests.ts';

await referenceTests('dc.json');
