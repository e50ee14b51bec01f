/**
 * Why a test that needs these programs is to be skipped; nothing when they are there. With `BUCKETCAST_REQUIRE_SERVERS=1`,
 * as in CI, a missing one is a failure.
 */
export function skipUnless(installed: boolean, missing: string): { readonly skip: string } | undefined {
  if (installed) return undefined;
  if (process.env['BUCKETCAST_REQUIRE_SERVERS'] === '1') throw new Error(missing);
  return { skip: missing };
}
