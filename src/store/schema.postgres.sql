create table alert_span (
  id bigint generated always as identity not null,
  latest_key text,
  rule text not null,
  fingerprint text not null,
  asked text not null,
  instance_id text,
  place text,
  operation_id text not null,
  since_at bigint not null,
  until_at bigint not null,
  ended_at bigint not null,
  ending text,
  starts_at bigint,
  again_at bigint,
  heard integer not null,
  constraint alert_span_latest_key_key UNIQUE (latest_key),
  constraint alert_span_pkey PRIMARY KEY (id)
);

CREATE INDEX alert_span_ended ON public.alert_span USING btree (ended_at);

CREATE INDEX alert_span_of_machine ON public.alert_span USING btree (instance_id, ended_at) WHERE (instance_id IS NOT NULL);

CREATE INDEX alert_span_without_place ON public.alert_span USING btree (operation_id) WHERE (place IS NULL);

create table audit (
  id bigint generated always as identity not null,
  at bigint not null,
  event text not null,
  operation_id text,
  delivery_id text,
  who text,
  entry text not null,
  instance_id text,
  repeat_key text,
  content text,
  times integer,
  last_at bigint,
  constraint audit_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operation(id) ON DELETE CASCADE,
  constraint audit_pkey PRIMARY KEY (id)
);

CREATE INDEX audit_at ON public.audit USING btree (at, id);

CREATE INDEX audit_event ON public.audit USING btree (event, at, id);

CREATE INDEX audit_instance ON public.audit USING btree (instance_id, event, at, id) WHERE (instance_id IS NOT NULL);

CREATE INDEX audit_last ON public.audit USING btree (last_at) WHERE (last_at IS NOT NULL);

CREATE INDEX audit_operation ON public.audit USING btree (operation_id, id);

CREATE UNIQUE INDEX audit_repeats ON public.audit USING btree (repeat_key) WHERE (repeat_key IS NOT NULL);

CREATE INDEX audit_unbound ON public.audit USING btree (operation_id, at) WHERE (operation_id IS NULL);

CREATE INDEX audit_who ON public.audit USING btree (who, event, at, id) WHERE (who IS NOT NULL);

create table circumstances (
  digest text not null,
  content text not null,
  judged_at bigint not null,
  constraint circumstances_pkey PRIMARY KEY (digest)
);

CREATE INDEX circumstances_judged ON public.circumstances USING btree (judged_at);

create table ended_session (
  id text not null,
  expires_at bigint not null,
  constraint ended_session_pkey PRIMARY KEY (id)
);

CREATE INDEX ended_session_expires ON public.ended_session USING btree (expires_at);

create table episode (
  key text not null,
  operation_id text,
  seen_at bigint not null,
  resolved_at bigint,
  cause text,
  alert text,
  constraint episode_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operation(id) ON DELETE CASCADE,
  constraint episode_pkey PRIMARY KEY (key)
);

CREATE INDEX episode_alert ON public.episode USING btree (alert) WHERE ((alert IS NOT NULL) AND (resolved_at IS NULL));

CREATE INDEX episode_alone ON public.episode USING btree (seen_at) WHERE (operation_id IS NULL);

CREATE INDEX episode_operation ON public.episode USING btree (operation_id);

create table hold (
  instance_id text not null,
  holder text not null,
  who text not null,
  since_at bigint not null,
  until_at bigint not null,
  why text,
  place text,
  instance_name text,
  constraint hold_once PRIMARY KEY (instance_id, holder, since_at)
);

CREATE INDEX hold_of_instance ON public.hold USING btree (instance_id, until_at);

CREATE INDEX hold_until ON public.hold USING btree (until_at);

create table interval (
  instance_id text not null,
  state text not null,
  since_at bigint not null,
  until_at bigint not null,
  cause_by text not null,
  cause_operation text,
  cause_detail text,
  constraint interval_once PRIMARY KEY (instance_id, until_at)
);

CREATE INDEX interval_ended ON public."interval" USING btree (until_at) WHERE (until_at < '9007199254740991'::bigint);

create table judgement (
  operation_id text not null,
  circumstances text not null,
  settings text not null,
  launched_at bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  times integer not null,
  constraint judgement_pkey PRIMARY KEY (operation_id, circumstances, settings)
);

CREATE INDEX judgement_last ON public.judgement USING btree (last_at);

create table lease (
  id text not null,
  instance_id text not null,
  since_at bigint not null,
  until_at bigint not null,
  ask_at bigint not null,
  length_ms bigint not null,
  who text not null,
  why text,
  place text,
  instance_name text,
  ended_at bigint,
  constraint lease_pkey PRIMARY KEY (id)
);

CREATE INDEX lease_due ON public.lease USING btree (ask_at) WHERE (ended_at IS NULL);

CREATE INDEX lease_ended ON public.lease USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX lease_of_instance ON public.lease USING btree (instance_id, until_at);

CREATE UNIQUE INDEX lease_open ON public.lease USING btree (instance_id) WHERE (ended_at IS NULL);

create table ledger (
  key text not null,
  operation_id text not null,
  at bigint not null,
  constraint ledger_once PRIMARY KEY (key, operation_id),
  constraint ledger_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operation(id) ON DELETE CASCADE
);

CREATE INDEX ledger_lately ON public.ledger USING btree (key, at);

CREATE INDEX ledger_operation ON public.ledger USING btree (operation_id);

create table link_key (
  kid text not null,
  secret text not null,
  created_at bigint not null,
  retired_at bigint,
  constraint link_key_pkey PRIMARY KEY (kid)
);

CREATE UNIQUE INDEX link_key_signing ON public.link_key USING btree (((retired_at IS NULL))) WHERE (retired_at IS NULL);

create table list_price (
  key text not null,
  per_hour double precision,
  told_at bigint not null,
  constraint list_price_pkey PRIMARY KEY (key)
);

create table machine (
  id text not null,
  place text not null,
  state text not null,
  type text not null,
  availability_zone text not null,
  launched_at bigint not null,
  tags text not null,
  lifecycle text,
  managed_by text,
  name text,
  owner text,
  owner_key text not null,
  sort_name text not null,
  search_text text not null,
  since_at bigint not null,
  cause_by text not null,
  cause_operation text,
  cause_detail text,
  forgotten_at bigint,
  billing text,
  committed text,
  elastic_ips integer,
  volumes text,
  volumes_at bigint,
  constraint machine_pkey PRIMARY KEY (id)
);

CREATE INDEX machine_forgotten ON public.machine USING btree (forgotten_at) WHERE (forgotten_at IS NOT NULL);

CREATE INDEX machine_listed ON public.machine USING btree (sort_name, id, state, launched_at) WHERE (forgotten_at IS NULL);

create table machine_seen (
  machine_id text not null,
  seen_at bigint not null,
  constraint machine_seen_machine_id_fkey FOREIGN KEY (machine_id) REFERENCES machine(id) ON DELETE CASCADE,
  constraint machine_seen_pkey PRIMARY KEY (machine_id)
);

create table notice (
  number bigint generated always as identity not null,
  id text not null,
  channel text not null,
  recipient text not null,
  kind text not null,
  subject text not null,
  thread text not null,
  instance_id text,
  instance_name text,
  warned_at bigint,
  follows integer not null,
  news text not null,
  state text not null,
  attempts integer not null,
  available_at bigint not null,
  owner text,
  reference text,
  error text,
  created_at bigint not null,
  sent_at bigint,
  settled_at bigint,
  constraint notice_pkey PRIMARY KEY (number),
  constraint notice_sent CHECK (((sent_at IS NULL) = (state <> 'sent'::text))),
  constraint notice_settled CHECK (((settled_at IS NULL) = (state = 'pending'::text))),
  constraint notice_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text, 'outdated'::text])))
);

CREATE INDEX notice_channel ON public.notice USING btree (channel, id);

CREATE INDEX notice_created ON public.notice USING btree (created_at);

CREATE INDEX notice_due ON public.notice USING btree (channel, available_at, number) WHERE (settled_at IS NULL);

CREATE UNIQUE INDEX notice_id ON public.notice USING btree (id);

CREATE INDEX notice_instance ON public.notice USING btree (instance_id, id) WHERE (instance_id IS NOT NULL);

CREATE INDEX notice_instance_name ON public.notice USING btree (instance_name, id) WHERE (instance_name IS NOT NULL);

CREATE INDEX notice_kind ON public.notice USING btree (kind, id);

CREATE UNIQUE INDEX notice_once ON public.notice USING btree (subject, kind, channel, recipient);

CREATE INDEX notice_state ON public.notice USING btree (state, id);

CREATE INDEX notice_thread ON public.notice USING btree (thread, number);

create table operation (
  id text not null,
  work_key text not null,
  state text not null,
  verb text not null,
  target text not null,
  intent text not null,
  attempts integer not null,
  reason text,
  message text,
  instance_id text,
  place text,
  acted text,
  created_at bigint not null,
  accepted_at bigint,
  ended_at bigint,
  available_at bigint not null,
  owner text,
  held_until bigint,
  dry_run integer not null default 0,
  instance_name text,
  sent_at bigint,
  warned text,
  instance_owner text,
  held_by text,
  instance_type text,
  audience text,
  billing text,
  constraint an_end_has_a_reason_and_a_time CHECK ((((state = ANY (ARRAY['succeeded'::text, 'refused'::text, 'failed'::text, 'cancelled'::text])) = (ended_at IS NOT NULL)) AND ((ended_at IS NULL) OR (reason IS NOT NULL)))),
  constraint operation_pkey PRIMARY KEY (id),
  constraint operation_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'waiting'::text, 'acting'::text, 'verifying'::text, 'succeeded'::text, 'refused'::text, 'failed'::text, 'cancelled'::text]))),
  constraint operation_verb_check CHECK ((verb = ANY (ARRAY['start'::text, 'stop'::text]))),
  constraint what_acts_knows_its_instance CHECK (((state <> ALL (ARRAY['acting'::text, 'verifying'::text])) OR ((instance_id IS NOT NULL) AND (acted IS NOT NULL))))
);

CREATE INDEX operation_due ON public.operation USING btree (available_at) WHERE (ended_at IS NULL);

CREATE INDEX operation_ended ON public.operation USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX operation_id_end ON public.operation USING btree (((((((((substr(id, 36, 1) || substr(id, 35, 1)) || substr(id, 34, 1)) || substr(id, 33, 1)) || substr(id, 32, 1)) || substr(id, 31, 1)) || substr(id, 30, 1)) || substr(id, 29, 1))));

CREATE INDEX operation_instance_id ON public.operation USING btree (instance_id, id) WHERE (instance_id IS NOT NULL);

CREATE INDEX operation_instance_name ON public.operation USING btree (instance_name, id) WHERE (instance_name IS NOT NULL);

CREATE INDEX operation_open_instance ON public.operation USING btree (instance_id) WHERE (ended_at IS NULL);

CREATE INDEX operation_open_machine ON public.operation USING btree (COALESCE(instance_id, target)) WHERE (ended_at IS NULL);

CREATE INDEX operation_open_state ON public.operation USING btree (state, created_at) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX operation_open_work ON public.operation USING btree (work_key) WHERE (ended_at IS NULL);

CREATE INDEX operation_sent ON public.operation USING btree (instance_id, sent_at) WHERE (sent_at IS NOT NULL);

CREATE INDEX operation_state ON public.operation USING btree (state, verb, dry_run, id);

CREATE INDEX operation_target ON public.operation USING btree (target, id);

create table pause (
  id text not null,
  selector text,
  until_at bigint,
  who text not null,
  why text not null,
  created_at bigint not null,
  ended_at bigint,
  constraint pause_pkey PRIMARY KEY (id)
);

CREATE INDEX pause_ended ON public.pause USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX pause_open ON public.pause USING btree (created_at) WHERE (ended_at IS NULL);

create table schedule (
  instance_id text not null,
  place text not null,
  schedule_group text not null,
  role_arn text not null,
  at bigint not null,
  is_sure integer not null,
  owner text,
  claimed_until bigint,
  constraint schedule_pkey PRIMARY KEY (instance_id)
);

create table setting (
  key text not null,
  value text not null,
  constraint setting_pkey PRIMARY KEY (key)
);

create table settings_version (
  version text not null,
  content text not null,
  since_at bigint not null,
  used_at bigint not null,
  constraint settings_version_pkey PRIMARY KEY (version)
);

CREATE INDEX settings_version_used ON public.settings_version USING btree (used_at);

create table signature (
  digest text not null,
  seen_at bigint not null,
  expires_at bigint not null,
  constraint signature_pkey PRIMARY KEY (digest)
);

CREATE INDEX signature_expires ON public.signature USING btree (expires_at);

create table stop (
  operation_id text not null,
  instance_id text not null,
  place text not null,
  name text,
  owner text,
  type text,
  cause_by text not null,
  rule text not null,
  stopped_at bigint not null,
  ended_at bigint not null,
  changed_at bigint not null,
  back_by text,
  back_who text,
  wanted_at bigint,
  ready_at bigint,
  used_at bigint,
  price text,
  bills_on double precision,
  committed text,
  constraint stop_pkey PRIMARY KEY (operation_id)
);

CREATE INDEX stop_changed ON public.stop USING btree (changed_at, operation_id);

CREATE INDEX stop_ended ON public.stop USING btree (ended_at);

CREATE UNIQUE INDEX stop_lasts ON public.stop USING btree (instance_id) WHERE (ended_at = '9007199254740991'::bigint);

CREATE INDEX stop_of_machine ON public.stop USING btree (instance_id, ended_at);

create table token (
  sha256 text not null,
  name text not null,
  scopes text not null,
  selector text,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint,
  constraint token_pkey PRIMARY KEY (sha256)
);

CREATE UNIQUE INDEX token_name ON public.token USING btree (name) WHERE (revoked_at IS NULL);

create table watch (
  id text not null,
  owner text not null,
  until_at bigint not null,
  constraint watch_pkey PRIMARY KEY (id)
);

create table wish (
  operation_id text not null,
  instance_id text not null,
  who text not null,
  at bigint not null,
  constraint wish_pkey PRIMARY KEY (operation_id)
);

CREATE INDEX wish_at ON public.wish USING btree (at);

CREATE INDEX wish_of_machine ON public.wish USING btree (instance_id, at);

create table word (
  instance_id text not null,
  verb text not null,
  kind text not null,
  at bigint not null,
  who text not null,
  constraint word_kind_check CHECK ((kind = ANY (ARRAY['request'::text, 'cancel'::text]))),
  constraint word_once PRIMARY KEY (instance_id, verb, kind),
  constraint word_verb_check CHECK ((verb = ANY (ARRAY['start'::text, 'stop'::text])))
);

CREATE INDEX word_at ON public.word USING btree (at);
