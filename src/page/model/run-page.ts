import type {Digest} from '../../base/digest.ts';
import type {Offers} from '../../contract/offers.ts';
import {readFigures, type Figures} from '../../inspect/figures.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {Reason} from '../../plan/verdict.ts';
import type {RunEvent} from '../../journal/event.ts';
import {lastBeatMs} from '../../store/claims/members.ts';
import type {Store} from '../../store/layout.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import type {Fingerprint} from '../../store/records/fingerprint.ts';
import type {Key, StageRecord} from '../../store/records/record.ts';
import {describeReason} from '../../report/text/describe.ts';
import {hasResult, resultOf, RunAccount, type InstanceAccount} from '../../journal/run-account.ts';
import {changesSince} from './changes.ts';
import {collapsed} from './collapse.ts';
import {chartParts, histogramParts, type FiguresById} from './chart-parts.ts';
import {detailOf} from './detail.ts';
import {galleryParts} from './gallery-parts.ts';
import {graphLayout} from './graph-layout.ts';
import {overviewOf} from './overview.ts';
import type {ChangesPart, Detail, GraphPart, Parts, RunResults, StagePart} from './parts.ts';
import {scoreParts} from './score-parts.ts';
import {stageParts, type Known} from './stages.ts';
import {textParts} from './text-parts.ts';
import {Timeline} from './timeline.ts';

/** The page of a run, made from its events and from the store. It is read repeatedly while the run goes on. */
export class RunPage {
  readonly account: RunAccount;
  readonly #store: Store;
  readonly #drawings: Offers['drawings'];
  readonly #timeline = new Timeline();
  readonly #reasons = new Map<InstanceId, readonly Reason[]>();
  readonly #known = new Map<InstanceId, Known>();
  readonly #figures = new Map<StageRecord, Figures>();
  readonly #details = new Map<InstanceId, {readonly of: string; readonly detail: Detail}>();
  readonly #warnings: string[] = [];
  #graphs: readonly GraphPart[] | undefined;
  #changes: ChangesPart | null | undefined;

  constructor(store: Store, run: string, drawings: Offers['drawings']) {
    this.#store = store;
    this.#drawings = drawings;
    this.account = new RunAccount(store, run);
  }

  add(event: RunEvent): void {
    this.account.add(event);
    this.#timeline.add(event);
    if (event.kind === 'warned') this.#warnings.push(`${event.instance}: ${event.sentence}`);
    if (event.kind === 'started') this.#reasons.set(event.instance, event.reasons);
  }

  async parts(nowMs: number): Promise<Parts> {
    const {account} = this;
    const {stages, ...results} = await this.results(nowMs);
    const {planned} = account;
    const sources = this.#sources();
    const timeline = this.#timeline.part(account.isLive, (member) =>
      account.isAtWork(member) ? undefined : (lastBeatMs(this.#store, member) ?? 0),
    );
    return {
      overview: overviewOf({
        run: account,
        name: planned?.name,
        facts: planned?.facts,
        held: timeline.lanes,
        records: this.#records(),
        workMs: stages.reduce((sum, {workMs}) => sum + workMs, 0),
        nowMs,
      }),
      graphs: await this.#layOut(),
      stages,
      timeline,
      ...results,
      changes: this.#changesSince(),
      notes: [...this.#warnings, ...results.notes],
      ...this.#detailParts(sources),
    };
  }

  /** What the run has made, without how it did so. Its notes are about what could not be read. */
  async results(nowMs: number): Promise<RunResults> {
    const {account} = this;
    this.#lookUp();
    const {planned} = account;
    const stages = stageParts({run: account, drawn: planned?.stages, known: this.#known, nowMs});
    const figures = await this.#readFigures(stages);
    return {
      stages,
      texts: textParts(figures, finalIn(planned)),
      scores: scoreParts(figures),
      galleries: galleryParts(figures),
      charts: chartParts(figures),
      histograms: histogramParts(figures),
      notes: figures.flatMap(([, {notes}]) => notes),
    };
  }

  /** The fingerprints of results, as far as `results` has read them. */
  fingerprints(): readonly (readonly [Key, Fingerprint])[] {
    return [...this.#known.values()].flatMap(({record, fingerprint}) =>
      record && fingerprint ? [[record.key, fingerprint] as const] : [],
    );
  }

  /** Reads the records and fingerprints of new instances; those of others do not change. */
  #lookUp(): void {
    for (const [id, account] of this.account.instances) {
      const before = this.#known.get(id)?.record;
      if (before !== undefined && before.key === account.key && account.record === undefined)
        continue;
      if (before !== undefined && before === account.record) continue;
      const record = hasResult(account) ? resultOf(this.#store, account) : undefined;
      const fingerprint = record && readFingerprint(this.#store, record);
      this.#known.set(id, {record, fingerprint});
    }
  }

  /** The figures of instances in the order in which the page lists them. */
  async #readFigures(stages: readonly StagePart[]): Promise<FiguresById> {
    const all: (readonly [string, Figures])[] = [];
    for (const {id} of stages.flatMap(({rows}) => rows)) {
      const record = this.#known.get(id as InstanceId)?.record;
      if (record === undefined) continue;
      const from = {store: this.#store, drawings: this.#drawings};
      const figures = this.#figures.get(record) ?? (await readFigures(id, record, from));
      this.#figures.set(record, figures);
      all.push([id, figures]);
    }
    return all;
  }

  /** Lays the graphs of a run out once: only the states of their nodes change. */
  async #layOut(): Promise<readonly GraphPart[]> {
    const {planned} = this.account;
    if (planned === undefined) return [];
    this.#graphs ??= await layOut(planned);
    return this.#graphs;
  }

  /** The comparison with the previous run, which is made when the run is over. */
  #changesSince(): ChangesPart | null {
    if (this.account.isLive) return null;
    return (this.#changes ??= changesSince(this.account, this.#store) ?? null);
  }

  #detailParts(sources: ReadonlyMap<Digest, string>): Readonly<Record<`detail:${string}`, Detail>> {
    return Object.fromEntries(
      [...this.account.instances.values()].map((account) => [
        `detail:${account.id}`,
        this.#detailOf(account, sources),
      ]),
    );
  }

  #detailOf(account: InstanceAccount, sources: ReadonlyMap<Digest, string>): Detail {
    const of = `${account.standing} ${account.key ?? ''} ${account.logs.length}`;
    const before = this.#details.get(account.id);
    // The log of a running instance grows.
    if (before?.of === of && account.standing !== 'running') return before.detail;
    const detail = detailOf({
      account,
      record: this.#known.get(account.id)?.record,
      fingerprint: this.#known.get(account.id)?.fingerprint,
      reasons: (this.#reasons.get(account.id) ?? []).map(describeReason),
      sources,
      store: this.#store,
    });
    this.#details.set(account.id, {of, detail});
    return detail;
  }

  #records(): ReadonlyMap<string, StageRecord> {
    return new Map([...this.#known].flatMap(([id, {record}]) => (record ? [[id, record]] : [])));
  }

  /** The outputs that the artifacts of this run belong to, by digest. */
  #sources(): ReadonlyMap<Digest, string> {
    const sources = new Map<Digest, string>();
    for (const [id, record] of this.#records()) {
      for (const [name, {artifacts}] of Object.entries(record.outputs)) {
        for (const [index, {digest}] of artifacts.entries()) {
          const number = artifacts.length > 1 ? `[${index}]` : '';
          if (!sources.has(digest)) sources.set(digest, `${id}.${name}${number}`);
        }
      }
    }
    return sources;
  }
}

async function layOut({
  stages,
  instances,
}: Extract<RunEvent, {kind: 'planned'}>): Promise<readonly GraphPart[]> {
  const drawn = [await graphLayout('stages', stages)];
  if (instances === undefined || instances.nodes.length === stages.nodes.length) return drawn;
  const fewer = collapsed(instances, stages);
  if (fewer !== undefined) drawn.push(await graphLayout('instances', fewer));
  drawn.push(await graphLayout(fewer === undefined ? 'instances' : 'all', instances));
  return drawn;
}

/** Whether no instance takes the outputs of an instance as input; where the journal has stages only, no stage. */
function finalIn(planned: RunAccount['planned']): (id: string) => boolean {
  const edges = (planned?.instances ?? planned?.stages)?.edges ?? [];
  const taken = new Set(edges.map(([from]) => from));
  return (id) => !taken.has(id) && !taken.has(stageOf(id));
}
