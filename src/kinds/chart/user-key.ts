const userKeyBytes = 8;

/** Whose key it is: a device of a customer. */
interface KeyOwner {
  readonly organizationId: number;
  readonly customerId: number | null;
  readonly deviceId: number;
}

/**
 * The key by which a viewer may unlock the content for a device: 16 upper-case hex digits, the same in everything that
 * the device and its customer get. `keyedHash` gives 32 bytes that stay the same when secret keys are rotated.
 */
export function userKeyOf(
  { organizationId, customerId, deviceId }: KeyOwner,
  keyedHash: (text: string, purpose: string) => Buffer,
): string {
  const hash = keyedHash(`${organizationId} ${customerId} ${deviceId}`, "user key");
  return hash.subarray(0, userKeyBytes).toString("hex").toUpperCase();
}
