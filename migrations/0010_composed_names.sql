-- Names of customers and logins of operators are compared with their accents composed (Unicode's NFC): rows that were
-- written before get the same form. In a database that is not in UTF8 there is no other form.
--
-- Where one customer was known under several forms, all it holds goes to one of them: the one in NFC, or else the
-- eldest. A phone, and a machine or system whose name or fingerprint that one has already, stays with the row that
-- nobody is looked up by any more; nothing is lost.
do $$
begin
  if getdatabaseencoding() <> 'UTF8' then
    return;
  end if;

  create temporary table same_customer on commit drop as
  select * from (
    select organization_id, id,
      first_value(id) over (
        partition by organization_id, normalize(identity, nfc)
        order by identity is nfc normalized desc, id) as kept_id
    from customer
  ) as named
  where id <> kept_id;

  update entitlement e set customer_id = s.kept_id from same_customer s
  where e.organization_id = s.organization_id and e.customer_id = s.id;

  update device d set customer_id = s.kept_id from same_customer s
  where d.organization_id = s.organization_id and d.customer_id = s.id and d.kind <> 'phone'
    and not exists (
      select from device o
      join same_customer t on t.organization_id = o.organization_id and t.kept_id = s.kept_id
      where o.organization_id = d.organization_id and o.customer_id in (t.id, t.kept_id) and o.id <> d.id
        and o.kind = d.kind and (o.name = d.name or o.fingerprint_hash = d.fingerprint_hash));

  update customer c set identity = normalize(c.identity, nfc)
  where c.identity is not nfc normalized
    and not exists (select from same_customer s where s.organization_id = c.organization_id and s.id = c.id);

  -- Of two operators with the same login each keeps its own, and the one in NFC is the one that is found.
  update operator o set login = normalize(o.login, nfc)
  where o.login is not nfc normalized
    and not exists (
      select from operator p
      where p.organization_id = o.organization_id and p.id <> o.id and normalize(p.login, nfc) = normalize(o.login, nfc));
end
$$;
