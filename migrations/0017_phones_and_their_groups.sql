-- Groups of a customer's phones are listed, and a group is removed once no phone is in it.
create index device_group_by_customer on device_group (organization_id, customer_id, id);
create index phone_account_by_group on phone_account (organization_id, device_group_id) where device_group_id is not null;

-- The primary phone is removed like any other, and then its customer has none.
create index customer_by_primary_device on customer (organization_id, primary_device_id)
  where primary_device_id is not null;
