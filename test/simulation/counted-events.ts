/** Events that show which parts of the protocol a run of seeds reaches. */
export const countedEvents = [
  'parked',
  'merged',
  'trimmed',
  'retired',
  'gap',
  'twin',
  'distrusted',
  'crashed',
  'blocked',
  'paused',
  'dead-letter',
  'unknown-loss',
  'claim-lost',
  'snapshot-written',
  'snapshot-bad',
  'recovered',
] as const;
