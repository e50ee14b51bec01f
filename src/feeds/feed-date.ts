/** Minutes east of Greenwich of the zones that feeds write by name: those of RFC 822, and common ones of Europe and Japan. */
const zones: Readonly<Record<string, number>> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  wet: 0,
  west: 60,
  bst: 60,
  cet: 60,
  cest: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  jst: 540,
};

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const iso =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?)?)?$/;
const rfc822 =
  /^(?:[A-Za-z]{3,9},?\s)?(\d{1,2})[\s-]([A-Za-z]{3})[a-z]{0,6}[\s-](\d{4}|\d\d)(?:\s(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s?([A-Za-z]{1,5}|[+-]\d\d:?\d\d))?)?(?:\s\([A-Za-z ]{1,30}\))?$/;

/**
 * A feed's date as ISO 8601 in UTC, `2026-01-31T12:00:00.000Z`; `undefined` when it cannot be told for certain. Read are W3C's
 * dates (ISO 8601) and those of RFC 822, with days and months alone, too. Without a zone it is UTC: this machine's own zone
 * has nothing to do with it.
 */
export function isoDate(raw: string | undefined): string | undefined {
  if (raw === undefined || raw.length > 100) return undefined;
  const text = raw.trim().replace(/\s+/g, ' ');
  const parts = isoParts(text) ?? rfc822Parts(text);
  if (parts === undefined) return undefined;
  const { year, month, day, hour, minute, second, ms, offset } = parts;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second, ms));
  // 31 February, 25 o'clock: a date that JavaScript would move on.
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day || minute > 59) return undefined;
  const time = date.getTime() - offset * 60_000;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
}

function isoParts(text: string): DateParts | undefined {
  const match = iso.exec(text);
  if (match === null) return undefined;
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  const ms = Math.trunc(Number(`0.${fraction || '0'}`) * 1000);
  return {
    ...numbers({ day, hour, minute, second }),
    year: Number(year),
    month: Number(month) - 1,
    ms,
    offset,
  };
}

function rfc822Parts(text: string): DateParts | undefined {
  const match = rfc822.exec(text);
  if (match === null) return undefined;
  const [, day = '', name = '', year = '', hour = '0', minute = '0', second = '0', zone] = match;
  const month = months.indexOf(name.toLowerCase());
  const offset = offsetOf(zone);
  if (month < 0 || offset === undefined) return undefined;
  const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  return { ...numbers({ day, hour, minute, second }), year: full, month, ms: 0, offset };
}

function numbers<Name extends string>(texts: Readonly<Record<Name, string>>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<string>(texts).map(([name, text]) => [name, Number(text)]),
  ) as Record<Name, number>;
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return 0;
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (match === null) {
    const name = zone.toLowerCase();
    return Object.hasOwn(zones, name) ? zones[name] : undefined;
  }
  const [, sign, hours, minutes] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
