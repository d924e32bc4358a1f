create table if not exists event_journal (
  ordering bigserial,
  persistence_id varchar(255) not null,
  sequence_number bigint not null,
  deleted boolean default false not null,
  writer varchar(255) not null,
  write_timestamp bigint,
  adapter_manifest varchar(255),
  event_ser_id integer not null,
  event_ser_manifest varchar(255) not null,
  event_payload bytea not null,
  meta_ser_id integer,
  meta_ser_manifest varchar(255),
  meta_payload bytea,
  primary key (persistence_id, sequence_number)
);
create unique index if not exists event_journal_ordering_idx on event_journal (ordering);
create table if not exists event_tag (
  event_id bigint,
  tag varchar(256),
  primary key (event_id, tag),
  constraint fk_event_journal foreign key (event_id) references event_journal (ordering) on delete cascade
);
create table if not exists snapshot (
  persistence_id varchar(255) not null,
  sequence_number bigint not null,
  created bigint not null,
  snapshot_ser_id integer not null,
  snapshot_ser_manifest varchar(255) not null,
  snapshot_payload bytea not null,
  meta_ser_id integer,
  meta_ser_manifest varchar(255),
  meta_payload bytea,
  primary key (persistence_id, sequence_number)
);
create table if not exists qroar_layout (layout integer not null);
-- What an older layout holds has no checksums.
create table if not exists qroar_begun_unsealed (persistence_id varchar(255) primary key);
insert into qroar_begun_unsealed select distinct persistence_id from event_journal on conflict do nothing;
delete from qroar_layout;
insert into qroar_layout values (2);
create table if not exists qroar_holder (persistence_id varchar(255) primary key, holder text not null);
