/** Puts together the login by an OpenID provider. */
import type { Config } from './config/schema.ts';
import { createOpenidDoor, type DoorParts, type OpenidDoor } from './openid/door.ts';
import { createOpenid } from './openid/provider.ts';
import { openidSettings } from './settings.ts';

/** The provider is first asked when a person logs in: the server starts without it. @returns undefined where none is configured */
export function openOpenid(
  config: Config,
  { store, clock }: Pick<DoorParts, 'store' | 'clock'>,
): OpenidDoor | undefined {
  const settings = openidSettings(config);
  const { public_url: publicUrl } = config;
  if (settings === undefined || publicUrl === undefined) return undefined;
  return createOpenidDoor({ openid: createOpenid(settings, clock), issuer: settings.issuer, publicUrl, store, clock });
}
