import type { Customer } from "../../core/customer.ts";
import type { PhoneDevice } from "../../core/phone-device.ts";
import { may } from "../../core/principal.ts";
import { everyPage } from "../../queries/pages.ts";
import type { CallHandler } from "./answer.ts";
import type { Call } from "./auth.ts";
import { readId, textOf } from "./decode.ts";
import { deviceDetailsDocument, deviceElement, listDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

/** The caller's user with this id; `undefined` when there is none, or it has another owner. */
export async function findUser({ context, ownerId }: Call, id: number | undefined): Promise<Customer | undefined> {
  const user = id === undefined ? undefined : await context.queries.customers.byId(context.organization.id, id);
  return user?.ownerId === ownerId ? user : undefined;
}

/** `devices_get`: the devices of one of the caller's users. */
export const listDevices: CallHandler = async (call) => {
  const userId = textOf(call.parameters, "user_id");
  if (userId === undefined) return new ProtocolError("userIdEmpty");
  const user = await findUser(call, readId(userId));
  if (user === undefined) return new ProtocolError("userNotFound");
  const { organization, queries } = call.context;
  const visibleOnly = call.parameters.get("show_hidden_devices") === "0";
  return listDocument(
    "devices",
    everyPage(queries.phones.list, organization.id, { customerId: user.id, visibleOnly }),
    (device) => deviceElement(shownTo(call, device)),
  );
};

/** `device_details_get`: one device of one of the caller's users. */
export const getDevice: CallHandler = async (call) => {
  const id = readId(call.parameters.get("device_id"));
  const { organization, queries } = call.context;
  const device = id === undefined ? undefined : await queries.phones.byId(organization.id, id);
  const user = await findUser(call, device?.customerId);
  return device === undefined || user === undefined
    ? new ProtocolError("deviceNotFound")
    : deviceDetailsDocument(shownTo(call, device));
};

/** The device, without its password for a caller who sees no secrets. */
function shownTo({ principal }: Call, device: PhoneDevice): PhoneDevice {
  return may(principal, "see_secrets") ? device : { ...device, secret: "" };
}
