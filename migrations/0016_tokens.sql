-- What a token is called, what it narrows its operator to (null: nothing), and when it was last used, to the minute.
alter table api_token
  add column name text not null default '',
  add column limits jsonb,
  add column last_used_at timestamptz;
