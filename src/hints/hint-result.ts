/**
 * What came of something that was heard.
 *
 * | result | meaning |
 * |---|---|
 * | `believed` | signed, and new: subscriptions were told at once |
 * | `polled` | new, and not to be believed: a poll sees to it, as far as hints may cause polls |
 * | `known` | nothing new |
 * | `own` | about what this server publishes itself |
 * | `foreign` | of another fleet, or of keys that are nobody's business here |
 * | `malformed` | no hint at all, or of a newer version |
 * | `forged` | its MAC is wrong |
 */
export const hintResults = ['believed', 'polled', 'known', 'own', 'foreign', 'malformed', 'forged'] as const;

export type HintResult = (typeof hintResults)[number];
