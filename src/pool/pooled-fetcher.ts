export type { PoolSnapshot } from './pool.ts';
