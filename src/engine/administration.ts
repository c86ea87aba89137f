import type { NewToken, OperatorRole } from "../core/operator.ts";
import type { PhoneDevice } from "../core/phone-device.ts";

/**
 * What is set up rather than sold: organizations, their settings, operators and tokens. Needed by the command line, not
 * by requests. Every function rejects with `StoreUnavailable` when the store cannot be reached.
 */
export interface Administration {
  /** Makes the organization unless it is there; resolves with whether it was made. */
  ensureOrganization(organizationId: number, name: string): Promise<boolean>;
  /** Makes an organization; resolves with its number, which is drawn. */
  addOrganization(name: string): Promise<number>;
  /** Gives the organization another name; resolves with whether there is such an organization. */
  renameOrganization(organizationId: number, name: string): Promise<boolean>;
  /**
   * Gives the organization hosts, which `canonicalHost` made, unless another one has one of them: then it is given
   * none. Resolves with those that another one has.
   */
  addHosts(organizationId: number, hosts: readonly string[]): Promise<readonly string[]>;
  /** Takes hosts from the organization; resolves with those that it had. */
  removeHosts(organizationId: number, hosts: readonly string[]): Promise<readonly string[]>;
  /** Sets a setting, or returns it to its default when the value is `undefined`. */
  putSetting(organizationId: number, name: string, value: unknown): Promise<void>;
  /** Sets a setting whose value must not be readable in the database. */
  putSecretSetting(organizationId: number, name: string, value: string): Promise<void>;
  /** The same for one of an operator's own settings. */
  putOperatorSetting(organizationId: number, operatorId: number, name: string, value: unknown): Promise<void>;
  putOperatorSecretSetting(organizationId: number, operatorId: number, name: string, value: string): Promise<void>;
  /** Gives the organization a currency: how many of it make one of the default, as a decimal. */
  putCurrency(organizationId: number, code: string, rate: string): Promise<void>;
  /** Makes a customer unless there is one of this name; resolves with its number. */
  putCustomer(organizationId: number, customer: NewCustomer): Promise<number>;
  /** Gives a customer a password, or none; its login keys change with it. Resolves with whether there is such a customer. */
  setCustomerPassword(organizationId: number, customerId: number, passwordHash: string | null): Promise<boolean>;
  /** Sets a secret setting unless it is there; resolves with the value that is there now. */
  ensureSecretSetting(organizationId: number, name: string, value: string): Promise<string>;
  /** The file of a delivery was removed. */
  markDeliveryRemoved(organizationId: number, deliveryId: number): Promise<void>;
  /** Lets jobs that were given up begin anew, with all their attempts; resolves with how many of these there were. */
  retryJobs(ids: readonly number[]): Promise<number>;
  /** Names the file store unless it has a name, of which there is never another; resolves with the name. */
  ensureFileStoreId(storeId: string): Promise<string>;
  /** Makes a phone; resolves with its number. */
  addPhoneDevice(organizationId: number, device: NewPhoneDevice): Promise<number>;
  /** The mail of a sale was sent. */
  markMailed(organizationId: number, saleId: number): Promise<void>;
  /** The mail of a sale could not be sent; the reason holds neither an address nor a secret. */
  noteMailFailure(organizationId: number, saleId: number, reason: string): Promise<void>;
  /**
   * Makes an operator, or gives the one of this login a new password and role, which ends all its tokens; one that is
   * disabled stays so. Every process refuses the old password and the tokens within seconds. Resolves with its number.
   */
  putOperator(
    organizationId: number,
    operator: { readonly login: string; readonly passwordHash: string; readonly role: OperatorRole },
  ): Promise<number>;
  /**
   * Makes an operator only if the organization has none at all; of several processes that try at once, one does.
   * Resolves with whether it was made.
   */
  putFirstOperator(
    organizationId: number,
    operator: { readonly login: string; readonly passwordHash: string; readonly role: OperatorRole },
  ): Promise<boolean>;
  /**
   * Shuts the operator of this login out, for good as to its tokens, or lets it in again with its password; every
   * process follows within seconds. Resolves with whether it was done: not for the last owner that is not disabled.
   */
  setOperatorDisabled(organizationId: number, login: string, isDisabled: boolean): Promise<boolean>;
  /**
   * Gives the operator of this login another role; every process follows within seconds. Resolves with whether it was
   * done: the last owner stays owner, and who owns groups or customers stays a reseller.
   */
  setOperatorRole(organizationId: number, login: string, role: OperatorRole): Promise<boolean>;
  /**
   * Removes the operator of this login with its tokens and settings; what it did stays in the log, under its number.
   * Resolves with whether it was done: not for the last owner, nor for who owns groups or customers.
   */
  removeOperator(organizationId: number, login: string): Promise<boolean>;
  /** Makes a token known; without an end it holds until it is revoked. */
  putToken(organizationId: number, token: NewToken): Promise<void>;
  /** Ends a token; every process refuses it within seconds. Resolves with whether it was valid. */
  revokeToken(organizationId: number, token: string): Promise<boolean>;
  /** Ends every token of the operator of this login; resolves with how many were valid. */
  revokeTokensOf(organizationId: number, login: string): Promise<number>;
  /**
   * Forgets answers that were kept for idempotency keys longer than this; resolves with their number. This and the
   * other clean-ups are done in small pieces, so that they end however much there is, or as soon as `signal` is
   * aborted.
   */
  forgetAnswers(ageMs: number, signal?: AbortSignal): Promise<number>;
  /** Removes tokens that have ended; resolves with their number. */
  forgetTokens(signal?: AbortSignal): Promise<number>;
  /**
   * Removes lines of the log that are older than this: of what was done, or of what was refused. Resolves with their
   * number.
   */
  forgetActions(
    organizationId: number,
    which: "done" | "refused",
    ageMs: number,
    signal?: AbortSignal,
  ): Promise<number>;
}

export interface NewCustomer {
  /** A number of the caller's choice; drawn when absent. */
  readonly id?: number;
  readonly name: string;
  /** The reseller whose customer it is; `null` for the house. */
  readonly ownerId: number | null;
}

export interface NewPhoneDevice
  extends Pick<PhoneDevice, "customerId" | "type" | "username" | "secret" | "host" | "port">,
    Partial<Pick<PhoneDevice, "isPrimary" | "callerId" | "description" | "isHidden">> {}
