import { DAY, GiB, HOUR, KiB, MINUTE, MiB, SECOND } from './units.ts';

export type Unit = 'ms' | 'bytes';

const factors: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  ms: { d: DAY, h: HOUR, m: MINUTE, min: MINUTE, s: SECOND, ms: 1 },
  bytes: { GiB, MiB, KiB, GB: 1e9, MB: 1e6, kB: 1000, KB: 1000, B: 1 },
};

/** What `parseQuantity` takes, as a sentence's end. */
export const quantityForms: Readonly<Record<Unit, string>> = {
  ms: 'a number of milliseconds, or a time such as "500ms", "90s", "10m", "12h" or "7d"',
  bytes: 'a number of bytes, or a size such as "64KiB", "256MiB" or "1GiB"',
};

/** `"7d"` → milliseconds, `"256MiB"` → bytes, `"1000"` → 1000; undefined for anything else. */
export function parseQuantity(text: string, unit: Unit): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  const [, digits, name] = match ?? [];
  if (digits === undefined || name === undefined) return undefined;
  const factor = name === '' ? 1 : factors[unit][name];
  if (factor === undefined) return undefined;
  const value = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The largest unit that the value is a whole number of: `7d`, `256MiB`, `1500ms`. Reads back as the same value. */
export function formatQuantity(value: number, unit: Unit): string {
  if (value === 0) return '0';
  const [name, factor] = Object.entries(factors[unit]).find(
    ([candidate, size]) => /^(?:d|h|m|s|ms|B|.iB)$/.test(candidate) && value % size === 0,
  ) ?? ['', 1];
  return `${value / factor}${name}`;
}
