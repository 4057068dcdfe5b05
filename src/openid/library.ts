/** Loads openid-client where a provider is configured: others do not pay for it. */
import type * as library from 'openid-client';

export type Library = typeof library;
export type Configuration = library.Configuration;
export type Metadata = library.ServerMetadata;

export const load = async (): Promise<Library> => import('openid-client');
