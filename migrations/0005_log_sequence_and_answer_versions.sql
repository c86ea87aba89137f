-- Numbers of the log come from a sequence, in the order of an advisory lock: a counter's row, changed by every batch, left
-- so many versions behind a long snapshot that each command became slower. Existing logs go on above their counters.
create sequence action_id_seq minvalue 0 start with 0 owned by action.id;
select setval('action_id_seq', coalesce(max(next_id), 0), false) from action_counter;
drop table action_counter;

-- What a kept answer was written as: another version of it is unknown, and never misread. 0 stands for those that were
-- kept before there were versions.
alter table kept_answer
  add column version integer not null default 0,
  drop constraint kept_answer_pkey,
  add primary key (organization_id, principal, key, version);
alter table kept_answer alter column version drop default;
