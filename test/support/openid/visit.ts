/** What a person's browser does at the provider. */
import assert from 'node:assert/strict';

/** Logs in with the provider's form. @returns the address that the provider sends the browser back to, which is not visited */
export async function visitProvider(page: URL, name: string): Promise<URL> {
  const jar = new Map<string, string>();
  let at = page;
  let init: RequestInit = {};
  for (let steps = 0; steps < 10; steps += 1) {
    const cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ');
    const response = await fetch(at, { ...init, redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(key, value);
    }
    await response.arrayBuffer();
    const to = response.headers.get('location');
    if (to === null) {
      assert.equal(response.status, 200, `${at.href} answered ${response.status}`);
      init = { method: 'POST', body: new URLSearchParams({ name }) };
      continue;
    }
    at = new URL(to, at);
    init = {};
    if (at.origin !== page.origin) return at;
  }
  throw new Error(`expected the provider to send the browser back, got no further than ${at.href}`);
}
