import { type Device, type DeviceName, deviceIdentity } from "../core/device.ts";
import type { Needs } from "../core/state.ts";

/*
 * Names of what a command locks. A row that another transaction holds is told by its name, and the commands that share
 * the name wait for it together.
 */

export const productLock = (id: number) => `product ${id}`;
export const codeLock = (code: string) => `code ${code}`;
export const stockLock = (productId: number) => `stock of product ${productId}`;
export const pinsLock = (digits: number) => `pins of ${digits} digits`;

/** A device is named by commands in two ways. */
export const deviceLocks = ({ kind, name, customerId }: Pick<Device, "kind" | "name" | "customerId">) => [
  heldDeviceLock({ kind, name }),
  ...(customerId === null ? [] : [customersDeviceLock(customerId)]),
];
const heldDeviceLock = (device: DeviceName) => `device ${device.kind} ${deviceIdentity(device)}`;
const customersDeviceLock = (customerId: number) => `devices of customer ${customerId}`;

/**
 * What a command locks or adds. What it adds goes first: nobody can tell beforehand that another is adding the same.
 */
export function lockNames(needs: Needs): string[] {
  const { customers = [], devices = [], codes = [], cards = [], stock, products = [], secrets } = needs;
  return [
    ...customers.map((identity) => `customer ${identity}`),
    ...devices.map((named) => ("customerId" in named ? customersDeviceLock(named.customerId) : heldDeviceLock(named))),
    ...codes.map(codeLock),
    ...cards.map(codeLock),
    ...(stock === undefined ? [] : [stockLock(stock.productId)]),
    ...products.map(productLock),
    ...(secrets === undefined ? [] : [pinsLock(secrets.digits)]),
  ];
}
