-- Packages bring users from one edition to another, or from nothing to an edition: one for everybody.

create table package (
  organization_id bigint not null,
  id bigint not null,
  edition_id bigint not null,
  -- The edition that a user has before; null for a base, which holds everything.
  from_edition_id bigint,
  file_name text not null,
  file_bytes bigint not null check (file_bytes > 0),
  file_sha256 text not null,
  ready_at timestamptz not null,
  primary key (organization_id, id),
  unique nulls not distinct (organization_id, edition_id, from_edition_id),
  foreign key (organization_id, edition_id) references edition (organization_id, id) on delete cascade,
  foreign key (organization_id, from_edition_id) references edition (organization_id, id) on delete cascade
);
create sequence package_id_seq owned by package.id;
create index package_by_from on package (organization_id, from_edition_id) where from_edition_id is not null;

-- The edition that was last requested for an entitlement on a device.
create table edition_request (
  organization_id bigint not null,
  id bigint not null,
  entitlement_id bigint not null,
  device_id bigint not null,
  edition_id bigint not null,
  requested_at timestamptz not null,
  primary key (organization_id, id),
  unique (organization_id, entitlement_id, device_id),
  foreign key (organization_id, entitlement_id) references entitlement (organization_id, id),
  foreign key (organization_id, device_id) references device (organization_id, id),
  foreign key (organization_id, edition_id) references edition (organization_id, id)
);
create sequence edition_request_id_seq owned by edition_request.id;
