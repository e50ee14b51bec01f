import { InvalidArgumentError } from 'commander';
import { parseQuantity, quantityForms } from '../config/quantity.ts';

/** Parser of a flag that takes a length of time: `90s`, `7d`, or milliseconds. */
export function timeOption(text: string): number {
  const value = parseQuantity(text, 'ms');
  if (value === undefined) throw new InvalidArgumentError(`Expected ${quantityForms.ms}.`);
  return value;
}
