/** Tests that the order in which journals arrive does not matter. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import type {RunEventBody} from '../../../src/journal/event.ts';
import {RunAccount} from '../../../src/journal/run-account.ts';
import {begunAt, first, second} from '../../support/rigs/cluster-run.ts';
import {eventsOf, merged, type ToldBy} from '../../support/rigs/merged.ts';
import {begun, done, toldAt} from '../../support/rigs/told-run.ts';

/** What two members tell of one instance, and what a local run would have told. */
interface Story {
  readonly a: readonly RunEventBody[];
  readonly b: readonly RunEventBody[];
  readonly local: readonly RunEventBody[];
}

function storiesOf(id: string): readonly Story[] {
  const {
    hit,
    failed: fail,
    suspended: stop,
    waiting: wait,
    retrying: again,
    progress,
  } = eventsOf(id);
  const [startA, startB, start] = [begunAt(first, id), begunAt(second, id), begun(id)];
  return [
    {a: [], b: [], local: []},
    {a: [hit], b: [hit], local: [hit]},
    {a: [wait, hit], b: [wait, hit], local: [wait, hit]},
    {a: [startA, progress, done(id)], b: [wait, hit], local: [start, done(id)]},
    {a: [startA, again, startA, done(id)], b: [], local: [start, again, start, done(id)]},
    {a: [startA, again, wait, hit], b: [startB, done(id)], local: [start, done(id)]},
    {a: [startA, stop], b: [startB, done(id)], local: [start, done(id)]},
    {a: [startA, stop], b: [startB, stop], local: [start, stop]},
    {a: [startA, stop], b: [hit], local: [hit]},
    {a: [startA, fail], b: [fail], local: [start, fail]},
    {a: [startA, stop], b: [startB, fail], local: [start, fail]},
  ];
}

test('any interleaving of what two members tell amounts to the run of one', () => {
  const kinds = storiesOf('x').length;
  const told = fc.record({story: fc.nat(kinds - 1), isSwapped: fc.boolean()});
  const property = fc.property(fc.array(told, {maxLength: 8}), fc.gen(), (instances, draw) => {
    const stories = instances.map(({story, isSwapped}, index) => {
      const {a: one, b: other, local} = storiesOf(`x[n=${index}]`)[story]!;
      return isSwapped ? {a: other, b: one, local} : {a: one, b: other, local};
    });
    const mixed = <T>(lists: readonly (readonly T[])[]): readonly T[] => {
      const rest = lists.map((list) => [...list]);
      const all: T[] = [];
      for (let open = rest; (open = open.filter(({length}) => length > 0)).length > 0;) {
        all.push(open[draw(fc.nat, {max: open.length - 1})]!.shift()!);
      }
      return all;
    };
    const toldBy = (member: string, events: readonly RunEventBody[]): readonly ToldBy[] =>
      events.map((event) => [member, event]);
    const ofA = toldBy(first, mixed(stories.map((story) => story.a)));
    const ofB = toldBy(second, mixed(stories.map((story) => story.b)));
    const run = merged(...mixed([ofA, ofB])).run;
    const local = new RunAccount({root: '/nowhere'}, 'told');
    for (const event of toldAt(
      ...stories.flatMap(({local}) => local.map((one) => [0, one] as const)),
    )) {
      local.add(event);
    }
    assert.deepEqual(run.state.counts, local.state.counts);
    const standings = ({instances}: RunAccount): object =>
      Object.fromEntries(Array.from(instances.values(), ({id, standing}) => [id, standing]));
    assert.deepEqual(standings(run), standings(local));
  });
  fc.assert(property, {numRuns: 500});
});
