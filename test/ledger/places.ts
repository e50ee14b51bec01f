import type { Lost, Place } from './entries.ts';

export function covers(lost: Lost, durable: Omit<Place, 'index'>): boolean {
  return (
    lost.writer === durable.writer &&
    lost.lane === durable.lane &&
    lost.from <= durable.sequence &&
    durable.sequence < lost.to
  );
}

export function laneOf(place: Pick<Place, 'writer' | 'lane'>): string {
  return `${place.writer}/${place.lane}`;
}

export function compare(a: Place, b: Place): number {
  return a.sequence - b.sequence || a.index - b.index;
}
