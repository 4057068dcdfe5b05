/** Which version this is: the one place that reads it. */
import { readFileSync } from 'node:fs';

/** As package.json has it; `unknown` when that does not say. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
