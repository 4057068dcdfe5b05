/** The parts of Alertmanager's configuration that the checks need, read from `GET /api/v2/status`. */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { Route } from '../domain/intent.ts';
import { readRoute, type AlertRoute } from './alertmanager-route.ts';

export interface Webhook {
  readonly receiver: string;
  /** The webhook route that it posts to. `hidden`: Alertmanager 0.26 and newer do not show it. */
  readonly leadsTo: Route | 'hidden' | 'elsewhere';
  /** Absent when hidden. */
  readonly url?: string;
  readonly maxAlerts: number;
  readonly sendsResolved: boolean;
  readonly authorizes: boolean;
  /** The file with the token that it sends, as Alertmanager sees it. */
  readonly tokenFile?: string;
  readonly followsRedirects: boolean;
}

export interface AlertmanagerConfig {
  readonly route: AlertRoute;
  readonly webhooks: readonly Webhook[];
}

/** Alertmanager shows this in place of a secret. A `url_file` is hidden, too. */
const HIDDEN = '<secret>';

const status = z.object({
  config: z.object({ original: z.string() }),
  versionInfo: z.object({ version: z.string() }),
});

const httpConfig = z
  .object({
    authorization: z.looseObject({ credentials_file: z.string().optional() }).nullish(),
    basic_auth: z.looseObject({ password_file: z.string().optional() }).nullish(),
    oauth2: z.unknown().optional(),
    bearer_token: z.unknown().optional(),
    bearer_token_file: z.string().nullish(),
    http_headers: z.record(z.string(), z.unknown()).nullish(),
    tls_config: z.object({ cert_file: z.string().optional(), cert: z.string().optional() }).nullish(),
    follow_redirects: z.boolean().default(true),
  })
  .nullish();

const config = z.object({
  route: z.unknown(),
  receivers: z
    .array(
      z.object({
        name: z.string(),
        webhook_configs: z
          .array(
            z.object({
              url: z.string().default(HIDDEN),
              max_alerts: z.number().default(0),
              send_resolved: z.boolean().default(true),
              http_config: httpConfig,
            }),
          )
          .nullish(),
      }),
    )
    .default([]),
});

/** @throws Error when the answer is no status of Alertmanager */
export function parseStatus(answer: unknown): { readonly version: string; readonly config: AlertmanagerConfig } {
  const parsed = status.safeParse(answer);
  if (!parsed.success) throw new Error('expected the status of Alertmanager with its configuration');
  const content: unknown = parseDocument(parsed.data.config.original).toJS({ maxAliasCount: 100 });
  const read = config.safeParse(content);
  if (!read.success) {
    throw new Error(`Alertmanager's configuration cannot be read: ${z.prettifyError(read.error)}`);
  }
  const webhooks = read.data.receivers.flatMap(({ name, webhook_configs: raw }) =>
    (raw ?? []).map((webhook) => readWebhook(name, webhook)),
  );
  return { version: parsed.data.versionInfo.version, config: { route: readRoute(read.data.route), webhooks } };
}

type RawWebhook = NonNullable<z.output<typeof config>['receivers'][number]['webhook_configs']>[number];

function readWebhook(receiver: string, raw: RawWebhook): Webhook {
  const http = raw.http_config ?? undefined;
  const url = raw.url === HIDDEN ? null : URL.parse(raw.url);
  const tokenFile =
    http?.authorization?.credentials_file ?? http?.basic_auth?.password_file ?? http?.bearer_token_file ?? undefined;
  return {
    receiver,
    leadsTo: leadsTo(raw.url),
    ...(raw.url === HIDDEN ? {} : { url: url === null ? raw.url : withoutSecrets(url) }),
    maxAlerts: raw.max_alerts,
    sendsResolved: raw.send_resolved,
    authorizes: (url?.username ?? '') !== '' || (http !== undefined && authorizes(http)),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    followsRedirects: http?.follow_redirects ?? true,
  };
}

/** Whether it sends credentials of any kind. Only the server knows whether they are right. */
function authorizes(http: NonNullable<RawWebhook['http_config']>): boolean {
  const ways = [http.authorization, http.basic_auth, http.oauth2, http.bearer_token, http.bearer_token_file];
  if (ways.some((way) => way !== undefined && way !== null)) return true;
  const headers = Object.keys(http.http_headers ?? {}).map((name) => name.toLowerCase());
  return headers.includes('authorization') || (http.tls_config?.cert_file ?? http.tls_config?.cert) !== undefined;
}

function leadsTo(url: string): Webhook['leadsTo'] {
  if (url === HIDDEN) return 'hidden';
  // A proxy may add a path in front of the route.
  const last = URL.parse(url)?.pathname.replace(/\/$/, '').split('/').at(-1);
  if (last === 'operateHostname') return 'hostname';
  return last === 'operateInstance' ? 'instance' : 'elsewhere';
}

/** The user, the password and the query may hold secrets. */
function withoutSecrets(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.search = '';
  return shown.href;
}
