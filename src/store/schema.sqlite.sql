CREATE TABLE "alert_span" (
  "id" integer primary key autoincrement,
  "latest_key" text unique,
  "rule" text not null,
  "fingerprint" text not null,
  "asked" text not null,
  "instance_id" text,
  "place" text,
  "operation_id" text not null,
  "since_at" bigint not null,
  "until_at" bigint not null,
  "ended_at" bigint not null,
  "ending" text,
  "starts_at" bigint,
  "again_at" bigint,
  "heard" integer not null
);

CREATE INDEX alert_span_ended on alert_span (ended_at);

CREATE INDEX alert_span_of_machine on alert_span (instance_id, ended_at) where instance_id is not null;

CREATE INDEX alert_span_without_place on alert_span (operation_id) where place is null;

CREATE TABLE "audit" (
  "id" integer primary key autoincrement,
  "at" bigint not null,
  "event" text not null,
  "operation_id" text references "operation" ("id") on delete cascade,
  "delivery_id" text,
  "who" text,
  "entry" text not null,
  "instance_id" text,
  "repeat_key" text,
  "content" text,
  "times" integer,
  "last_at" bigint
);

CREATE INDEX audit_at on audit (at, id);

CREATE INDEX audit_event on audit (event, at, id);

CREATE INDEX audit_instance on audit (instance_id, event, at, id) where instance_id is not null;

CREATE INDEX audit_last on audit (last_at) where last_at is not null;

CREATE INDEX audit_operation on audit (operation_id, id);

CREATE UNIQUE INDEX audit_repeats on audit (repeat_key) where repeat_key is not null;

CREATE INDEX audit_unbound on audit (operation_id, at) where operation_id is null;

CREATE INDEX audit_who on audit (who, event, at, id) where who is not null;

CREATE TABLE "circumstances" (
  "digest" text not null primary key,
  "content" text not null,
  "judged_at" bigint not null
);

CREATE INDEX circumstances_judged on circumstances (judged_at);

CREATE TABLE "ended_session" (
  "id" text not null primary key,
  "expires_at" bigint not null
);

CREATE INDEX ended_session_expires on ended_session (expires_at);

CREATE TABLE "episode" (
  "key" text not null primary key,
  "operation_id" text references "operation" ("id") on delete cascade,
  "seen_at" bigint not null,
  "resolved_at" bigint,
  "cause" text,
  "alert" text
);

CREATE INDEX episode_alert on episode (alert) where alert is not null and resolved_at is null;

CREATE INDEX episode_alone on episode (seen_at) where operation_id is null;

CREATE INDEX episode_operation on episode (operation_id);

CREATE TABLE "hold" (
  "instance_id" text not null,
  "holder" text not null,
  "who" text not null,
  "since_at" bigint not null,
  "until_at" bigint not null,
  "why" text,
  "place" text,
  "instance_name" text,
  constraint "hold_once" primary key ("instance_id", "holder", "since_at")
);

CREATE INDEX hold_of_instance on hold (instance_id, until_at);

CREATE INDEX hold_until on hold (until_at);

CREATE TABLE "interval" (
  "instance_id" text not null,
  "state" text not null,
  "since_at" bigint not null,
  "until_at" bigint not null,
  "cause_by" text not null,
  "cause_operation" text,
  "cause_detail" text,
  constraint "interval_once" primary key ("instance_id", "until_at")
);

CREATE INDEX interval_ended on interval (until_at) where until_at < 9007199254740991;

CREATE TABLE "judgement" (
  "operation_id" text not null,
  "circumstances" text not null,
  "settings" text not null,
  "launched_at" bigint not null,
  "first_at" bigint not null,
  "last_at" bigint not null,
  "times" integer not null,
  constraint "judgement_pkey" primary key ("operation_id", "circumstances", "settings")
);

CREATE INDEX judgement_last on judgement (last_at);

CREATE TABLE "lease" (
  "id" text not null primary key,
  "instance_id" text not null,
  "since_at" bigint not null,
  "until_at" bigint not null,
  "ask_at" bigint not null,
  "length_ms" bigint not null,
  "who" text not null,
  "why" text,
  "place" text,
  "instance_name" text,
  "ended_at" bigint
);

CREATE INDEX lease_due on lease (ask_at) where ended_at is null;

CREATE INDEX lease_ended on lease (ended_at) where ended_at is not null;

CREATE INDEX lease_of_instance on lease (instance_id, until_at);

CREATE UNIQUE INDEX lease_open on lease (instance_id) where ended_at is null;

CREATE TABLE "ledger" (
  "key" text not null,
  "operation_id" text not null references "operation" ("id") on delete cascade,
  "at" bigint not null,
  constraint "ledger_once" primary key ("key", "operation_id")
);

CREATE INDEX ledger_lately on ledger (key, at);

CREATE INDEX ledger_operation on ledger (operation_id);

CREATE TABLE "link_key" (
  "kid" text not null primary key,
  "secret" text not null,
  "created_at" bigint not null,
  "retired_at" bigint
);

CREATE UNIQUE INDEX link_key_signing on link_key ((retired_at is null)) where retired_at is null;

CREATE TABLE "list_price" (
  "key" text not null primary key,
  "per_hour" double precision,
  "told_at" bigint not null
);

CREATE TABLE "machine" (
  "id" text not null primary key,
  "place" text not null,
  "state" text not null,
  "type" text not null,
  "availability_zone" text not null,
  "launched_at" bigint not null,
  "tags" text not null,
  "lifecycle" text,
  "managed_by" text,
  "name" text,
  "owner" text,
  "owner_key" text not null,
  "sort_name" text not null,
  "search_text" text not null,
  "since_at" bigint not null,
  "cause_by" text not null,
  "cause_operation" text,
  "cause_detail" text,
  "forgotten_at" bigint,
  "billing" text,
  "committed" text,
  "elastic_ips" integer,
  "volumes" text,
  "volumes_at" bigint
);

CREATE INDEX machine_forgotten on machine (forgotten_at) where forgotten_at is not null;

CREATE INDEX machine_listed on machine (sort_name, id, state, launched_at) where forgotten_at is null;

CREATE TABLE "machine_seen" (
  "machine_id" text not null primary key references "machine" ("id") on delete cascade,
  "seen_at" bigint not null
);

CREATE TABLE "notice" (
  "number" integer primary key autoincrement,
  "id" text not null,
  "channel" text not null,
  "recipient" text not null,
  "kind" text not null,
  "subject" text not null,
  "thread" text not null,
  "instance_id" text,
  "instance_name" text,
  "warned_at" bigint,
  "follows" integer not null,
  "news" text not null,
  "state" text not null check (state in ('pending', 'sent', 'failed', 'outdated')),
  "attempts" integer not null,
  "available_at" bigint not null,
  "owner" text,
  "reference" text,
  "error" text,
  "created_at" bigint not null,
  "sent_at" bigint,
  "settled_at" bigint,
  constraint "notice_settled" check ((settled_at is null) = (state = 'pending')),
  constraint "notice_sent" check ((sent_at is null) = (state <> 'sent'))
);

CREATE INDEX notice_channel on notice (channel, id);

CREATE INDEX notice_created on notice (created_at);

CREATE INDEX notice_due on notice (channel, available_at, number) where settled_at is null;

CREATE UNIQUE INDEX notice_id on notice (id);

CREATE INDEX notice_instance on notice (instance_id, id) where instance_id is not null;

CREATE INDEX notice_instance_name on notice (instance_name, id) where instance_name is not null;

CREATE INDEX notice_kind on notice (kind, id);

CREATE UNIQUE INDEX notice_once on notice (subject, kind, channel, recipient);

CREATE INDEX notice_state on notice (state, id);

CREATE INDEX notice_thread on notice (thread, number);

CREATE TABLE "operation" (
  "id" text not null primary key,
  "work_key" text not null,
  "state" text not null check (state in ('queued', 'waiting', 'acting', 'verifying', 'succeeded', 'refused', 'failed', 'cancelled')),
  "verb" text not null check (verb in ('start', 'stop')),
  "target" text not null,
  "intent" text not null,
  "attempts" integer not null,
  "reason" text,
  "message" text,
  "instance_id" text,
  "place" text,
  "acted" text,
  "created_at" bigint not null,
  "accepted_at" bigint,
  "ended_at" bigint,
  "available_at" bigint not null,
  "owner" text,
  "held_until" bigint,
  "dry_run" integer default 0 not null,
  "instance_name" text,
  "sent_at" bigint,
  "warned" text,
  "instance_owner" text,
  "held_by" text,
  "instance_type" text,
  "audience" text,
  "billing" text,
  constraint "an_end_has_a_reason_and_a_time" check ((state in ('succeeded', 'refused', 'failed', 'cancelled')) = (ended_at is not null) and (ended_at is null or reason is not null)),
  constraint "what_acts_knows_its_instance" check (state not in ('acting', 'verifying') or (instance_id is not null and acted is not null))
);

CREATE INDEX operation_due on operation (available_at) where ended_at is null;

CREATE INDEX operation_ended on operation (ended_at) where ended_at is not null;

CREATE INDEX operation_id_end on operation ((substr(id, 36, 1) || substr(id, 35, 1) || substr(id, 34, 1) || substr(id, 33, 1) || substr(id, 32, 1) || substr(id, 31, 1) || substr(id, 30, 1) || substr(id, 29, 1)));

CREATE INDEX operation_instance_id on operation (instance_id, id) where instance_id is not null;

CREATE INDEX operation_instance_name on operation (instance_name, id) where instance_name is not null;

CREATE INDEX operation_open_instance on operation (instance_id) where ended_at is null;

CREATE INDEX operation_open_machine on operation (coalesce(instance_id, target)) where ended_at is null;

CREATE INDEX operation_open_state on operation (state, created_at) where ended_at is null;

CREATE UNIQUE INDEX operation_open_work on operation (work_key) where ended_at is null;

CREATE INDEX operation_sent on operation (instance_id, sent_at) where sent_at is not null;

CREATE INDEX operation_state on operation (state, verb, dry_run, id);

CREATE INDEX operation_target on operation (target, id);

CREATE TABLE "pause" (
  "id" text not null primary key,
  "selector" text,
  "until_at" bigint,
  "who" text not null,
  "why" text not null,
  "created_at" bigint not null,
  "ended_at" bigint
);

CREATE INDEX pause_ended on pause (ended_at) where ended_at is not null;

CREATE INDEX pause_open on pause (created_at) where ended_at is null;

CREATE TABLE "schedule" (
  "instance_id" text not null primary key,
  "place" text not null,
  "schedule_group" text not null,
  "role_arn" text not null,
  "at" bigint not null,
  "is_sure" integer not null,
  "owner" text,
  "claimed_until" bigint
);

CREATE TABLE "setting" (
  "key" text not null primary key,
  "value" text not null
);

CREATE TABLE "settings_version" (
  "version" text not null primary key,
  "content" text not null,
  "since_at" bigint not null,
  "used_at" bigint not null
);

CREATE INDEX settings_version_used on settings_version (used_at);

CREATE TABLE "signature" (
  "digest" text not null primary key,
  "seen_at" bigint not null,
  "expires_at" bigint not null
);

CREATE INDEX signature_expires on signature (expires_at);

CREATE TABLE "stop" (
  "operation_id" text not null primary key,
  "instance_id" text not null,
  "place" text not null,
  "name" text,
  "owner" text,
  "type" text,
  "cause_by" text not null,
  "rule" text not null,
  "stopped_at" bigint not null,
  "ended_at" bigint not null,
  "changed_at" bigint not null,
  "back_by" text,
  "back_who" text,
  "wanted_at" bigint,
  "ready_at" bigint,
  "used_at" bigint,
  "price" text,
  "bills_on" double precision,
  "committed" text
);

CREATE INDEX stop_changed on stop (changed_at, operation_id);

CREATE INDEX stop_ended on stop (ended_at);

CREATE UNIQUE INDEX stop_lasts on stop (instance_id) where ended_at = 9007199254740991;

CREATE INDEX stop_of_machine on stop (instance_id, ended_at);

CREATE TABLE "token" (
  "sha256" text not null primary key,
  "name" text not null,
  "scopes" text not null,
  "selector" text,
  "created_at" bigint not null,
  "expires_at" bigint,
  "revoked_at" bigint
);

CREATE UNIQUE INDEX token_name on token (name) where revoked_at is null;

CREATE TABLE "watch" (
  "id" text not null primary key,
  "owner" text not null,
  "until_at" bigint not null
);

CREATE TABLE "wish" (
  "operation_id" text not null primary key,
  "instance_id" text not null,
  "who" text not null,
  "at" bigint not null
);

CREATE INDEX wish_at on wish (at);

CREATE INDEX wish_of_machine on wish (instance_id, at);

CREATE TABLE "word" (
  "instance_id" text not null,
  "verb" text not null check (verb in ('start', 'stop')),
  "kind" text not null check (kind in ('request', 'cancel')),
  "at" bigint not null,
  "who" text not null,
  constraint "word_once" primary key ("instance_id", "verb", "kind")
);

CREATE INDEX word_at on word (at);
