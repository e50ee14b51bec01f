import { z } from 'zod';

/** In a file, a variable or a flag also `"90s"`, `"7d"`; see `quantity.ts`. */
export const ms = (minimum = 0) => z.number().int().min(minimum).meta({ unit: 'ms' });
/** In a file, a variable or a flag also `"64KiB"`, `"256MiB"`. */
export const bytes = (minimum = 0) => z.number().int().min(minimum).meta({ unit: 'bytes' });
export const count = (minimum = 1) => z.number().int().min(minimum);
/** What is said of a wrong URL of a Redis server. */
export const redisForm = 'a URL that begins with `redis://` or `rediss://`';
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).prefault({} as never);
