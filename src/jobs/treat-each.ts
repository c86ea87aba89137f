/**
 * Treats one after the other until the signal aborts; one that fails keeps none of the others, and is thrown at the
 * end. Fulfilled with how many were treated.
 */
export async function treatEach<T>(
  items: readonly T[],
  signal: AbortSignal,
  treat: (item: T) => Promise<void>,
): Promise<number> {
  const failures: unknown[] = [];
  let treated = 0;
  for (const item of items) {
    if (signal.aborted) break;
    await treat(item).then(
      () => treated++,
      (error) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  return treated;
}
