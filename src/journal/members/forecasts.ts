import type {RunEvent} from '../event.ts';

type Forecast = Extract<RunEvent, {kind: 'forecast'}>;

/** The forecasts of the members of a run that are at work: each says how long it would take all alone. */
export class Forecasts {
  readonly #byMember = new Map<string | undefined, Forecast>();

  /** The forecast for all of them together. */
  add(event: Forecast, member: string | undefined): Forecast {
    this.#byMember.set(member, event);
    const share = Array.from(this.#byMember.values(), ({remainingMs}) => 1 / remainingMs);
    return {...event, remainingMs: Math.round(1 / share.reduce((sum, one) => sum + one, 0))};
  }

  /** Forgets a member that is not at work any more. */
  remove(member: string | undefined): void {
    this.#byMember.delete(member);
  }
}
