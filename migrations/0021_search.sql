-- Search by the beginning of a code, a reference or a name. A comparison in the collation "C" is one of bytes, so a range
-- of an index holds all texts with one beginning, in every database. The dashes and the case of a code do not matter.
create index entitlement_search_code on entitlement
  (organization_id, (upper(replace(code, '-', '') collate "C")), id);
create index entitlement_search_reference on entitlement
  (organization_id, (lower(reference) collate "C"), id) where reference is not null;
create index customer_search_name on customer (organization_id, (lower(name) collate "C"), id);
create index customer_search_display_name on customer
  (organization_id, (lower(display_name) collate "C"), id) where display_name <> '';
create index customer_search_last_name on customer
  (organization_id, (lower(substring(display_name from '[^ ]+$')) collate "C"), id) where display_name like '% %';
