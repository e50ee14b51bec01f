import { Counter, type Registry } from 'prom-client';

/** A running total. Adding to it costs an addition: the registry reads it only when it is asked. */
export class Total {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(amount = 1): void {
    this.#value += amount;
  }

  /** What somebody else has counted so far. */
  set(value: number): void {
    this.#value = value;
  }
}

export interface Named {
  /** Without the prefix `bucketcast_`, and for counters without `_total`. */
  readonly name: string;
  readonly help: string;
}

/** A counter without labels. */
export function total(registry: Registry, named: Named): Total {
  const value = new Total();
  register(registry, named, [], () => [[{}, value]]);
  return value;
}

/** A counter with one label whose values are all known: each is there from the beginning, with 0. */
export function totalsBy<Value extends string>(
  registry: Registry,
  named: Named & { readonly label: string; readonly values: readonly Value[] },
): Readonly<Record<Value, Total>> {
  const { label, values } = named;
  const totals = Object.fromEntries(values.map((value) => [value, new Total()])) as Record<Value, Total>;
  register(registry, named, [label], () => values.map((value) => [{ [label]: value }, totals[value]]));
  return totals;
}

/** The same with two labels. */
export function totalsByTwo<First extends string, Second extends string>(
  registry: Registry,
  named: Named & {
    readonly labels: readonly [string, string];
    readonly values: readonly [readonly First[], readonly Second[]];
  },
): Readonly<Record<First, Readonly<Record<Second, Total>>>> {
  const [firsts, seconds] = named.values;
  const [firstLabel, secondLabel] = named.labels;
  const row = () =>
    Object.fromEntries(seconds.map((second) => [second, new Total()])) as Record<Second, Total>;
  const totals = Object.fromEntries(firsts.map((first) => [first, row()])) as Record<
    First,
    Record<Second, Total>
  >;
  register(registry, named, [...named.labels], () =>
    firsts.flatMap((first) =>
      seconds.map(
        (second) => [{ [firstLabel]: first, [secondLabel]: second }, totals[first][second]] as const,
      ),
    ),
  );
  return totals;
}

type Series = readonly (readonly [labels: Readonly<Record<string, string>>, total: Total])[];

function register(
  registry: Registry,
  { name, help }: Named,
  labelNames: string[],
  read: () => Series,
): Counter {
  return new Counter({
    name: `bucketcast_${name}_total`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, { value }] of read()) this.inc(labels, value);
    },
  });
}
