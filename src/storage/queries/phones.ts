import type { PhoneDevice } from "../../core/phone-device.ts";
import type { PhoneQueries } from "../../queries/phones.ts";
import { deviceSecretPurpose } from "../nouns/phone-device.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, boolean, bytes, columns, integer, nullable, type RowOf, text } from "../table.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";

const phoneColumns = columns({
  id: bigint("d.id"),
  customerId: bigint("d.customer_id"),
  type: text("a.type"),
  groupId: nullable(bigint("a.device_group_id")),
  isPrimary: boolean("d.id is not distinct from c.primary_device_id"),
  username: text("d.name"),
  sealed: nullable(bytes("a.secret_sealed")),
  host: text("a.host"),
  port: nullable(integer("a.port")),
  callerId: text("a.caller_id"),
  description: text("a.description"),
  isHidden: boolean("a.is_hidden"),
});
const source = `device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
join customer c on c.organization_id = d.organization_id and c.id = d.customer_id`;

const readPhone = query(
  "read_phone_device",
  phoneColumns,
  `select ${phoneColumns.sql} from ${source} where d.organization_id = $1 and d.id = $2`,
);

// Both tables have the bound, so that no plan reads one of them from its beginning for each page.
const pagePhones = pageQuery(
  "page_phone_devices",
  phoneColumns,
  `select ${phoneColumns.sql} from ${source}
where d.organization_id = $1 and d.customer_id = $2 and d.id > $3 and a.device_id > $3 and (not $4 or not a.is_hidden)
order by d.id`,
);

export function phoneQueries(sql: SqlExecutor, secrets: Secrets): PhoneQueries {
  const toPhone = phoneReader(secrets);
  return {
    async byId(organizationId, id) {
      const [row] = await readPhone(sql, organizationId, id);
      return row === undefined ? undefined : toPhone(row);
    },

    list: (organizationId, { customerId, visibleOnly }, page) =>
      readPage(sql, page, {
        statement: mapRows(pagePhones, toPhone),
        values: [organizationId, customerId, page.after ?? -1, visibleOnly],
        keyOf: ({ id }) => id,
      }),
  };
}

function phoneReader(secrets: Secrets): (row: RowOf<typeof phoneColumns>) => PhoneDevice {
  return ({ sealed, ...phone }) => ({
    ...phone,
    secret: sealed === null ? "" : secrets.open(sealed, deviceSecretPurpose),
  });
}
