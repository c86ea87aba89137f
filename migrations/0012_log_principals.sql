-- The log names everybody who acts, and says what changed.

alter table action
  add column customer_id bigint,
  -- 'terminal' or 'job'; null for principals that are named by their number, and for those that presented nothing.
  add column principal_kind text,
  -- What changed, as `ActionDetail` has it: never a secret.
  add column detail jsonb;
