/** One build of an edition for one device that holds the entitlement. */
export interface Delivery {
  readonly id: number;
  readonly entitlementId: number;
  readonly deviceId: number;
  readonly editionId: number;
  readonly requestedAtMs: number;
  /** What was built; `null` while it is being prepared. */
  readonly built: BuiltDelivery | null;
  /**
   * When it stopped being offered: its time was over, the build failed, a newer one was requested, its device is another
   * machine now or does not hold the entitlement any more.
   */
  readonly endedAtMs: number | null;
}

export interface BuiltDelivery {
  /** The name under which it is downloaded, `.zip` included. */
  readonly fileName: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha1: string;
  readonly sha256: string;
  readonly readyAtMs: number;
  /** Until when it can be downloaded; its file is removed afterwards. */
  readonly expiresAtMs: number;
}

/** Whether a delivery is being prepared or can be downloaded at this moment. */
export function isLive({ built, endedAtMs }: Pick<Delivery, "built" | "endedAtMs">, atMs: number): boolean {
  return endedAtMs === null && (built === null || atMs < built.expiresAtMs);
}
