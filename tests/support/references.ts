/** References that no foreign key guards; see docs/decisions/0007-foreign-keys-beside-the-engine.md. */
const references = [
  ["entitlement", "product_id", "product"],
  ["entitlement", "customer_id", "customer"],
  ["entitlement_use", "entitlement_id", "entitlement"],
  ["sale", "product_id", "product"],
  ["payment", "sale_id", "sale"],
  ["payment", "entitlement_id", "entitlement"],
  ["payment", "product_id", "product"],
  ["payment", "reverses", "payment"],
] as const;

/** A query for the references of an organization, `$1`, that lead nowhere. */
export const strayReferences = references
  .map(
    ([table, column, target]) =>
      `select '${table}.${column}' as stray, r.${column} as id from ${table} r
       where r.organization_id = $1 and r.${column} is not null
         and not exists (select from ${target} t where t.organization_id = r.organization_id and t.id = r.${column})`,
  )
  .join(" union all ");
