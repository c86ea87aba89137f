-- The file store that belongs to this database. Its folder holds the same text, so that neither is used with another.

create table file_store (
  only_one boolean primary key default true check (only_one),
  store_id text not null
);
