/** `/settings`: what is configured, in words and as YAML, without what helps an attacker. */
import { html } from 'hono/html';
import { stringify } from 'yaml';
import { nextDigestAt } from '../../domain/digest-time.ts';
import { GUARD_NAMES } from '../../domain/guard.ts';
import { tellGuard } from '../../domain/guard-words.ts';
import { formatDuration } from '../../domain/duration.ts';
import { describePlace } from '../../domain/instance.ts';
import { describeSelector } from '../../domain/selector.ts';
import type { ChannelRule } from '../../domain/telling.ts';
import { tellTime } from '../../domain/told-time.ts';
import type { HttpParts } from '../../http/parts.ts';
import type { SenderInput } from '../../http/route.ts';
import { answerFramed, readingOf } from '../frame.ts';
import type { Html } from '../page.ts';
import { badge, facts } from './parts.ts';

export async function showSettings(parts: HttpParts, input: SenderInput): Promise<Response> {
  const { about, shownConfig, telling, engine } = parts;
  return answerFramed(parts, input, {
    title: 'Settings',
    nav: 'settings',
    body: html`<h1>Settings</h1>
      <p class="lead">
        What is in force on this server. It is changed in the configuration file and by the environment, and read at the
        start.
      </p>
      ${facts([
        ['Version', `ec2-operator ${about.version}`],
        ['Database', about.database],
        ['Times are shown in', parts.zone],
        ['Acts on', liveOnly(parts)],
        ['Warns before a stop', formatDuration(engine.guards.warn.beforeMs)],
        ['Longest hold', formatDuration(parts.holds.longestMs)],
        ['Links in messages', parts.links === undefined ? 'none, because public_url is not set' : 'yes'],
        ['Weekly digest', digestOf(parts)],
        ['Owners are written to at', telling.owners.domains.join(', ') || 'no domain, so never'],
      ])}
      <h2>Places</h2>
      ${places(parts)}
      <h2>Channels</h2>
      ${channels(telling.channels)}
      <h2>Guards</h2>
      <p class="faint">A start or stop goes on where every guard that is on says so.</p>
      ${guards(parts)}
      <h2>All of it</h2>
      <pre class="yaml" tabindex="0">${stringify(shownConfig.settings)}</pre>
      <h2>Never shown</h2>
      <ul>
        ${Object.entries(shownConfig.leftOut).map(([name, why]) => html`<li><code>${name}</code>: ${why}</li>`)}
      </ul>`,
    same: { api: 'GET /api/v1/settings', cli: 'ec2-operator settings' },
  });
}

function digestOf(parts: HttpParts): string {
  const { digest } = parts.telling;
  const told = parts.telling.channels.filter(({ tells }) => tells.has('digest')).map(({ name }) => name);
  if (told.length === 0) return 'nobody gets it';
  const reading = readingOf(parts);
  return `to ${told.join(', ')}, the next at ${tellTime(nextDigestAt(digest, reading.now), reading)}`;
}

function liveOnly({ engine: { liveOnly: only } }: HttpParts): string {
  return only === undefined
    ? 'all machines'
    : `machines with ${describeSelector(only)}; alerts on all others are dry runs`;
}

function places({ engine }: HttpParts): Html {
  const all = engine.places.map((place) => describePlace(place));
  if (all.length === 0) return html`<p>The region that the AWS client is set up for.</p>`;
  return html`<ul>
    ${all.map((place) => html`<li>${place}</li>`)}
  </ul>`;
}

function channels(all: readonly ChannelRule[]): Html {
  if (all.length === 0)
    return html`<p class="empty">
      Nobody is told anything yet. Put a channel under <code>channels</code>: docs/channels.md has an example for each
      kind.
    </p>`;
  return html`<ul class="told">
    ${all.map(({ name, kind, only, tells, toOwner }) => {
      const about = only === undefined ? 'all machines' : `machines with ${describeSelector(only)}`;
      const to = toOwner ? ' to the owner of the machine' : '';
      return html`<li><b>${name}</b> (${kind})${to}: ${[...tells].join(', ').replaceAll('_', ' ')}, of ${about}</li>`;
    })}
  </ul>`;
}

function guards({ engine }: HttpParts): Html {
  const off = new Set<string>(engine.guards.off);
  return html`<ul class="verdicts">
    ${GUARD_NAMES.map(
      (name) =>
        html`<li>
          <div>${off.has(name) ? badge('off', 'faint') : badge('on', 'good')}</div>
          <div>${tellGuard(name)} <code>${name}</code></div>
        </li>`,
    )}
  </ul>`;
}
