/** Against a DNS server of the test's own, hosts files and search lists: which addresses does a name lead to? */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startDnsServer, type DnsServer, type Zone } from '../../test/support/dns-server.ts';
import { temporaryDirectory } from '../../test/support/operator.ts';
import { createLookUpName, type DnsSettings } from './dns.ts';
import type { LookUpName } from './name-lookup.ts';

interface Site extends AsyncDisposable {
  readonly lookUp: LookUpName;
  readonly dns: DnsServer;
  readonly hostsFile: string;
  /** The addresses, or another answer. */
  readonly find: (name: string) => Promise<readonly string[] | string>;
}

const KUBERNETES = 'search ns.svc.cluster.local svc.cluster.local cluster.local corp.example\noptions ndots:5\n';

async function startSite(zone: Zone, hosts = '', settings: Partial<DnsSettings> = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const dns = stack.use(await startDnsServer(zone));
  const sources = {
    hostsFile: path.join(directory, 'hosts'),
    resolvConf: path.join(directory, 'resolv.conf'),
    servers: [dns.address],
  };
  await writeFile(sources.hostsFile, hosts);
  await writeFile(sources.resolvConf, KUBERNETES);
  const lookUp = createLookUpName({ search: false, nat64: [], ...settings }, sources);
  const kept = stack.move();
  return {
    lookUp,
    dns,
    hostsFile: sources.hostsFile,
    find: async (name) => {
      const found = await lookUp(name);
      return found.answer === 'addresses' ? found.addresses : found.answer;
    },
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  };
}

describe('a name with a dot', { concurrency: true }, () => {
  test('is asked for as written: no search domain is tried, whatever is there', async () => {
    await using site = await startSite({
      'gpu-1.example.internal': ['10.0.0.1'],
      'gpu-1.example.internal.corp.example': ['10.0.0.2'],
      'gpu-1.example.internal.ns.svc.cluster.local': ['10.0.0.3'],
    });
    assert.deepEqual(await site.find('gpu-1.example.internal'), ['10.0.0.1']);
    assert.deepEqual(await site.find('gpu-1.example.internal.'), ['10.0.0.1']);
    assert.equal(await site.find('gpu-2.example.internal'), 'unknown');
    assert.ok(site.dns.questions.every((asked) => asked.endsWith('.example.internal')));
  });

  test('has all its addresses of both families', async () => {
    await using site = await startSite({
      'both.example': ['10.0.0.1', '2001:db8::1', '10.0.0.2'],
      'six.example': ['2001:db8::1'],
    });
    assert.deepEqual(await site.find('both.example'), ['10.0.0.1', '10.0.0.2', '2001:db8::1']);
    assert.deepEqual(await site.find('six.example'), ['2001:db8::1']);
  });

  test('is unknown, or DNS could not say: these are two answers', async () => {
    await using site = await startSite({ 'empty.example': [], 'broken.example': 'servfail', 'no.example': 'refused' });
    assert.equal(await site.find('absent.example'), 'unknown');
    assert.equal(await site.find('empty.example'), 'unknown');
    assert.equal(await site.find('broken.example'), 'failed');
    assert.equal(await site.find('no.example'), 'failed');
  });

  test('is found where DNS takes more than two seconds to answer', async () => {
    await using site = await startSite({ 'slow.example': { afterMs: 2_500, gives: ['10.0.0.1'] } });
    assert.deepEqual(await site.find('slow.example'), ['10.0.0.1']);
  });

  test('is one machine where DNS64 embeds its address, and two where it embeds another', async () => {
    const zone = { 'one.example': ['10.0.1.5', '64:ff9b::a00:105'], 'two.example': ['10.0.1.5', '64:ff9b::a00:106'] };
    await using site = await startSite({ ...zone, 'own.example': ['10.0.1.5', '2001:db8:64::a00:105'] }, '', {
      nat64: ['2001:db8:64::/96'],
    });
    assert.deepEqual(await site.find('one.example'), ['10.0.1.5']);
    assert.deepEqual(await site.find('two.example'), ['10.0.1.5', '64:ff9b::a00:106']);
    assert.deepEqual(await site.find('own.example'), ['10.0.1.5']);
  });
});

describe('the hosts file', { concurrency: true }, () => {
  const HOSTS = [
    '127.0.0.1 localhost',
    '::1 localhost # the machine itself',
    '# 10.0.0.9 gpu-1.example.internal',
    '10.0.0.7\tGPU-1.Example.internal gpu-1 # entries of hostAliases',
    '2001:db8::7   gpu-1',
    '10.0.0.999 gpu-3',
    '10.0.0.4 two',
    '10.0.0.5 two',
  ].join('\n');

  test('is asked first, for the name as it was written, whatever DNS says', async () => {
    await using site = await startSite({ 'gpu-1.example.internal': ['10.0.0.1'] }, HOSTS);
    assert.deepEqual(await site.find('gpu-1.example.internal'), ['10.0.0.7']);
    assert.deepEqual(await site.find('gpu-1'), ['10.0.0.7', '2001:db8::7']);
    assert.deepEqual(await site.find('localhost'), ['127.0.0.1', '::1']);
    assert.deepEqual(await site.find('two'), ['10.0.0.4', '10.0.0.5'], 'every line counts');
    assert.deepEqual(site.dns.questions, []);
  });

  test('has no names with a final dot', async () => {
    await using site = await startSite({ 'gpu-1.example.internal': ['10.0.0.1'] }, HOSTS);
    assert.deepEqual(await site.find('gpu-1.example.internal.'), ['10.0.0.1']);
  });

  test('is read again when it has changed', async () => {
    await using site = await startSite({}, HOSTS);
    assert.equal(await site.find('new.example'), 'unknown');
    await writeFile(site.hostsFile, `${HOSTS}\n10.0.0.8 new.example\r\n`);
    assert.deepEqual(await site.find('new.example'), ['10.0.0.8']);
  });
});

describe('a name without a dot', { concurrency: true }, () => {
  test('is looked for in the search domains, one after the other', async () => {
    await using site = await startSite({ 'gpu-1.cluster.local': ['10.0.0.1'], 'gpu-1.corp.example': ['10.0.0.2'] });
    assert.deepEqual(await site.find('gpu-1'), ['10.0.0.1']);
    assert.deepEqual(
      [...new Set(site.dns.questions.map((asked) => asked.split(' ')[1]))],
      ['gpu-1.ns.svc.cluster.local', 'gpu-1.svc.cluster.local', 'gpu-1.cluster.local'],
    );
  });

  test('is not looked for beyond a domain where DNS could not say', async () => {
    await using site = await startSite({ 'gpu-1.svc.cluster.local': 'servfail', 'gpu-1.corp.example': ['10.0.0.2'] });
    assert.equal(await site.find('gpu-1'), 'failed');
  });

  test('with a final dot is not looked for in any search domain', async () => {
    await using site = await startSite({ 'gpu-1': ['10.0.0.1'], 'gpu-1.corp.example': ['10.0.0.2'] });
    assert.deepEqual(await site.find('gpu-1.'), ['10.0.0.1']);
  });
});

describe('with the search list, where it is configured, a name with a dot', { concurrency: true }, () => {
  test('is looked for in the search domains first, as ndots asks for', async () => {
    await using site = await startSite(
      { 'gpu-1.example': ['10.0.0.1'], 'gpu-1.example.corp.example': ['10.0.0.2'], 'a.b.c.d.e.f': ['10.0.0.3'] },
      '10.0.0.7 alias.example',
      { search: true },
    );
    assert.deepEqual(await site.find('gpu-1.example'), ['10.0.0.2']);
    assert.deepEqual(await site.find('gpu-1.example.'), ['10.0.0.1'], 'a final dot counts there too');
    assert.deepEqual(await site.find('alias.example'), ['10.0.0.7'], 'the hosts file first');
    assert.equal(await site.find('absent.example'), 'unknown');
    const before = site.dns.questions.length;
    assert.deepEqual(await site.find('a.b.c.d.e.f'), ['10.0.0.3']);
    assert.deepEqual(
      new Set(site.dns.questions.slice(before).map((asked) => asked.split(' ')[1])),
      new Set(['a.b.c.d.e.f']),
    );
  });

  test('is found beside a hundred dead ones, with and without a dot', async () => {
    const hosts = Array.from(
      { length: 50 },
      (_, index) => [`dead-${index}.example.ns.svc.cluster.local`, 'silent'] as const,
    );
    const zone = {
      ...Object.fromEntries(hosts),
      '*.ns.svc.cluster.local': 'silent',
      'good.example': ['10.0.0.1'],
      'good.ns.svc.cluster.local': ['10.0.0.2'],
    } as const;
    await using site = await startSite(zone, '', { search: true });
    const dead = Array.from({ length: 50 }, (_, index) => [`dead-${index}`, `dead-${index}.example`]).flat();
    const gone = Promise.all(dead.map(site.find));
    assert.deepEqual(await site.find('good'), ['10.0.0.2']);
    assert.deepEqual(await site.find('good.example'), ['10.0.0.1']);
    assert.ok((await gone).every((answer) => answer === 'failed'));
  });
});
