import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restrictionsBroken } from './pod-security.ts';

const CONTAINER = {
  name: 'one',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const POD = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  volumes: [{ name: 'tmp', emptyDir: {} }],
  containers: [CONTAINER],
};

test('the check lets a restricted pod pass', () => {
  assert.deepEqual(restrictionsBroken(POD), []);
});

for (const [what, pod] of [
  ['the network of its node', { ...POD, hostNetwork: true }],
  ['a folder of its node', { ...POD, volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] }],
  ['a sysctl', { ...POD, securityContext: { ...POD.securityContext, sysctls: [{ name: 'net.core.somaxconn' }] } }],
  ['any user', { ...POD, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }],
  ['root', { ...POD, securityContext: { ...POD.securityContext, runAsUser: 0 } }],
  ['any system call', { ...POD, securityContext: { runAsNonRoot: true } }],
  ['a privileged container', containing({ privileged: true })],
  ['escalation', containing({ allowPrivilegeEscalation: undefined })],
  ['the capabilities that are usual', containing({ capabilities: {} })],
  ['one more capability', containing({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } })],
  ['no AppArmor', containing({ appArmorProfile: { type: 'Unconfined' } })],
  ['all of /proc', containing({ procMount: 'Unmasked' })],
  ['a port of its node', { ...POD, containers: [{ ...CONTAINER, ports: [{ hostPort: 8080 }] }] }],
  ['a first container as it likes', { ...POD, initContainers: [{ name: 'first' }] }],
] as const) {
  test(`the check holds a pod back that wants ${what}`, () => {
    assert.notDeepEqual(restrictionsBroken(pod), []);
  });
}

function containing(securityContext: Readonly<Record<string, unknown>>): object {
  return {
    ...POD,
    containers: [{ ...CONTAINER, securityContext: { ...CONTAINER.securityContext, ...securityContext } }],
  };
}
