create table if not exists "event_journal" (
  "ordering" integer primary key autoincrement,
  "deleted" integer not null default 0,
  "persistence_id" text not null,
  "sequence_number" integer not null,
  "writer" text not null,
  "write_timestamp" integer not null,
  "adapter_manifest" text not null,
  "event_payload" blob not null,
  "event_ser_id" integer not null,
  "event_ser_manifest" text not null,
  "meta_payload" blob,
  "meta_ser_id" integer,
  "meta_ser_manifest" text,
  unique ("persistence_id", "sequence_number")
);
create table if not exists "event_tag" (
  "event_id" integer not null references "event_journal" ("ordering") on delete cascade,
  "tag" text not null,
  primary key ("event_id", "tag")
);
create table if not exists "snapshot" (
  "persistence_id" text not null,
  "sequence_number" integer not null,
  "created" integer not null,
  "snapshot_ser_id" integer not null,
  "snapshot_ser_manifest" text not null,
  "snapshot_payload" blob not null,
  "meta_ser_id" integer,
  "meta_ser_manifest" text,
  "meta_payload" blob,
  primary key ("persistence_id", "sequence_number")
);
create table if not exists "qroar_begun_unsealed" (
  "persistence_id" text primary key
);
