import type { PhoneDevice } from "../../core/phone-device.ts";
import type { PhoneQueries } from "../../queries/phones.ts";
import { deviceSecretPurpose, phoneColumns } from "../nouns/phone-device.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { boolean, bytes, columns, nullable, type RowOf } from "../table.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";

const listedColumns = columns({
  ...phoneColumns,
  isPrimary: boolean("d.id is not distinct from c.primary_device_id"),
  sealed: nullable(bytes("a.secret_sealed")),
});
const source = `device d
join phone_account a on a.organization_id = d.organization_id and a.device_id = d.id
join customer c on c.organization_id = d.organization_id and c.id = d.customer_id`;

const readPhone = query(
  "read_phone_device",
  listedColumns,
  `select ${listedColumns.sql} from ${source} where d.organization_id = $1 and d.id = $2`,
);

// Both tables have the bound, so that no plan reads one of them from its beginning for each page.
const pagePhones = pageQuery(
  "page_phone_devices",
  listedColumns,
  `select ${listedColumns.sql} from ${source}
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

function phoneReader(secrets: Secrets): (row: RowOf<typeof listedColumns>) => PhoneDevice {
  return ({ sealed, ...phone }) => ({
    ...phone,
    secret: sealed === null ? "" : secrets.open(sealed, deviceSecretPurpose),
  });
}
