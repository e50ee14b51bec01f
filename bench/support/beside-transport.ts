import type { Contender } from './contender.ts';
import type { Column, Measurement } from './measurement.ts';

/** What a contender carries its updates through; none for one that is not beside any. */
export type BesideContender = Contender & { readonly beside?: string };

/**
 * Notes what contenders took, so that one can be beside the sum of two others of the same round: what goes through a transport and a
 * bucket beside the bare transport and one PUT.
 */
export class BesideTransport {
  readonly #taken: {
    readonly round: number;
    readonly contender: BesideContender;
    readonly taken: Measurement;
  }[] = [];

  /** The same contender, noted. */
  note(contender: BesideContender): Contender {
    let round = 0;
    return {
      ...contender,
      measure: async (signal) => {
        const taken = await contender.measure(signal);
        this.#taken.push({ round: round++, contender, taken });
        return taken;
      },
    };
  }

  /** Its p50 to that of the contender it is beside plus that of `put`; nothing where one of them did not run. */
  column(title: string, put: string): Column {
    return { title, digits: 2, of: (measurement) => this.#ratio(measurement, put) };
  }

  #ratio(measurement: Measurement, put: string): number {
    const own = this.#taken.find(({ taken }) => taken === measurement);
    if (own?.contender.beside === undefined) return Number.NaN;
    const p50 = (name: string | undefined) =>
      this.#taken.find(({ round, contender }) => round === own.round && contender.name === name)?.taken
        .extra?.['p50'] ?? Number.NaN;
    return p50(own.contender.name) / (p50(own.contender.beside) + p50(put));
  }
}
