create table episode (
  key text not null,
  operation_id text not null,
  seen_at bigint not null,
  constraint episode_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operation(id) ON DELETE CASCADE,
  constraint episode_pkey PRIMARY KEY (key)
);

CREATE INDEX episode_operation ON public.episode USING btree (operation_id);

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
  constraint an_end_has_a_reason_and_a_time CHECK ((((state = ANY (ARRAY['succeeded'::text, 'refused'::text, 'failed'::text, 'cancelled'::text])) = (ended_at IS NOT NULL)) AND ((ended_at IS NULL) OR (reason IS NOT NULL)))),
  constraint operation_pkey PRIMARY KEY (id),
  constraint operation_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'waiting'::text, 'acting'::text, 'verifying'::text, 'succeeded'::text, 'refused'::text, 'failed'::text, 'cancelled'::text]))),
  constraint operation_verb_check CHECK ((verb = ANY (ARRAY['start'::text, 'stop'::text]))),
  constraint what_acts_knows_its_instance CHECK (((state <> ALL (ARRAY['acting'::text, 'verifying'::text])) OR ((instance_id IS NOT NULL) AND (acted IS NOT NULL))))
);

CREATE INDEX operation_due ON public.operation USING btree (available_at) WHERE (ended_at IS NULL);

CREATE INDEX operation_ended ON public.operation USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX operation_open_instance ON public.operation USING btree (instance_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX operation_open_work ON public.operation USING btree (work_key) WHERE (ended_at IS NULL);

CREATE INDEX operation_target ON public.operation USING btree (target, id);

create table setting (
  key text not null,
  value text not null,
  constraint setting_pkey PRIMARY KEY (key)
);

create table trail (
  id bigint generated always as identity not null,
  operation_id text not null,
  at bigint not null,
  entry text not null,
  constraint trail_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operation(id) ON DELETE CASCADE,
  constraint trail_pkey PRIMARY KEY (id)
);

CREATE INDEX trail_operation ON public.trail USING btree (operation_id, id);
