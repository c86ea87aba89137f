import type { PhoneDevice } from "../../core/phone-device.ts";
import type { PhoneQueries } from "../../queries/phones.ts";
import { deviceSecretPurpose, groupColumns, phoneColumns } from "../nouns/phone-device.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, boolean, bytes, columns, nullable, type RowOf } from "../table.ts";
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

const listedGroupColumns = columns({
  group: groupColumns,
  phones: bigint(`(select count(*) from phone_account a
  where a.organization_id = $1 and a.device_group_id = g.id)`),
});
const listGroups = query(
  "list_device_groups",
  listedGroupColumns,
  `select ${listedGroupColumns.sql} from device_group g where g.organization_id = $1 and g.customer_id = $2 order by g.id`,
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

    async groupsOf(organizationId, customerId) {
      const found = await listGroups(sql, organizationId, customerId);
      return found.map(({ group, phones }) => ({ ...group, phones }));
    },
  };
}

function phoneReader(secrets: Secrets): (row: RowOf<typeof listedColumns>) => PhoneDevice {
  return ({ sealed, ...phone }) => ({
    ...phone,
    secret: sealed === null ? "" : secrets.open(sealed, deviceSecretPurpose),
  });
}
