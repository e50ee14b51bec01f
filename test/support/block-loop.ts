/** Keeps this thread's event loop from turning for so long, in between turns for whoever watches it. */
export async function blockLoop(ms: number): Promise<void> {
  await turns();
  const until = performance.now() + ms;
  while (performance.now() < until);
  await turns();
}

function turns(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}
