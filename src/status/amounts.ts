import { DAY, GiB, HOUR, KiB, MINUTE, MiB, SECOND } from '../config/units.ts';

/** `850 ms`, `12 s`, `3 min 20 s`, `5 h 12 min`, `9 d 4 h`: short, and rounded to what matters. */
export function timeText(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return two(ms, [MINUTE, 'min'], [SECOND, 's']);
  if (ms < DAY) return two(ms, [HOUR, 'h'], [MINUTE, 'min']);
  return two(ms, [DAY, 'd'], [HOUR, 'h']);
}

/** `12 B`, `1.5 KiB`, `256 MiB`. */
export function bytesText(bytes: number): string {
  const [size, name] =
    ([GiB, MiB, KiB] as const)
      .map((unit, index) => [unit, ['GiB', 'MiB', 'KiB'][index]] as const)
      .find(([unit]) => bytes >= unit) ?? ([1, 'B'] as const);
  const value = bytes / size;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${name}`;
}

/** `1 update`, `1,200 updates`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

export function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `$12.34`; small amounts with as many digits as show something. */
export function dollarsText(dollars: number): string {
  if (dollars === 0) return '$0';
  if (dollars >= 1) return `$${dollars.toLocaleString('en-US', { maximumFractionDigits: 2 })}`;
  return dollars < 0.0001 ? 'less than $0.0001' : `$${dollars.toPrecision(2)}`;
}

type NamedUnit = readonly [factor: number, name: string];

function two(ms: number, [big, bigName]: NamedUnit, [small, smallName]: NamedUnit): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}
