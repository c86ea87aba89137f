import { RateLimiterMemory } from "rate-limiter-flexible";

/** Wrong attempts after which an address has to wait, and the time in which they are counted. */
export const failuresPerAddressMax = 30;
/** The same for one account, from wherever the attempts come. */
export const failuresPerAccountMax = 10;
export const failureWindowSeconds = 60;

/** Counts wrong attempts per address and per account, in this process. */
export interface Throttle {
  /** Whether attempts from this address, or on this account, are turned away for now. */
  isClosed(address: string, account: string | undefined): Promise<boolean>;
  /** Counts a wrong attempt. */
  fail(address: string, account: string | undefined): Promise<void>;
}

export function createThrottle(): Throttle {
  const addresses = new RateLimiterMemory({ points: failuresPerAddressMax, duration: failureWindowSeconds });
  const accounts = new RateLimiterMemory({ points: failuresPerAccountMax, duration: failureWindowSeconds });
  const isSpent = async (limiter: RateLimiterMemory, key: string) => {
    const state = await limiter.get(key);
    return state !== null && state.consumedPoints >= limiter.points;
  };
  return {
    async isClosed(address, account) {
      return (await isSpent(addresses, address)) || (account !== undefined && (await isSpent(accounts, account)));
    },
    async fail(address, account) {
      await addresses.penalty(address);
      if (account !== undefined) await accounts.penalty(account);
    },
  };
}
