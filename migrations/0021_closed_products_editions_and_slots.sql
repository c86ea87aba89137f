-- A product that is closed for sale is sold no more and honoured on. `closed_renewable` tells whether what was sold of
-- it can be renewed.
alter table product
  add column closed_at timestamptz,
  add column closed_renewable boolean,
  add constraint product_closed check ((closed_at is null) = (closed_renewable is null));

-- How many devices may hold one entitlement at once; null for as many as its product says.
alter table entitlement add column slots integer check (slots between 1 and 100);

-- A scheduled edition is given from its moment on, a withdrawn one to nobody.
alter table edition
  add column available_at timestamptz,
  add column withdrawn_at timestamptz;
