import type { PhoneDevice } from "../core/phone-device.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Devices that are phones, with their accounts. */
export interface PhoneQueries {
  byId(organizationId: number, id: number): Promise<PhoneDevice | undefined>;
  /** The phones of a customer, ascending by number. */
  list(organizationId: number, filter: PhoneDeviceFilter, page: PageRequest<PhoneDevice>): Promise<Page<PhoneDevice>>;
}

export interface PhoneDeviceFilter {
  readonly customerId: number;
  readonly visibleOnly: boolean;
}
