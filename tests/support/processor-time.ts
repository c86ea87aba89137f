/**
 * The processor time of this process in ms, for limits on pure computing: a busy machine lengthens the time on the
 * clock tenfold, and this one hardly.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
