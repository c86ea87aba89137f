-- Only the house says whose customer somebody is. A reseller that sold to an address first became the owner of that
-- customer: it saw what the house kept of it, and the house did not. Whoever was made by such a sale goes to the house.
update customer c set owner_operator_id = null
from sale s
where s.organization_id = c.organization_id and s.operator_id = c.owner_operator_id
  and lower(btrim(s.email)) = c.identity
  and s.sold_at between c.created_at - interval '1 minute' and c.created_at + interval '1 minute';

-- With which digits the numbers of a reseller's new cards begin is for the house to say. Who could make cards of any
-- number so far still can.
insert into operator_setting (organization_id, operator_id, name, value)
select distinct p.organization_id, p.owner_operator_id, 'mor.numbers', '"any"'::jsonb
from product p where p.owner_operator_id is not null
on conflict do nothing;
