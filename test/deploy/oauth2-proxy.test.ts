/** The example with oauth2-proxy in the operator's pods. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { configMap, ingress, service } from './manifests.ts';
import { find } from './render.ts';
import { deploymentIn, rendered, skip } from './workload.ts';

describe('deploy/kubernetes/examples/oauth2-proxy', { skip }, () => {
  const resources = rendered('kubernetes/examples/oauth2-proxy');
  const [proxy] = skip === false ? deploymentIn(resources).pod.containers.slice(1) : [];

  /** The values of an option that may be given several times. */
  function options(name: string): readonly string[] {
    assert.ok(proxy !== undefined && 'args' in proxy);
    return proxy.args.flatMap((text) => (text.startsWith(`--${name}=`) ? [text.slice(name.length + 3)] : []));
  }
  /** As oauth2-proxy reads them: `METHOD=regular expression`, or the expression alone. */
  function skips({ method, path: each }: { readonly method: string; readonly path: string }): boolean {
    return options('skip-auth-route').some((text) => {
      const [, only, pattern = ''] = /^(?:([A-Z]+)=)?(.*)$/.exec(text) ?? [];
      return (only === undefined || only === method) && new RegExp(pattern).test(each);
    });
  }

  test('lets programs and links pass the login, and nobody else', () => {
    for (const entry of ROUTES) {
      const each = entry.path.replaceAll(/\{\w+\}/g, 'one');
      const isProgram = /^\/(?:operate|ping|healthz|readyz|metrics|l\/|slack\/)/.test(each);
      assert.equal(skips({ method: entry.method, path: each }), isProgram, `${entry.method} ${each}`);
    }
    for (const each of ['/operateHostname/../', '/x/l/', '/pingx', '/api/l/'])
      assert.equal(skips({ method: 'GET', path: each }), false, each);
  });

  test('answers scripts with 401, and people with a login', () => {
    const isApi = (each: string): boolean => options('api-route').some((pattern) => new RegExp(pattern).test(each));
    for (const each of ['/api/v1/events', '/api/v1/machines', '/machines/rows']) assert.ok(isApi(each), each);
    for (const each of ['/', '/machines/i-1', '/login']) assert.ok(!isApi(each), each);
  });

  test('is believed only from within the pod, and reached only through the ingress controller', () => {
    const { data } = configMap.parse(find(resources, 'ConfigMap'));
    const config = loadConfig({}, data['config.yaml']);
    const { forwarded } = config.login;
    assert.deepEqual(
      forwarded?.trusted?.map(([address, bits]) => `${address.toString()}/${bits}`),
      ['127.0.0.1/32'],
    );
    assert.deepEqual([forwarded.user, forwarded.groups], ['X-Forwarded-Email', 'X-Forwarded-Groups']);
    assert.deepEqual(options('pass-user-headers'), ['true']);
    assert.deepEqual(options('upstream'), [`http://127.0.0.1:${config.port}/`]);
    assert.deepEqual(options('redirect-url'), [`${config.public_url}/oauth2/callback`]);
    const { spec } = ingress.parse(find(resources, 'Ingress'));
    const [rule] = spec.rules;
    assert.equal(`https://${rule?.host}`, config.public_url);
    const { ports } = service.parse(find(resources, 'Service')).spec;
    assert.deepEqual(
      rule?.http.paths.map(({ backend: to }) => to.service.port.name),
      [ports.find(({ targetPort }) => targetPort === 'login')?.name],
    );
    const opened = resources
      .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'ec2-operator-login')
      .flatMap((policy) => z.object({ spec: z.object({ ingress: z.array(z.unknown()) }) }).parse(policy).spec.ingress);
    assert.match(JSON.stringify(opened), /ingress-nginx.*"port":"login"/);
    assert.doesNotMatch(JSON.stringify(opened), /"port":"http"/);
  });
});
