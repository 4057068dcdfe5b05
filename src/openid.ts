/** Puts together the login by an OpenID provider. */
import { notesOnLogin } from './config/login-notes.ts';
import type { Config } from './config/schema.ts';
import type { Log } from './observe/log.ts';
import { createOpenidDoor, type DoorParts, type OpenidDoor } from './openid/door.ts';
import { createOpenid } from './openid/provider.ts';
import { openidSettings } from './settings.ts';

interface OpenidParts extends Pick<DoorParts, 'store' | 'clock'> {
  readonly log: Pick<Log, 'warn'>;
}

/** The provider is first asked when a person logs in: the server starts without it. @returns nothing where none is configured */
export function openOpenid(config: Config, { store, clock, log }: OpenidParts): { readonly openid?: OpenidDoor } {
  for (const { note, remedy } of notesOnLogin(config)) log.warn(`${note}: ${remedy}`);
  const settings = openidSettings(config);
  const { public_url: publicUrl } = config;
  if (settings === undefined || publicUrl === undefined) return {};
  const openid = createOpenid(settings, clock);
  return { openid: createOpenidDoor({ openid, issuer: settings.issuer, publicUrl, store, clock }) };
}
