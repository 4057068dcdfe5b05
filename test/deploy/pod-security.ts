/**
 * The level "restricted" of the Pod Security Standards, as code. It reads the pod as it is rendered and not through a
 * schema of our own, so that nothing can hide in a field that the schema does not know.
 *
 * Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
import * as z from 'zod';

const profile = z.looseObject({ type: z.string() }).optional();

const containerContext = z
  .looseObject({
    privileged: z.boolean().optional(),
    allowPrivilegeEscalation: z.boolean().optional(),
    runAsNonRoot: z.boolean().optional(),
    runAsUser: z.int().optional(),
    procMount: z.string().optional(),
    capabilities: z
      .looseObject({ add: z.array(z.string()).default([]), drop: z.array(z.string()).default([]) })
      .prefault({}),
    seccompProfile: profile,
    appArmorProfile: profile,
    seLinuxOptions: z.unknown().optional(),
    windowsOptions: z.unknown().optional(),
  })
  .prefault({});

const containers = z.array(
  z.looseObject({
    name: z.string(),
    ports: z.array(z.looseObject({ hostPort: z.int().optional() })).default([]),
    securityContext: containerContext,
  }),
);

const podSchema = z.looseObject({
  hostNetwork: z.boolean().default(false),
  hostPID: z.boolean().default(false),
  hostIPC: z.boolean().default(false),
  securityContext: z
    .looseObject({
      runAsNonRoot: z.boolean().optional(),
      runAsUser: z.int().optional(),
      seccompProfile: profile,
      sysctls: z.array(z.unknown()).default([]),
      seLinuxOptions: z.unknown().optional(),
    })
    .prefault({}),
  volumes: z.array(z.record(z.string(), z.unknown())).default([]),
  containers,
  initContainers: containers.default([]),
  ephemeralContainers: containers.default([]),
});

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const SECCOMP = ['RuntimeDefault', 'Localhost'];

/** What the level forbids and the pod does; empty for a pod that may run. */
export function restrictionsBroken(pod: unknown): readonly string[] {
  const parsed = podSchema.parse(pod);
  const { securityContext, volumes, hostNetwork, hostPID, hostIPC } = parsed;
  const broken: string[] = [];
  const demand = (holds: boolean, message: string): void => {
    if (!holds) broken.push(message);
  };
  demand(!hostNetwork && !hostPID && !hostIPC, 'the pod must not share namespaces of its node');
  demand(securityContext.sysctls.length === 0, 'the pod must set no sysctls');
  demand(securityContext.seLinuxOptions === undefined, 'the pod must set no SELinux options');
  demand(securityContext.runAsUser !== 0, 'the pod must not run as root');
  for (const { name, ...source } of volumes) {
    const kind = Object.keys(source).join(', ');
    demand(VOLUMES.includes(kind), `volume ${String(name)} must not be of the kind ${kind}`);
  }
  for (const container of [...parsed.containers, ...parsed.initContainers, ...parsed.ephemeralContainers]) {
    const own = container.securityContext;
    const check = (holds: boolean, message: string): void => {
      demand(holds, `container ${container.name} ${message}`);
    };
    check(own.privileged !== true, 'must not be privileged');
    check(own.allowPrivilegeEscalation === false, 'must forbid privilege escalation');
    check(own.capabilities.drop.includes('ALL'), 'must drop all capabilities');
    check(
      own.capabilities.add.every((each) => each === 'NET_BIND_SERVICE'),
      'must add no capabilities',
    );
    check(own.runAsNonRoot ?? securityContext.runAsNonRoot ?? false, 'must run as somebody who is not root');
    check(own.runAsUser !== 0, 'must not run as root');
    const seccomp = own.seccompProfile ?? securityContext.seccompProfile;
    check(seccomp !== undefined && SECCOMP.includes(seccomp.type), 'must have a seccomp profile');
    check(own.appArmorProfile?.type !== 'Unconfined', 'must not be unconfined');
    check(own.procMount === undefined || own.procMount === 'Default', 'must mount /proc as usual');
    check(own.seLinuxOptions === undefined && own.windowsOptions === undefined, 'must set no SELinux options');
    check(
      container.ports.every(({ hostPort }) => hostPort === undefined || hostPort === 0),
      'must take no port of its node',
    );
  }
  return broken;
}
