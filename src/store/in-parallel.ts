/** Runs over all items, at most `width` at once; the answers come in the order of the items. The first throw ends it. */
export async function inParallel<Item, Answer>(
  width: number,
  items: readonly Item[],
  run: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let at = 0;
  const lane = async () => {
    while (at < items.length) {
      const index = at++;
      answers[index] = await run(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return answers;
}
