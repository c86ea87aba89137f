import type { DeviceGroup, PhoneDevice } from "../core/phone-device.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Devices that are phones, with their accounts. */
export interface PhoneQueries {
  byId(organizationId: number, id: number): Promise<PhoneDevice | undefined>;
  /** The phones of a customer, ascending by number. */
  list(organizationId: number, filter: PhoneDeviceFilter, page: PageRequest<PhoneDevice>): Promise<Page<PhoneDevice>>;
  /** The groups of a customer, ascending by number. All at once: a customer has some tens. */
  groupsOf(organizationId: number, customerId: number): Promise<readonly ListedDeviceGroup[]>;
}

export interface ListedDeviceGroup extends DeviceGroup {
  /** The number of phones in it, hidden ones too. */
  readonly phones: number;
}

export interface PhoneDeviceFilter {
  readonly customerId: number;
  readonly visibleOnly: boolean;
}
