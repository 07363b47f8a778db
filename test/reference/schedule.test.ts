import {referenceTests} from '../support/engines/reference-tests.ts';

await referenceTests('schedule.json');
