import { z } from 'zod';

/** In a file, a variable or a flag also `"90s"`, `"7d"`; see `quantity.ts`. */
export const ms = (minimum = 0) => z.number().int().min(minimum).meta({ unit: 'ms' });
/** In a file, a variable or a flag also `"64KiB"`, `"256MiB"`. */
export const bytes = (minimum = 0) => z.number().int().min(minimum).meta({ unit: 'bytes' });
export const count = (minimum = 1) => z.number().int().min(minimum);
export const redisUrl = () =>
  z
    .string()
    .regex(/^rediss?:\/\//)
    .meta({ secret: true, form: 'a URL that begins with `redis://` or `rediss://`' })
    .describe('`redis://[user:password@]host:port/database`, or `rediss://` for TLS.');
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).prefault({} as never);
