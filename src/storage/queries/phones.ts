import type { PhoneDevice } from "../../core/phone-device.ts";
import type { PhoneQueries } from "../../queries/phones.ts";
import type { Secrets } from "../secrets.ts";
import { deviceSecretPurpose } from "../statements/phone-devices.ts";
import { type Runner, run } from "../statements/statement.ts";
import { readPage } from "./pages.ts";

export function phoneQueries(runner: Runner, secrets: Secrets): PhoneQueries {
  return {
    async byId(organizationId, id) {
      const [row] = await run<PhoneDeviceRow>(
        runner,
        "read_phone_device",
        `select ${columns} from ${source} where d.organization_id = $1 and d.id = $2`,
        [organizationId, id],
      );
      return row === undefined ? undefined : toPhoneDevice(secrets, row);
    },

    list: (organizationId, { customerId, visibleOnly }, page) =>
      readPage(runner, page, {
        name: "page_phone_devices",
        // The bound stands for both tables, so that no plan reads one of them from its beginning for every page.
        text: `select ${columns} from ${source}
           where d.organization_id = $1 and d.customer_id = $2 and d.id > $3 and a.device_id > $3 and (not $4 or not a.is_hidden)
           order by d.id`,
        values: [organizationId, customerId, page.after ?? -1, visibleOnly],
        toRow: (row: PhoneDeviceRow) => toPhoneDevice(secrets, row),
        keyOf: ({ id }) => id,
      }),
  };
}

type PhoneDeviceRow = [
  id: number,
  customerId: number,
  type: string,
  groupId: number | null,
  isPrimary: boolean,
  username: string,
  sealed: Buffer | null,
  host: string,
  port: number | null,
  callerId: string,
  description: string,
  isHidden: boolean,
];

const columns =
  "d.id, d.customer_id, a.type, a.device_group_id, d.id is not distinct from c.primary_device_id, d.name, a.secret_sealed, a.host, a.port, a.caller_id, a.description, a.is_hidden";
const source = `device d
       join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
       join customer c on c.organization_id = d.organization_id and c.id = d.customer_id`;

function toPhoneDevice(secrets: Secrets, row: PhoneDeviceRow): PhoneDevice {
  const [id, customerId, type, groupId, isPrimary, username, sealed, host, port, callerId, description, isHidden] = row;
  const secret = sealed === null ? "" : secrets.open(sealed, deviceSecretPurpose);
  return { id, customerId, type, groupId, isPrimary, username, secret, host, port, callerId, description, isHidden };
}
