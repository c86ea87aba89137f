/** Something that a customer connects with. */
export interface Device {
  readonly id: number;
  readonly customerId: number;
  /** What it is: `SIP`, `IAX2`, `FAX`, `Virtual`. */
  readonly kind: string;
  readonly groupId: number | null;
  /** The one of its customer's devices that is taken when none is named. */
  readonly isPrimary: boolean;
  readonly username: string;
  /** In clear; kept sealed. Empty when there is none. */
  readonly secret: string;
  /** An address or `dynamic`; empty for what does not register. */
  readonly host: string;
  readonly port: number | null;
  readonly callerId: string;
  readonly description: string;
  /** Blocked, and left out of lists unless asked for. */
  readonly isHidden: boolean;
}
